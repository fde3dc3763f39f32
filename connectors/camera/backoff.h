#pragma once

#include <chrono>
#include <cstdint>
#include <random>

namespace framespool::camera {

/// Pauses between tries: each twice as long as the one before, up to a longest one, and half of each by chance, so that
/// cameras behind one switch are not all asked at once. Used by one thread.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;

  Backoff(Duration first, Duration longest, std::uint64_t seed = std::random_device{}())
      : first_(first), longest_(longest), next_(first), chance_(seed) {}

  /// How long to wait before the next try.
  Duration Next() {
    const Duration most = next_;
    next_ = next_ > longest_ / 2 ? longest_ : next_ * 2;
    std::uniform_int_distribution<Duration::rep> part(most.count() / 2, most.count());
    return Duration(part(chance_));
  }
  /// The camera was there.
  void Reset() { next_ = first_; }

 private:
  const Duration first_;
  const Duration longest_;
  Duration next_;
  std::mt19937_64 chance_;
};

}  // namespace framespool::camera
