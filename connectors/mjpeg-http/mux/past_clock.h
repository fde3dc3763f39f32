#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include "framespool/record.h"

namespace framespool::mjpeg {

/// Which moment of the past it is for a connection that watches several streams in step. It runs at `speed` times the
/// pace of the clock on the wall, never beyond now, and stands while it is held. No threads, no clock of its own.
class PastClock {
 public:
  using Clock = std::chrono::steady_clock;

  /// Held at first. With speed 0 it always stands.
  PastClock(Timestamp from, double speed) : base_(from), speed_(speed) {}

  double speed() const noexcept { return speed_; }
  bool runs() const noexcept { return since_.has_value(); }

  Timestamp At(Clock::time_point now) const {
    if (!since_) return base_;
    const std::chrono::duration<double> passed = (now - *since_) * speed_;
    return std::min(base_ + std::chrono::floor<std::chrono::milliseconds>(passed), std::max(base_, Now()));
  }
  /// When it will be `moment`; never where it stands.
  Clock::time_point When(Timestamp moment, Clock::time_point now) const {
    if (!since_) return Clock::time_point::max();
    const std::chrono::duration<double> left = std::chrono::duration<double>(moment - At(now)) / speed_;
    return now + std::chrono::ceil<std::chrono::milliseconds>(std::clamp(left, kLeast, kMost));
  }

  void Hold(Clock::time_point now) { Set(At(now), now, false); }
  void Go(Clock::time_point now) {
    if (!since_) Set(base_, now, true);
  }
  void JumpTo(Timestamp moment, Clock::time_point now) { Set(moment, now, runs()); }

 private:
  static constexpr std::chrono::duration<double> kLeast{0.001};
  static constexpr std::chrono::duration<double> kMost{3600};

  void Set(Timestamp moment, Clock::time_point now, bool runs) {
    base_ = moment;
    since_.reset();
    if (runs && speed_ > 0) since_ = now;
  }

  Timestamp base_;
  const double speed_;
  std::optional<Clock::time_point> since_;
};

}  // namespace framespool::mjpeg
