#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include <base/meters.h>

#include "index_file.h"
#include "log_scan.h"

namespace framespool::broker::embedded {

using WallClock = std::chrono::system_clock;

/// What a directory listing tells of a segment.
struct FoundSegment {
  std::int64_t base = 0;
  std::uint64_t log_bytes = 0;
  WallClock::time_point last_write;
  bool has_index = false;
};

/// One file of records and its index. Unsealed, it keeps its files open and the newest index entries in memory, until
/// the sync thread has made their records durable and has written them to the index. Sealed, it is complete and
/// durable, and costs nothing until somebody reads it: files are opened for the reader, entries read from the index
/// file. Where records are lost, entries have the length 0, or none follow up to the next segment. Shared by its
/// Partition and the readers in it. Queries come from any thread; Publish from the one that has the partition's append
/// turn, SyncData, WriteIndex and the seal from the one that has its sync turn.
class Segment {
 public:
  /// A new one, empty. Throws BrokerError or RetriableError.
  static std::shared_ptr<Segment> Create(FileOps& files, const std::filesystem::path& directory, std::int64_t base);
  /// One that takes no more records; `count` of them fit in up to the next segment.
  static std::shared_ptr<Segment> OpenSealed(FileOps& files, const std::filesystem::path& directory,
                                             const FoundSegment& found, std::uint64_t count);
  /// The last one, without a seal. Cuts off a write that never ended; behind anything else that the scan did not take
  /// it takes no more records, and stays as it is.
  static std::shared_ptr<Segment> OpenTail(FileOps& files, const std::filesystem::path& directory,
                                           const FoundSegment& found, TailScan scan);

  std::int64_t base() const noexcept { return base_; }
  const SegmentPaths& paths() const noexcept { return paths_; }
  std::int64_t end() const;
  std::uint64_t count() const;
  std::uint64_t log_bytes() const;
  std::uint64_t disk_bytes() const;
  bool sealed() const;
  /// Whether records may be appended to it.
  bool open() const;
  bool has_unindexed() const;
  WallClock::time_point first_write() const;
  WallClock::time_point last_write() const;
  /// Since it was last written to. A clock that is set while the worker runs makes it no older than it is.
  WallClock::duration Age(WallClock::time_point now) const;

  /// The records' file; null when retention, or somebody, has removed it.
  std::shared_ptr<const File> OpenLog();
  /// Entries from the record number `first` on, at most to.size(); how many. May read, and repairs a damaged index.
  /// None also when the files have been removed. Throws BrokerError when they cannot be read.
  std::size_t Entries(std::uint64_t first, std::span<IndexEntry> to);
  /// Reads the seal, or rebuilds the index where there is none; count() is exact from then on. Throws BrokerError.
  void Load();
  std::int64_t MaxTimestamp();

  /// Records up to `log_bytes` are written: `entries` are theirs.
  void Publish(std::span<const IndexEntry> entries, std::uint64_t log_bytes, std::int64_t max_timestamp);
  std::int64_t published_max_timestamp() const;

  /// Each returns 0 or an errno.
  int SyncData(base::Histogram& times);
  /// Reads the records that are not known to be durable, writes them once more and syncs them: after a failed sync the
  /// kernel may have forgotten what it could not write, and another that succeeds says nothing of it. `lost` are those
  /// that cannot be read as they were. Nobody appends or syncs meanwhile.
  int WriteAgain(std::vector<LostRecords>& lost);
  int WriteIndex(std::uint64_t count);
  int WriteSeal();
  int SyncSeal();

  void RemoveFiles() noexcept;

 private:
  Segment(FileOps& files, const std::filesystem::path& directory, std::int64_t base)
      : files_(files), base_(base), paths_(directory, base) {}

  bool Rebuild();
  std::string ProblemOfRecord(const File& log, const IndexEntry& entry, std::int64_t offset,
                              std::vector<std::byte>& record) const;

  FileOps& files_;
  const std::int64_t base_;
  const SegmentPaths paths_;

  mutable std::mutex mutex_;
  std::uint64_t count_ = 0;
  std::uint64_t log_bytes_ = 0;
  std::int64_t max_timestamp_ = kNoTimestamp;
  bool sealed_ = false;
  bool closed_ = false;
  WallClock::time_point first_write_;
  WallClock::time_point last_write_;
  std::optional<std::chrono::steady_clock::time_point> written_here_;  // the same, by this process
  std::uint64_t written_ = 0;                                          // entries in the index file
  std::vector<IndexEntry> unindexed_;                                  // those that follow
  std::shared_ptr<const File> log_;                                    // while unsealed
  std::weak_ptr<const File> log_of_readers_;
  std::shared_ptr<const File> index_;  // while unsealed, once there is one

  std::mutex load_turn_;  // who reads a sealed index for the first time, or repairs it; held over that I/O
  bool loaded_ = false;
  std::vector<IndexEntry> repaired_;  // the index, where it could be rebuilt but not written; filled once
};

}  // namespace framespool::broker::embedded
