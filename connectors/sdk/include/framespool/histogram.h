#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace framespool {

/// How long something took, by buckets. One thread counts while another reads; none waits for the other. Each number is
/// an atomic by itself, added to without an order, so what is read together may be a call apart.
class Histogram {
 public:
  using Duration = std::chrono::nanoseconds;
  /// What a bucket holds at most; longer ones are in one more behind them. 1, 2.5 and 5 of each power of ten: what a
  /// call of a few microseconds costs to measure is not seen in it, and ten seconds are beyond every deadline.
  static constexpr std::array<std::chrono::microseconds, 16> kBounds = [] {
    std::array<std::chrono::microseconds, 16> bounds{};
    std::int64_t decade = 100;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
      const std::int64_t tenths[] = {10, 25, 50};
      bounds[i] = std::chrono::microseconds(decade * tenths[i % 3] / 10);
      if (i % 3 == 2) decade *= 10;
    }
    return bounds;
  }();

  /// Any number of threads at once. Less than nothing is nothing.
  void Record(Duration took) noexcept {
    took = std::max(took, Duration::zero());
    buckets_[BucketOf(took)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(took.count(), std::memory_order_relaxed);
    std::int64_t longest = longest_.load(std::memory_order_relaxed);
    while (longest < took.count() &&
           !longest_.compare_exchange_weak(longest, took.count(), std::memory_order_relaxed)) {
    }
  }
  /// The same for who records as the only thread that ever does: no locked instruction. TakeLongest() is nobody's then.
  void RecordAlone(Duration took) noexcept {
    took = std::max(took, Duration::zero());
    Grow(buckets_[BucketOf(took)], 1);
    Grow(sum_, took.count());
  }

  struct Reading {
    std::array<std::int64_t, kBounds.size() + 1> buckets{};  // each without those before it
    std::int64_t count = 0;                                  // of all
    Duration sum{};
  };
  Reading Read() const noexcept {
    Reading reading;
    for (std::size_t i = 0; i < buckets_.size(); ++i)
      reading.count += reading.buckets[i] = buckets_[i].load(std::memory_order_relaxed);
    reading.sum = Duration(sum_.load(std::memory_order_relaxed));
    return reading;
  }
  /// The longest since the last time. For one reader.
  Duration TakeLongest() noexcept { return Duration(longest_.exchange(0, std::memory_order_relaxed)); }

 private:
  using Number = std::atomic<std::int64_t>;

  static std::size_t BucketOf(Duration took) noexcept {
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && took > kBounds[bucket]) ++bucket;
    return bucket;
  }
  static void Grow(Number& number, std::int64_t more) noexcept {
    number.store(number.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }

  std::array<Number, kBounds.size() + 1> buckets_{};
  Number sum_ = 0;
  Number longest_ = 0;
};

}  // namespace framespool
