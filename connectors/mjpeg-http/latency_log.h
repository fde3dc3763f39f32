#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace framespool::mjpeg {

/// How long the newest frames took from their record's timestamp to the viewers' sockets: the last thousand. Used on
/// one io thread only.
class LatencyLog {
 public:
  /// A frame is out that was recorded so long ago.
  void Add(std::chrono::duration<float, std::milli> took) {
    samples_[next_++ % samples_.size()] = std::max(0.0F, took.count());
  }

  struct Quantiles {
    double p50_ms = 0;
    double p95_ms = 0;
  };
  /// Of what was added since the last Take(), as far as it is still known; not-a-number when that is nothing.
  Quantiles Take();

 private:
  std::array<float, 1024> samples_{};
  std::size_t next_ = 0;
};

}  // namespace framespool::mjpeg
