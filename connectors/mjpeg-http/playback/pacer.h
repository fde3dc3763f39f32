#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "topic/feeder.h"
#include "topic/frame.h"

namespace framespool::mjpeg {

/// Says when the next frame of a playhead is due: at the pace of its recording (framespool.pts.us, else the records'
/// timestamps), gaps over two seconds skipped, a jump backwards shown at once. Close behind a running source a frame is
/// due at once, so that a viewer who comes or hiccups a moment late is live again; not in slow motion. No threads, no
/// clock of its own.
class Pacer {
 public:
  using Clock = std::chrono::steady_clock;

  /// The next frame is due at once and starts a new reckoning.
  void Restart();
  /// When to show `frame`, the one after the last Shown(), at `speed` times the recorded pace.
  Clock::time_point Due(const Frame& frame, const Feeder::Head& head, Clock::time_point now, double speed = 1) const;
  void Shown(const Frame& frame, Clock::time_point due);

 private:
  /// What pacing needs of a frame, so that no image is held.
  struct Mark {
    std::int32_t partition = 0;
    Timestamp timestamp;
    std::optional<std::int64_t> pts_us;
    std::optional<std::string> key;
  };
  static Mark MarkOf(const Frame& frame);
  static std::chrono::microseconds Distance(const Mark& from, const Mark& to);
  bool RecordedLive() const;

  std::deque<Mark> marks_;  // the frames shown within about the last second, oldest first
  std::optional<Clock::time_point> due_;
};

}  // namespace framespool::mjpeg
