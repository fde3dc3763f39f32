#include "latency_log.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace framespool::mjpeg {

LatencyLog::Quantiles LatencyLog::Take() {
  const std::size_t count = std::min(next_, samples_.size());
  next_ = 0;
  if (count == 0) return {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};
  std::vector<float> sorted(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(count));
  std::sort(sorted.begin(), sorted.end());
  return {sorted[count / 2], sorted[std::min(count - 1, count * 95 / 100)]};
}

}  // namespace framespool::mjpeg
