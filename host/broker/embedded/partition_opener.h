#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "losses.h"
#include "partition_context.h"
#include "segment_list.h"

namespace framespool::broker::embedded {

/// What a partition's directory holds.
struct OpenedSegments {
  std::vector<SegmentPtr> segments;       // in order
  std::int64_t end = 0;                   // the offset that the next record gets
  std::vector<SegmentPtr> unsynced;       // full ones that an earlier worker may not have synced
  std::vector<SegmentPtr> without_index;  // to be rebuilt when there is time
  bool unsealed = false;                  // some have no seal: there is something to sync
};

/// Opens a partition's directory, creates it where it is missing: cuts off a write that never ended, sets aside what is
/// no log, and leaves all else as it is. Used once, on one thread, before anybody else knows the partition. Costs a
/// directory listing, one stat a segment, and the reading of one seal.
class PartitionOpener {
 public:
  PartitionOpener(const PartitionContext& context, Losses& losses) : context_(context), losses_(losses) {}

  /// Throws BrokerError, or RetriableError for lack of space or descriptors.
  OpenedSegments Open();

 private:
  std::vector<FoundSegment> List();
  void OpenLast(const FoundSegment& found);
  void NoteSetAside(const std::filesystem::path& path, const std::string& why);

  const PartitionContext& context_;
  Losses& losses_;
  OpenedSegments opened_;
};

}  // namespace framespool::broker::embedded
