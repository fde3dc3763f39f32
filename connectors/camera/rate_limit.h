#pragma once

#include <cstdint>

namespace framespool::camera {

/// Leaves out frames above a rate, evenly. Used by one thread.
class RateLimit {
 public:
  /// `fps` 0: all pass.
  explicit RateLimit(double fps) : interval_us_(fps > 0 ? 1e6 / fps : 0) {}

  /// Whether a frame of that time is due. A quarter of an interval early counts, or a rate near the camera's would beat
  /// with it.
  bool Passes(std::int64_t us) {
    if (interval_us_ <= 0) return true;
    const auto at = static_cast<double>(us);
    const bool anew = !begun_ || at < due_us_ - 2 * interval_us_ || at > due_us_ + 2 * interval_us_;
    if (!anew && at < due_us_ - interval_us_ / 4) return false;
    due_us_ = (anew ? at : due_us_) + interval_us_;
    begun_ = true;
    return true;
  }

 private:
  const double interval_us_;
  double due_us_ = 0;
  bool begun_ = false;
};

}  // namespace framespool::camera
