#pragma once

#include <atomic>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "record_format.h"

namespace framespool::broker::embedded {

/// One topic partition's records in memory. The last few appended stay for a while, so that a viewer of the live edge
/// never touches the disk; of all others it knows those that some reader still holds, so that any number of readers
/// hold one copy. Owned by its Partition; any thread.
class RecordCache {
 public:
  static constexpr std::size_t kRecentBytes = 8u << 20;  // per partition
  static constexpr std::size_t kTotalBytes = 64u << 20;  // recent records of all partitions together
  static constexpr std::size_t kRecentRecords = 4096;

  explicit RecordCache(std::atomic<std::size_t>& total_bytes) : total_bytes_(total_bytes) {}
  ~RecordCache();

  /// `records` follow each other and those remembered before.
  void Remember(const std::vector<std::shared_ptr<const StoredRecord>>& records);
  std::shared_ptr<const StoredRecord> Find(std::int64_t offset);
  /// Makes a record known. Returns the one to use: another reader may have been faster.
  std::shared_ptr<const StoredRecord> Share(std::shared_ptr<const StoredRecord> record);
  /// Forgets records before `offset`: they have left the topic.
  void DropBefore(std::int64_t offset);

 private:
  void ForgetOldest(std::vector<std::shared_ptr<const StoredRecord>>& forgotten);
  void SweepIfLarge();

  std::mutex mutex_;
  std::deque<std::shared_ptr<const StoredRecord>> recent_;  // consecutive offsets
  std::size_t recent_bytes_ = 0;
  std::atomic<std::size_t>& total_bytes_;
  std::unordered_map<std::int64_t, std::weak_ptr<const StoredRecord>> held_;
  std::size_t sweep_at_ = 1024;
};

}  // namespace framespool::broker::embedded
