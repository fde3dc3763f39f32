#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "frame_reader.h"
#include "framespool/media/decoder.h"
#include "framespool/media/packet_reader.h"
#include "picture_line.h"

namespace framespool::video_file {

/// The frames of a file as libavcodec decodes them, upright, in a screen's colours, scaled and encoded. While one is
/// sent the next are decoded and encoded, on as many threads as there are cores given.
class DecodedFrames final : public FrameReader {
 public:
  DecodedFrames(const std::string& path, std::unique_ptr<media::PacketReader> packets, const FrameOptions& options);
  ~DecodedFrames() override;

  Advanced Advance(const media::Patience& patience) override;
  media::EncodedPicture Picture() override;
  void CheckSize() override;
  FrameTime time() const override { return current_.time; }
  std::string Check() override;
  Likeness Compare(const std::string& check) override;
  FrameMark Mark() override;
  bool SeekTo(std::int64_t index, const FrameMark& mark) override;
  std::optional<ClockJump> TakeJump() override { return clock_.TakeJump(); }
  std::optional<Expectation> expected() const override;
  const media::StreamFacts& facts() const noexcept override { return packets_->facts(); }
  double frame_us() const noexcept override { return clock_.frame_us(); }
  bool passes_through() const noexcept override { return false; }

 private:
  struct Decoded {
    std::shared_ptr<PictureLine::Work> work;
    FrameTime time;
    std::int64_t shift_us = 0;
    bool started = false;
  };

  media::FramePtr Decode(const media::Patience& patience);
  Decoded Dated(media::FramePtr frame);
  media::Sight SightOf(AVFrame& frame);
  void LookAhead(const media::Patience& patience);
  media::FramePtr Reach(const FrameMark& mark);
  Likeness CompareWith(const AVFrame& frame, const std::string& check) const;

  const int cores_;
  const FrameOptions options_;
  const std::unique_ptr<media::PacketReader> packets_;
  media::Decoder decoder_;
  FileClock clock_;
  Decoded current_;
  std::deque<Decoded> ahead_;
  std::int64_t most_ahead_;
  std::unique_ptr<PictureLine> line_;  // once pictures are asked for
  media::Turn of_packet_;              // what the packet sent last says itself (EXIF)
  bool packets_left_ = true;
  bool seen_key_ = false;
  int before_key_ = 0;
  bool dated_ = true;       // false: there are packets that do not say when they are shown
  std::int64_t shown_ = 0;  // of the packets sent
  std::int64_t hidden_ = 0;
  std::optional<std::int64_t> sought_;  // ticks of the frame that is looked for
  std::int64_t shown_behind_ = 0;       // of the packets sent since, those shown behind it
};

}  // namespace framespool::video_file
