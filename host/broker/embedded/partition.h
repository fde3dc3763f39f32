#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

#include "acked_end.h"
#include "appender.h"
#include "losses.h"
#include "offset_lookup.h"
#include "partition_context.h"
#include "partition_health.h"
#include "partition_retention.h"
#include "partition_sync.h"
#include "record_cache.h"
#include "segment_list.h"

namespace framespool::broker::embedded {

/// One topic partition, made of a part for each job. Shared by its Topic and those who read and write it: they may
/// outlive the topic's removal. Any thread.
///
/// Two turns order its work, and are held over the I/O they order: the append turn (one producer writes at a time) and
/// the sync turn (segments are synced and sealed in order). The parts' own locks guard their state and are never held
/// over I/O; readers take only those, so they wait for neither turn.
class Partition {
 public:
  /// Opens what is in `directory`, creates it where it is missing. Throws BrokerError, or RetriableError for lack of
  /// space or descriptors.
  Partition(const PartitionServices& services, TopicPartition id, std::filesystem::path directory, TopicLimits limits);

  const TopicPartition& id() const noexcept { return context_.id; }
  const TopicLimits& limits() const noexcept { return context_.limits; }
  std::string Name() const { return context_.Name(); }
  AckedEnd& acked() noexcept { return acked_; }
  /// Of the last record, as found when the partition was opened; 0 when there was none.
  std::uint64_t sequence_at_open() const noexcept { return sequence_at_open_; }

  const PartitionServices& services() const noexcept { return context_.services; }
  SegmentList& segments() noexcept { return segments_; }
  RecordCache& cache() noexcept { return cache_; }
  OffsetLookup& offsets() noexcept { return offsets_; }
  Losses& losses() noexcept { return losses_; }
  Appender& appender() noexcept { return appender_; }
  PartitionSync& sync() noexcept { return sync_; }
  PartitionRetention& retention() noexcept { return retention_; }

  /// Writes once more what was not synced, and syncs it; then appends are taken again. Nothing when there is no
  /// trouble. Throws RetriableError.
  void Recover();
  /// Recovers, catches up with what was left undone, and drops what is too old or too much. When to look again, if time
  /// alone decides.
  std::optional<WallClock::time_point> LookAfter(WallClock::time_point now);
  /// The next record gets at least the offset `end`: those before it have been here, and are lost.
  void RaiseEnd(std::int64_t end);

  /// Both turns, so that nothing of the partition's touches its files.
  struct Stillness {
    std::unique_lock<std::mutex> append_turn;
    std::unique_lock<std::mutex> sync_turn;
  };
  Stillness KeepStill();
  /// The topic is gone, and its files with it: it holds nothing any more and takes nothing. Its caller keeps it still.
  void Abandon();

 private:
  const PartitionContext context_;
  SegmentList segments_;
  RecordCache cache_;
  AckedEnd acked_;
  Losses losses_;
  PartitionHealth health_;
  OffsetLookup offsets_;
  PartitionSync sync_;
  Appender appender_;
  PartitionRetention retention_;
  std::uint64_t sequence_at_open_ = 0;
};

}  // namespace framespool::broker::embedded
