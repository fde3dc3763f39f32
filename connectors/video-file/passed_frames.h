#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "frame_reader.h"
#include "framespool/media/decoder.h"
#include "framespool/media/jpeg_head.h"
#include "framespool/media/packet_reader.h"
#include "framespool/media/picture_maker.h"

namespace framespool::video_file {

/// The packets of a Motion JPEG file as they are: each is a picture already. One that browsers would not show as it is
/// meant (turned by EXIF, lossless, of limited range) is decoded and made anew.
class PassedFrames final : public FrameReader {
 public:
  PassedFrames(std::string path, std::unique_ptr<media::PacketReader> packets, const FrameOptions& options);
  ~PassedFrames() override;

  Advanced Advance(const media::Patience& patience) override;
  media::EncodedPicture Picture() override;
  void CheckSize() override;
  FrameTime time() const override { return time_; }
  std::string Check() override;
  Likeness Compare(const std::string& check) override;
  FrameMark Mark() override;
  bool SeekTo(std::int64_t index, const FrameMark& mark) override;
  std::optional<ClockJump> TakeJump() override { return clock_.TakeJump(); }
  std::optional<Expectation> expected() const override;
  const media::StreamFacts& facts() const noexcept override { return packets_->facts(); }
  double frame_us() const noexcept override { return clock_.frame_us(); }
  bool passes_through() const noexcept override { return true; }

 private:
  bool DecodePacket();
  media::Sight CurrentSight() const { return {.turn = media::TurnOfExif(jpeg_.orientation)}; }

  const std::string path_;
  const FrameOptions options_;
  const std::unique_ptr<media::PacketReader> packets_;
  FileClock clock_;
  FrameTime time_;
  media::Packet packet_;
  media::JpegHead jpeg_;
  std::unique_ptr<media::Decoder> decoder_;     // once a picture has to be made anew
  std::unique_ptr<media::PictureMaker> maker_;  // as well
  media::FramePtr decoded_;                     // the current frame, where it is made anew
  std::int64_t packets_read_ = 0;
  std::int64_t hidden_ = 0;
};

}  // namespace framespool::video_file
