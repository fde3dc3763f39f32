#pragma once

#include <algorithm>
#include <chrono>

namespace framespool::mjpeg {

/// Leaves out whole frames so that at most `fps` a second are shown. No threads, no clock of its own.
class FpsCap {
 public:
  using Clock = std::chrono::steady_clock;

  /// 0: every frame.
  explicit FpsCap(double fps)
      : period_(fps > 0 ? std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / fps))
                        : Clock::duration(0)) {}

  /// True when the frame that is due at `due` is shown.
  bool Takes(Clock::time_point due) {
    if (period_.count() == 0) return true;
    // Half a period early is a source's jitter; the ideal times go on as they were, so that the rate holds.
    if (due < next_ - period_ / 2) return false;
    next_ = (due > next_ + period_ / 2 ? due : next_) + period_;
    return true;
  }
  /// From when on Takes() says yes.
  Clock::time_point next() const { return next_ - period_ / 2; }

 private:
  const Clock::duration period_;
  // Before all times that may be asked for, and far enough from the clock's first for a period less.
  Clock::time_point next_ = Clock::time_point::min() + std::chrono::hours(1);
};

}  // namespace framespool::mjpeg
