#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace framespool::media {

/// The times of an MP4 in µs, from 0 at the first unit on, at `speed` times the units' pace. Where the units' clock
/// begins anew, or has a gap that no player is to wait for, the file's goes on.
class Mp4Clock {
 public:
  static constexpr int kTicks = 1'000'000;  // in a second

  explicit Mp4Clock(double speed) : speed_(speed) {}

  /// The next unit is decoded then, by the units' clock.
  void Set(std::int64_t decoded_us) {
    const bool first = step_us_ == 0;
    std::int64_t time = FileTime(decoded_us);
    if (first || time <= decoded_us_ || time - decoded_us_ > kGapUs) {
      if (first) step_us_ = std::max<std::int64_t>(1, std::llround(static_cast<double>(kUsualStepUs) / speed_));
      time = first ? 0 : decoded_us_ + step_us_;
      from_us_ = time;
      since_us_ = decoded_us;
    } else {
      step_us_ = time - decoded_us_;
    }
    decoded_us_ = time;
  }
  /// When the unit of Set() is decoded, by the file's clock.
  std::int64_t decoded_us() const noexcept { return decoded_us_; }
  /// When it is shown, if that is `us` by the units' clock.
  std::int64_t ShownAt(std::int64_t us) const {
    return std::clamp(FileTime(us), decoded_us_, decoded_us_ + kReorderedUs);
  }
  /// Between the last two units; how long the next is taken to last.
  std::int64_t step_us() const noexcept { return step_us_; }

 private:
  static constexpr std::int64_t kUsualStepUs = 33'333;
  static constexpr std::int64_t kGapUs = 2'000'000;
  static constexpr std::int64_t kReorderedUs = 10'000'000;

  std::int64_t FileTime(std::int64_t us) const {
    return from_us_ + std::llround(static_cast<double>(us - since_us_) / speed_);
  }

  const double speed_;
  std::int64_t since_us_ = 0;  // by the units' clock, from where on the file's goes on without a gap
  std::int64_t from_us_ = 0;   // the same by the file's
  std::int64_t decoded_us_ = 0;
  std::int64_t step_us_ = 0;
};

}  // namespace framespool::media
