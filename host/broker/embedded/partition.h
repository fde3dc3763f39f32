#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "acked_end.h"
#include "buffer_pool.h"
#include "problems.h"
#include "record_cache.h"
#include "record_format.h"
#include "segment.h"
#include "topic_config.h"

namespace framespool::broker::embedded {

class Partition;

/// What the broker lends its partitions; outlives them.
struct PartitionServices {
  FileOps& files;
  std::shared_ptr<BufferPool> buffers;
  std::atomic<std::size_t>& recent_bytes;
  Problems& problems;
  std::function<void(Partition&)> schedule_sync;  // returns at once
  std::function<void(Partition&)> cancel_sync;    // waits until it is not under way
  std::function<void()> retention_due;            // returns at once
  std::function<void(std::uint64_t)> grown;       // by so many bytes on disk; returns at once
};

/// One topic partition: its segments in order, the last of which takes the appends. Shared by its Topic and those who
/// read and write it: they may outlive the topic's removal. Any thread.
///
/// Two turns order its work, and are held over the I/O they order: the append turn (one producer writes at a time) and
/// the sync turn (segments are synced and sealed in order). mutex_ guards the state and is never held over I/O; readers
/// take only that, so they wait for neither.
class Partition {
 public:
  /// Opens what is in `directory`, creates it where it is missing. Throws BrokerError, or RetriableError for lack of
  /// space or descriptors.
  Partition(const PartitionServices& services, TopicPartition id, std::filesystem::path directory, TopicLimits limits);

  const TopicPartition& id() const noexcept { return id_; }
  const TopicLimits& limits() const noexcept { return limits_; }
  BufferPool& buffers() const noexcept { return *services_.buffers; }
  RecordCache& cache() noexcept { return cache_; }
  AckedEnd& acked() noexcept { return acked_; }
  std::string Name() const { return "topic " + id_.topic + " partition " + std::to_string(id_.partition); }

  /// Appending: take the turn, stage runs of records, then commit or take back, then let go of the turn. Nobody sees a
  /// record before Commit(). Stage throws RetriableError; then take back.
  std::unique_lock<std::mutex> TakeTurn();
  /// The offset that the next staged record gets.
  std::int64_t staged_end() const noexcept { return staged_end_; }
  void Stage(std::span<EncodedRecord> run, std::uint64_t first_sequence);
  /// Makes what is staged durable before it is committed.
  void SyncStaged();
  void Commit();
  /// Takes back what was staged from offset `from` on. Over several partitions, the last run first: whatever a kill
  /// leaves is then the beginning of the batch, as it is while staging.
  void Unstage(std::int64_t from) noexcept;

  /// Makes all that is committed durable, writes the index and seals full segments. Throws RetriableError when that
  /// fails, and until Recover() has succeeded: after a failed fdatasync the kernel has forgotten what it could not
  /// write, so a second one that succeeds would be a lie.
  void Sync();
  std::uint64_t unsynced_bytes() const;
  /// Why nothing can be appended for now; empty when it can.
  std::string trouble() const;
  /// Writes once more what was not synced, and syncs it; then appends are taken again. Nothing when there is no
  /// trouble. Throws RetriableError.
  void Recover();

  struct Window {
    std::int64_t first = 0;
    std::int64_t end = 0;
  };
  Window window() const;
  Extent extent();
  /// Waits until there is a record at or behind `offset`, for `wait`, a stop or an interruption.
  Window WaitFor(std::int64_t offset, std::chrono::milliseconds wait, const std::stop_token& stop,
                 const std::atomic<bool>& interrupted);
  void WakeReaders();
  /// The last segment that begins at or before `offset`, or null. It may end before `offset`: what lies between two
  /// segments is lost.
  std::shared_ptr<Segment> SegmentOf(std::int64_t offset) const;
  /// Where the first segment behind `offset` begins, or the end.
  std::int64_t NextBase(std::int64_t offset) const;
  /// Records that cannot be read are logged once, and listed as a problem until retention drops what is around them.
  void NoteLoss(std::int64_t first, std::int64_t end, const std::string& why);
  /// The next record gets at least the offset `end`: those before it have been here, and are lost.
  void RaiseEnd(std::int64_t end);
  FileOps& files() const noexcept { return services_.files; }
  std::int64_t OffsetAt(Timestamp time);
  /// As TopicReader's. May wait for I/O. Throws RetriableError when an index cannot be read.
  std::optional<std::int64_t> SyncPointAtOrBefore(std::int64_t offset) const;
  /// Of the last record, as found when the partition was opened; 0 when there was none.
  std::uint64_t sequence_at_open() const noexcept { return sequence_at_open_; }

