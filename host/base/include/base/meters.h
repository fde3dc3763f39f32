#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

/// Numbers that one thread counts while another reads them. None waits for the other: each is an atomic by itself,
/// added to without an order, so what is read together may be a call apart.
namespace framespool::base {

/// Only grows.
class Counter {
 public:
  void Add(std::int64_t more = 1) noexcept { value_.fetch_add(more, std::memory_order_relaxed); }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

/// As it was last set.
class Gauge {
 public:
  void Set(std::int64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  void RaiseTo(std::int64_t value) noexcept {
    std::int64_t now = value_.load(std::memory_order_relaxed);
    while (now < value && !value_.compare_exchange_weak(now, value, std::memory_order_relaxed)) {
    }
  }
  std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }
  /// And is 0 from then on.
  std::int64_t Take() noexcept { return value_.exchange(0, std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_ = 0;
};

/// How long calls took, by buckets.
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

  void Record(Duration took) noexcept {
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && took > kBounds[bucket]) ++bucket;
    buckets_[bucket].Add();
    sum_.Add(took.count());
    longest_.RaiseTo(took.count());
  }

  struct Reading {
    std::array<std::int64_t, kBounds.size() + 1> buckets{};  // each without those before it
    std::int64_t count = 0;                                  // of all
    Duration sum{};
  };
  Reading Read() const noexcept {
    Reading reading;
    for (std::size_t i = 0; i < buckets_.size(); ++i) reading.count += reading.buckets[i] = buckets_[i].value();
    reading.sum = Duration(sum_.value());
    return reading;
  }
  /// The longest since the last time. For one reader.
  Duration TakeLongest() noexcept { return Duration(longest_.Take()); }

 private:
  std::array<Counter, kBounds.size() + 1> buckets_;
  Counter sum_;
  Gauge longest_;
};

/// Records how long it lived.
class Timing {
 public:
  explicit Timing(Histogram& histogram) noexcept : histogram_(histogram) {}
  Timing(const Timing&) = delete;
  Timing& operator=(const Timing&) = delete;
  ~Timing() { histogram_.Record(std::chrono::steady_clock::now() - begin_); }

 private:
  Histogram& histogram_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace framespool::base
