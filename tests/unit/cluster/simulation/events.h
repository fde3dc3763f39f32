#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <utility>
#include <vector>

namespace framespool::cluster::simulation {

using Time = std::int64_t;  // milliseconds of the simulated world

/// What is to happen, in the order of its time; and chance, which is the seed's alone.
class Events {
 public:
  explicit Events(std::uint64_t seed) : random_(seed) {}

  Time now() const noexcept { return now_; }
  void In(Time delay, std::function<void()> work) { queue_.push({now_ + delay, ++count_, std::move(work)}); }
  /// Lets the next thing happen; false: nothing is left before `end`.
  bool Step(Time end) {
    if (queue_.empty() || queue_.top().at > end) return false;
    Event next = std::move(const_cast<Event&>(queue_.top()));  // it is popped before anything looks at it again
    queue_.pop();
    now_ = next.at;
    next.work();
    return true;
  }

  /// From `least` to `most`, both included.
  Time Between(Time least, Time most) {
    return least + static_cast<Time>(random_() % static_cast<std::uint64_t>(most - least + 1));
  }
  bool OneIn(std::uint64_t times) { return random_() % times == 0; }

 private:
  struct Event {
    Time at;
    std::uint64_t number;  // of two at the same time the first comes first
    std::function<void()> work;
    bool operator<(const Event& other) const { return std::pair(other.at, other.number) < std::pair(at, number); }
  };

  Time now_ = 0;
  std::uint64_t count_ = 0;
  std::priority_queue<Event> queue_;
  std::mt19937_64 random_;
};

}  // namespace framespool::cluster::simulation