  std::uint64_t disk_bytes() const;
  /// Drops segments that are too old or too many. When to look again, if time alone decides.
  std::optional<WallClock::time_point> ApplyRetention(WallClock::time_point now);
  /// When the oldest segment that could be dropped was last written to.
  std::optional<WallClock::time_point> OldestDroppable() const;
  bool DropOldest(const char* reason);

  /// Both turns, so that nothing of the partition's touches its files.
  struct Stillness {
    std::unique_lock<std::mutex> append_turn;
    std::unique_lock<std::mutex> sync_turn;
  };
  Stillness KeepStill();
  /// The topic is gone, and its files with it: it holds nothing any more and takes nothing. Its caller keeps it still.
  void Abandon();

 private:
  struct Staged {
    std::shared_ptr<Segment> segment;
    bool created = false;
    std::uint64_t log_bytes = 0;
    std::int64_t max_timestamp = kNoTimestamp;
    std::vector<IndexEntry> entries;
  };
  struct KnownTime {
    std::int64_t offset = -1;
    std::optional<Timestamp> time;
  };

  void Open();
  std::vector<FoundSegment> ListSegments();
  void OpenLast(const FoundSegment& found);
  void NoteSetAside(const std::filesystem::path& path, const std::string& why);
  std::optional<RecordHead> HeadAt(std::int64_t offset);
  Staged& StagingSegment(std::uint64_t record_size);
  void Write(Staged& staged, std::span<EncodedRecord> records, std::uint64_t first_sequence);
  void ThrowIfClosed() const;
  void NoteTrouble(const std::string& what, int error);
  [[noreturn]] void Fail(const std::string& what, int error);
  void NoteLackOfSpace(const std::string& message, std::uint64_t bytes);
  void LookForSpace();
  void SyncFound();
  void NoteIndexBehind(int error);
  void RebuildMissing();
  bool RollExpired(WallClock::time_point now);
  bool IsExpired(const Segment& segment, WallClock::time_point now) const;

  const PartitionServices& services_;
  const TopicPartition id_;
  const std::filesystem::path directory_;
  const TopicLimits limits_;
  RecordCache cache_;
  AckedEnd acked_;
  std::uint64_t sequence_at_open_ = 0;

  std::mutex append_turn_;  // guards what is staged
  std::vector<Staged> staged_;
  std::vector<std::shared_ptr<const StoredRecord>> staged_records_;
  std::int64_t staged_end_ = 0;

  std::mutex sync_turn_;

  mutable std::mutex mutex_;
  std::condition_variable_any grown_;
  std::vector<std::shared_ptr<Segment>> segments_;
  std::int64_t end_ = 0;
  KnownTime first_time_;
  KnownTime last_time_;
  std::string trouble_;
  bool abandoned_ = false;
  std::map<std::int64_t, std::int64_t> lost_;             // offsets [first, end)
  std::vector<std::shared_ptr<Segment>> unsynced_found_;  // full ones that an earlier worker may not have synced
  std::vector<std::shared_ptr<Segment>> without_index_;   // found so; rebuilt when there is time
  std::uint64_t lacking_bytes_ = 0;                       // that could not be written; 0: none
  std::chrono::steady_clock::time_point lacking_since_;
  bool sync_scheduled_ = false;
  bool new_files_ = false;
  bool index_behind_ = false;
  std::uint64_t unsynced_bytes_ = 0;
};

}  // namespace framespool::broker::embedded
