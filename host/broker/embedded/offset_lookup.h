#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include <framespool/record.h>

#include "partition_context.h"
#include "record_format.h"
#include "segment_list.h"

namespace framespool::broker::embedded {

/// Finds places in a partition: by time, by sync point, and the times of its ends. Reads indexes and heads of records,
/// so it may wait for I/O; holds no lock meanwhile. Owned by its Partition; any thread.
class OffsetLookup {
 public:
  OffsetLookup(const PartitionContext& context, const SegmentList& segments) : context_(context), segments_(segments) {}

  Extent extent();
  /// As TopicReader's.
  std::int64_t OffsetAt(Timestamp time) const;
  /// As TopicReader's. Throws RetriableError when an index cannot be read.
  std::optional<std::int64_t> SyncPointAtOrBefore(std::int64_t offset) const;
  /// Nothing when it cannot be read.
  std::optional<RecordHead> HeadAt(std::int64_t offset) const;
  /// The record at `offset`, the last one, is of `time`: it need not be read.
  void NoteLast(std::int64_t offset, Timestamp time);

 private:
  struct KnownTime {
    std::int64_t offset = -1;
    std::optional<Timestamp> time;
  };
  std::optional<Timestamp> TimeOf(std::int64_t offset, KnownTime& known);

  const PartitionContext& context_;
  const SegmentList& segments_;
  std::mutex mutex_;
  KnownTime first_;
  KnownTime last_;
};

}  // namespace framespool::broker::embedded
