#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "frame_reader.h"
#include "framespool/media/access_units.h"
#include "framespool/media/packet_reader.h"

namespace framespool::video_file {

/// The access units of an H.264 or H.265 file as topics hold them, in the order of decoding, from its first key frame
/// on. None is decoded.
class CopiedUnits final : public FrameReader {
 public:
  /// Throws NoVideo, with the field `format`, where the stream is of another codec or says too little of its times.
  CopiedUnits(const std::string& path, std::unique_ptr<media::PacketReader> packets);
  ~CopiedUnits() override;

  Advanced Advance(const media::Patience& patience) override;
  media::EncodedPicture Picture() override;
  void CheckSize() override {}
  /// When it is decoded, by a clock that shows the first frame at 0.
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
  std::optional<media::VideoFacts> unit() const override;

 private:
  Advanced Read(const media::Patience& patience);
  bool ReadUpTo(const FrameMark& mark);
  void Begin();

  const std::unique_ptr<media::PacketReader> packets_;
  std::unique_ptr<media::AccessUnits> units_;
  FileClock clock_;
  media::AccessUnit unit_;
  std::optional<std::int64_t> pts_, dts_;  // the packet's, in ticks
  std::optional<std::int64_t> place_;
  std::int64_t delay_ticks_ = 0;  // by how much the first frame is shown later than it is decoded
  bool started_ = false;          // the first key frame has been seen
  FrameTime time_;
  std::int64_t read_ = 0;  // access units, the current one too
};

}  // namespace framespool::video_file
