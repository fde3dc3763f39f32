#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <utility>

namespace framespool::camera {

/// Frames and bytes of the last seconds. Used by one thread at a time.
class Throughput {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kWindow{5};

  void Add(Clock::time_point when, std::size_t bytes) {
    frames_.emplace_back(when, bytes);
    bytes_ += bytes;
    Forget(when);
  }
  /// What came before is of another connection.
  void Clear() {
    frames_.clear();
    bytes_ = 0;
  }

  struct Rate {
    double frames = 0;  // a second
    double bytes = 0;   // a second
  };
  /// As it was at `now`, which no later Add() is before.
  Rate At(Clock::time_point now) {
    Forget(now);
    if (frames_.size() < 2) return {};
    // From the first frame to the last there is one spacing less than there are frames; once these stop, time counts.
    const auto span = frames_.back().first - frames_.front().first;
    const auto spacing = span / static_cast<Clock::rep>(frames_.size() - 1);
    const double seconds = std::chrono::duration<double>(std::max(span + spacing, now - frames_.front().first)).count();
    if (seconds <= 0) return {};
    return {.frames = static_cast<double>(frames_.size()) / seconds, .bytes = static_cast<double>(bytes_) / seconds};
  }

 private:
  void Forget(Clock::time_point now) {
    while (!frames_.empty() && now - frames_.front().first > kWindow) {
      bytes_ -= frames_.front().second;
      frames_.pop_front();
    }
  }

  std::deque<std::pair<Clock::time_point, std::size_t>> frames_;
  std::size_t bytes_ = 0;
};

}  // namespace framespool::camera
