#pragma once

#include <atomic>
#include <mutex>
#include <vector>

#include "losses.h"
#include "partition_context.h"
#include "partition_health.h"
#include "segment_list.h"

namespace framespool::broker::embedded {

/// Makes a partition's records durable, in order, and writes their index and seals behind them. One thread at a time,
/// which has the sync turn; it is held over that I/O, and who reads or appends does not wait for it. Owned by its
/// Partition; any thread.
class PartitionSync {
 public:
  PartitionSync(const PartitionContext& context, SegmentList& segments, PartitionHealth& health)
      : context_(context), segments_(segments), health_(health) {}

  /// Found at the start, and written by an earlier worker that may not have synced them.
  void Fill(std::vector<SegmentPtr> unsynced_found) { unsynced_found_ = std::move(unsynced_found); }

  /// Has Sync() called within the broker's interval. Returns at once.
  void Schedule();
  /// Makes all that is committed durable, writes the index and seals full segments. Throws RetriableError when that
  /// fails, and until WriteAgain() has succeeded: after a failed fdatasync the kernel has forgotten what it could not
  /// write, so a second one that succeeds would be a lie.
  void Sync();

  std::unique_lock<std::mutex> TakeTurn() { return std::unique_lock(turn_); }

  // By who has both turns of the partition.

  /// Writes once more what was not synced, and syncs it; then records are taken again. Nothing when there is no
  /// trouble. Throws RetriableError.
  void WriteAgain(Losses& losses);
  void Clear() { unsynced_found_.clear(); }

 private:
  void SyncFound();

  const PartitionContext& context_;
  SegmentList& segments_;
  PartitionHealth& health_;
  std::atomic<bool> scheduled_ = false;
  std::mutex turn_;
  std::vector<SegmentPtr> unsynced_found_;  // in the turn
};

}  // namespace framespool::broker::embedded
