#include "timeline.h"

#include <algorithm>

namespace framespool::camera {
namespace {

// Beyond what a hold-up on the way explains, a clock has leapt. Backwards less is needed: frames are in decoding order,
// and only small repetitions are a clock that was set right.
constexpr std::int64_t kLeapUs = 10'000'000;
constexpr std::int64_t kLeapBackUs = 1'000'000;

}  // namespace

Timeline::Times Timeline::Next(std::optional<std::int64_t> pts_us, std::optional<std::int64_t> dts_us,
                               std::int64_t arrival_us) {
  const std::int64_t gone_by = last_ ? std::max<std::int64_t>(arrival_us - last_->arrival_us, 1) : 0;
  const std::int64_t by_arrival = last_ ? last_->us + gone_by : 0;
  const auto theirs = dts_us ? dts_us : pts_us;
  Times times;
  std::int64_t decoded = by_arrival;
  if (theirs) {
    if (!shift_) shift_ = by_arrival - *theirs;
    decoded = *theirs + *shift_;
    if (last_) {
      times.leapt = decoded - last_->us > gone_by + kLeapUs || decoded < last_->us - kLeapBackUs;
      if (times.leapt) {
        shift_ = by_arrival - *theirs;
        decoded = by_arrival;
      }
      decoded = std::max(decoded, last_->us + 1);
    }
  }
  times.dts_us = decoded;
  times.pts_us = pts_us && shift_ ? std::max<std::int64_t>(*pts_us + *shift_, 0) : decoded;
  // Without decoding times of its own a stream with B-frames shows a frame before what was taken for its decoding.
  if (dts_us) times.pts_us = std::max(times.pts_us, times.dts_us);
  last_ = Place{.us = decoded, .arrival_us = arrival_us};
  return times;
}

}  // namespace framespool::camera
