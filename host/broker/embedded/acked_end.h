#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>

namespace framespool::broker::embedded {

/// The end of the gapless run of records whose source offsets have been told of: with two producers on a partition,
/// acknowledgements come out of order. Owned by its partition; any thread.
class AckedEnd {
 public:
  /// The records at `first` and behind it, before `end`, have been told of.
  void Note(std::int64_t first, std::int64_t end) {
    const std::lock_guard lock(mutex_);
    if (first > end_) {
      beyond_[first] = std::max(beyond_[first], end);
      return;
    }
    end_ = std::max(end_, end);
    for (auto next = beyond_.begin(); next != beyond_.end() && next->first <= end_; next = beyond_.erase(next))
      end_ = std::max(end_, next->second);
  }
  std::int64_t Get() const {
    const std::lock_guard lock(mutex_);
    return end_;
  }

 private:
  mutable std::mutex mutex_;
  std::int64_t end_ = 0;
  std::map<std::int64_t, std::int64_t> beyond_;  // runs [first, end) that wait for what is before them
};

}  // namespace framespool::broker::embedded
