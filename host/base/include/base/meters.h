#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include <framespool/histogram.h>

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

using framespool::Histogram;

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
