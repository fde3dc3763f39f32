#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "offset_lookup.h"
#include "partition_context.h"
#include "partition_health.h"
#include "partition_sync.h"
#include "record_cache.h"
#include "record_format.h"
#include "segment_list.h"

namespace framespool::broker::embedded {

/// Writes records to a partition, one producer at a time: take the turn, stage runs of records, then commit or take
/// back, then let go of the turn. Nobody sees a record before Commit(). The turn is held over the I/O that it orders.
/// Owned by its Partition; any thread that has the turn.
class Appender {
 public:
  Appender(const PartitionContext& context, SegmentList& segments, RecordCache& cache, OffsetLookup& offsets,
           PartitionHealth& health, PartitionSync& sync)
      : context_(context), segments_(segments), cache_(cache), offsets_(offsets), health_(health), sync_(sync) {}

  /// Any thread; waits for it.
  std::unique_lock<std::mutex> TakeTurn();
  /// The offset that the next staged record gets.
  std::int64_t staged_end() const noexcept { return staged_end_; }
  /// Throws RetriableError; then take back.
  void Stage(std::span<EncodedRecord> run, std::uint64_t first_sequence);
  /// Makes what is staged durable before it is committed. Throws RetriableError; then take back.
  void SyncStaged();
  void Commit();
  /// Takes back what was staged from offset `from` on. Over several partitions, the last run first: whatever a kill
  /// leaves is then the beginning of the batch, as it is while staging.
  void Unstage(std::int64_t from) noexcept;

  // Any thread; these take the turn themselves.

  /// Begins a new segment behind the last one where that has records and is `due`.
  void RollIf(const std::function<bool(const Segment&)>& due);
  /// The next record gets at least the offset `end`. Where the partition ended before; nothing when it reached as far.
  std::optional<std::int64_t> RaiseEnd(std::int64_t end);

 private:
  StagedSegment& StagingSegment(const EncodedRecord& next);
  void Write(StagedSegment& staged, std::span<EncodedRecord> records, std::uint64_t first_sequence);

  const PartitionContext& context_;
  SegmentList& segments_;
  RecordCache& cache_;
  OffsetLookup& offsets_;
  PartitionHealth& health_;
  PartitionSync& sync_;

  std::mutex turn_;  // guards what is staged
  std::vector<StagedSegment> staged_;
  std::vector<std::shared_ptr<const StoredRecord>> staged_records_;
  std::int64_t staged_end_ = 0;
};

}  // namespace framespool::broker::embedded
