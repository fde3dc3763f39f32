#pragma once

#include <cstdint>
#include <mutex>
#include <set>

namespace framespool::broker::embedded {

/// Numbers source offsets in the order they are taken. Knows which are still on their way to a topic, so that a
/// checkpoint can say up to where all are in. Owned by the broker; any thread.
class Sequence {
 public:
  /// Numbers for `count` records on their way; call Arrived(first) when they are in their topics, or will never be.
  std::uint64_t Take(std::uint64_t count);
  void Arrived(std::uint64_t first) noexcept;
  /// A number for something that is in place already.
  std::uint64_t Next();
  /// Goes on above `seen`.
  void RaiseTo(std::uint64_t seen);
  /// All up to this one have arrived.
  std::uint64_t AllArrivedUpTo() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t next_ = 1;
  std::set<std::uint64_t> on_their_way_;
};

}  // namespace framespool::broker::embedded
