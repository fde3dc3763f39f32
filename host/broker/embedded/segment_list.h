#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "segment.h"

namespace framespool::broker::embedded {

using SegmentPtr = std::shared_ptr<Segment>;

/// Records that are written to a segment, and that nobody sees yet.
struct StagedSegment {
  SegmentPtr segment;
  bool created = false;         // for them
  std::uint64_t log_bytes = 0;  // of its file, with them
  std::int64_t max_timestamp = kNoTimestamp;
  std::vector<IndexEntry> entries;  // theirs
};

/// The segments of a partition in order, the last of which takes the appends; how far they reach, and what of them is
/// not durable yet. Its lock is never held over I/O, and it is the only one that readers take: they wait neither for
/// who appends nor for who syncs. Owned by its Partition; any thread, but as the groups below say.
class SegmentList {
 public:
  /// Offsets [first, end).
  struct Window {
    std::int64_t first = 0;
    std::int64_t end = 0;
  };
  Window window() const;
  /// The last segment that begins at or before `offset`, or null. It may end before `offset`: what lies between two
  /// segments is lost.
  SegmentPtr At(std::int64_t offset) const;
  /// Where the first segment behind `offset` begins, or the end.
  std::int64_t NextBase(std::int64_t offset) const;
  std::vector<SegmentPtr> All() const;
  /// Null where there are none.
  SegmentPtr First() const;
  SegmentPtr Last() const;
  std::uint64_t disk_bytes() const;
  /// Bytes of records that no sync has taken up yet.
  std::uint64_t unsynced_bytes() const;
  /// Waits until there is a record at or behind `offset`, for `wait`, a stop or an interruption.
  Window WaitFor(std::int64_t offset, std::chrono::milliseconds wait, const std::stop_token& stop,
                 const std::atomic<bool>& interrupted);
  void WakeReaders();

  /// What was found, before anybody else uses it.
  void Fill(std::vector<SegmentPtr> segments, std::int64_t end);

  // By who has the append turn.

  /// The last one, where the record of offset `next` may be appended to it; else null.
  SegmentPtr Open(std::int64_t next) const;
  struct Growth {
    bool first_of_segment = false;
    std::uint64_t bytes = 0;  // on disk
  };
  /// Shows everybody what was staged; the next record gets the offset `end`.
  Growth Publish(std::span<const StagedSegment> staged, std::int64_t end);
  /// A new one behind the others, empty.
  void Add(SegmentPtr segment);
  /// Where it ended before; nothing when it reaches as far already.
  std::optional<std::int64_t> RaiseEnd(std::int64_t end);

  // By who has the sync turn.

  struct Reached {
    SegmentPtr segment;
    std::uint64_t count = 0;  // of its records
    bool full = false;        // takes no more
  };
  struct Unsynced {
    std::vector<Reached> segments;  // without a seal, in order
    bool new_files = false;
    std::uint64_t bytes = 0;
  };
  /// What a sync has to make durable; counted as done from here on.
  Unsynced TakeUnsynced();
  /// It could not be.
  void PutBack(const Unsynced& unsynced);
  /// The first, where it may be dropped: it is sealed, and not the last.
  SegmentPtr Droppable() const;
  /// Drops that, and returns it.
  SegmentPtr DropFirst();

  // By who has both turns.

  std::vector<SegmentPtr> Unsealed() const;
  void NoteAllSynced();
  /// Holds nothing any more.
  void Clear();

 private:
  Window LockedWindow() const;

  mutable std::mutex mutex_;
  std::condition_variable_any grown_;
  std::vector<SegmentPtr> segments_;
  std::int64_t end_ = 0;
  bool new_files_ = false;  // whose names are not durable yet
  std::uint64_t unsynced_bytes_ = 0;
};

}  // namespace framespool::broker::embedded
