#pragma once

#include <cstdint>
#include <optional>

namespace framespool::video_file {

/// When a frame is shown.
struct FrameTime {
  std::int64_t ticks = 0;  // of the stream, to find the frame again
  std::int64_t us = 0;     // since the first frame of the file
};

/// A place where the times of a file do not go on.
struct ClockJump {
  std::int64_t at_us = 0;  // where the file is by then
  std::int64_t by_us = 0;  // how far the clock went; below 0 it went back
};

/// From a stream's ticks to time since the file's first frame, which only grows. Where the stream's clock starts anew,
/// or leaves out more than a gap, the next frame follows after one frame's time. Used on the task's thread.
class FileClock {
 public:
  /// `tick_us` is the length of a tick; `frame_us` what a frame lasts on average; a step of more than `gap_us` is a
  /// gap.
  FileClock(double tick_us, double frame_us, std::int64_t gap_us);

  /// The time of the next frame. One without ticks follows after one frame's time.
  FrameTime Next(std::optional<std::int64_t> ticks);
  /// The frame at `ticks` was the last; by then the clock had been moved by `shift_us` in all. To be called when the
  /// file's first frame has been seen.
  void GoOnAfter(std::int64_t ticks, std::int64_t shift_us);

  const FrameTime& last() const noexcept { return last_; }
  /// What time it is at `ticks`, by the clock as it goes now. Not before the first Next().
  std::int64_t At(std::int64_t ticks) const { return UsOf(ticks) + shift_us_; }
  /// By how much jumps have moved the clock.
  std::int64_t shift_us() const noexcept { return shift_us_; }
  /// A jump, once it is certain that it was one: a single damaged time is none. Each is told once.
  std::optional<ClockJump> TakeJump();
  double frame_us() const noexcept { return frame_us_; }
  /// How many ticks a frame lasts on average, at least 1.
  std::int64_t frame_ticks() const noexcept;

 private:
  std::int64_t UsOf(std::int64_t ticks) const;
  std::int64_t Follow(std::int64_t us);

  const double tick_us_;
  const double frame_us_;
  const std::int64_t gap_us_;
  std::optional<std::int64_t> first_;
  FrameTime last_;
  std::int64_t shift_us_ = 0;
  std::int64_t shift_before_us_ = 0;
  int frames_since_jump_ = 0;
  std::optional<ClockJump> jump_;
};

}  // namespace framespool::video_file
