#pragma once

#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "packet_reader.h"

namespace framespool::video_file {

/// When a frame is shown.
struct FrameTime {
  std::int64_t ticks = 0;  // of the stream, to find the frame again
  std::int64_t us = 0;     // since the first frame of the file
};

/// From a stream's ticks to time since the file's first frame.
class TimeScale {
 public:
  explicit TimeScale(const PacketReader& packets);
  void SetFirst(std::int64_t ticks) { first_ = ticks; }
  /// Put on the grid of a constant rate where it is as near to it as the stream's clock can say.
  FrameTime At(std::int64_t ticks) const;
  /// What one frame lasts, on average.
  double frame_us() const noexcept { return frame_us_; }

 private:
  double tick_us_;
  double frame_us_;
  std::int64_t first_ = 0;
};

/// The presentation times of a file's frames, one after another in the order they are shown. Made from the packets'
/// timestamps: cv::VideoCapture's own are wrong for the last frames and where the rate varies. Used on the task's thread.
class FrameTimes {
 public:
  /// Takes `packets` at the start of the file, and moves it from then on. It must outlive this.
  explicit FrameTimes(PacketReader& packets);

  /// The time of the next frame; nothing after the last packet.
  std::optional<FrameTime> Next();
  /// True when Next() would answer nothing.
  bool at_end() const noexcept { return waiting_.empty(); }
  /// The next time is that of the frame after number `index`, which is at `ticks`. False: no frame is; then this is of no
  /// more use.
  bool SeekAfter(std::int64_t index, std::int64_t ticks);
  /// How many frames the packets read so far make, counted from the start of the file, and how many they make that are
  /// not shown.
  std::int64_t shown() const noexcept { return shown_; }
  std::int64_t hidden() const noexcept { return hidden_; }
  const TimeScale& scale() const noexcept { return scale_; }

 private:
  void Fill();

  PacketReader& packets_;
  std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>> waiting_;
  bool packets_left_ = true;
  bool seen_key_ = false;
  int before_key_ = 0;
  TimeScale scale_;
  std::int64_t shown_ = 0;
  std::int64_t hidden_ = 0;
};

}  // namespace framespool::video_file
