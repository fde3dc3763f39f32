#pragma once

#include <atomic>
#include <cstdint>

namespace framespool::broker::embedded {

/// Numbers source offsets in the order they are taken. Owned by the broker; any thread.
class Sequence {
 public:
  /// The first of `count` numbers.
  std::uint64_t Take(std::uint64_t count) { return last_.fetch_add(count) + 1; }
  std::uint64_t Next() { return Take(1); }
  /// Goes on above `seen`.
  void RaiseTo(std::uint64_t seen) {
    std::uint64_t last = last_.load();
    while (last < seen && !last_.compare_exchange_weak(last, seen)) {
    }
  }
  /// None above it was taken.
  std::uint64_t Last() const { return last_.load(); }

 private:
  std::atomic<std::uint64_t> last_{0};
};

}  // namespace framespool::broker::embedded
