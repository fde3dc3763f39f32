#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace framespool::broker {

/// Numbers that order source offsets. Taken from the clock, in microseconds, so that they also order those of two
/// workers that share a topic of offsets; never the same one twice, never less than one that Raise() has told of. Any
/// thread.
class Sequence {
 public:
  std::uint64_t Next() {
    const auto now = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count());
    std::uint64_t last = last_.load();
    std::uint64_t next = 0;
    do {
      next = std::max(last + 1, now);
    } while (!last_.compare_exchange_weak(last, next));
    return next;
  }
  void Raise(std::uint64_t known) {
    std::uint64_t last = last_.load();
    while (last < known && !last_.compare_exchange_weak(last, known)) {
    }
  }
  std::uint64_t Last() const { return last_.load(); }

 private:
  std::atomic<std::uint64_t> last_ = 0;
};

}  // namespace framespool::broker
