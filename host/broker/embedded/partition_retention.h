#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "appender.h"
#include "losses.h"
#include "partition_context.h"
#include "partition_health.h"
#include "partition_sync.h"
#include "record_cache.h"
#include "segment_list.h"

namespace framespool::broker::embedded {

/// Drops whole segments of a partition that are too old or too many. Owned by its Partition; called by the thread
/// "log-retention" but for Clear().
class PartitionRetention {
 public:
  PartitionRetention(const PartitionContext& context, SegmentList& segments, Appender& appender, PartitionSync& sync,
                     PartitionHealth& health, Losses& losses, RecordCache& cache)
      : context_(context),
        segments_(segments),
        appender_(appender),
        sync_(sync),
        health_(health),
        losses_(losses),
        cache_(cache) {}

  /// Segments that were found without an index: it is rebuilt when there is time.
  void Fill(std::vector<SegmentPtr> without_index);
  /// When to look again, if time alone decides.
  std::optional<WallClock::time_point> Apply(WallClock::time_point now);
  /// When the oldest segment that could be dropped was last written to.
  std::optional<WallClock::time_point> OldestDroppable() const;
  bool DropOldest(const char* reason);
  /// Any thread.
  void Clear() { Fill({}); }

 private:
  bool IsExpired(const Segment& segment, WallClock::time_point now) const;
  void RebuildMissing();

  const PartitionContext& context_;
  SegmentList& segments_;
  Appender& appender_;
  PartitionSync& sync_;
  PartitionHealth& health_;
  Losses& losses_;
  RecordCache& cache_;
  std::mutex mutex_;
  std::vector<SegmentPtr> without_index_;
};

}  // namespace framespool::broker::embedded
