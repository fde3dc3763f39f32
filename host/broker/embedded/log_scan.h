#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "index_file.h"
#include "record_format.h"

namespace framespool::broker::embedded {

inline constexpr std::int64_t kNoTimestamp = std::numeric_limits<std::int64_t>::min();

/// The two files of a segment, named by the offset of its first record.
struct SegmentPaths {
  SegmentPaths(const std::filesystem::path& directory, std::int64_t base);
  /// Of a name that this log gives its files; nothing for another.
  static std::optional<std::int64_t> BaseOf(const std::filesystem::path& file);
  std::filesystem::path log;
  std::filesystem::path index;
};

/// A window on a log file that moves forward: reads ahead while it is read in one piece, and little when it is hopped
/// through. Used on one thread.
class LogWindow {
 public:
  LogWindow(const File& log, const std::filesystem::path& path, std::uint64_t file_size)
      : log_(log), path_(path), file_size_(file_size) {}

  /// The bytes [position, position + size), valid until the next call; nothing when the file ends before.
  std::optional<std::span<const std::byte>> At(std::uint64_t position, std::uint64_t size);
  /// The front of the record of `offset` at `position`. Why there is none, or an empty text.
  std::string Front(std::uint64_t position, std::int64_t offset, RecordHead& head, std::string_view& front);

 private:
  const File& log_;
  const std::filesystem::path& path_;
  const std::uint64_t file_size_;
  std::vector<std::byte> bytes_;
  std::uint64_t from_ = 0;
  std::size_t have_ = 0;
  std::size_t chunk_ = 4096;
};

/// Records that a scan did not find: offsets [first, end).
struct LostRecords {
  std::int64_t first = 0;
  std::int64_t end = 0;
  std::uint64_t position = 0;
  std::string problem;
};

/// What an unsealed segment holds.
struct TailScan {
  std::uint64_t indexed = 0;        // records whose entry is in the index file already
  std::vector<IndexEntry> scanned;  // those that follow; length 0 where a record is lost and others stand behind it
  std::uint64_t log_bytes = 0;      // where the last record ends
  std::int64_t max_timestamp = kNoTimestamp;
  std::vector<LostRecords> lost;  // of `scanned`
  std::string problem;            // what stands at log_bytes instead of a record; empty: the file's end
  bool unfinished = false;        // it is a write that never ended: part of one record, or zeros
};

/// Believes the index as far as it is good, reads the records behind it and checks their CRCs. Behind a bad record it
/// searches for the next.
TailScan ScanTail(const SegmentPaths& paths, std::int64_t base, std::uint64_t file_size);

/// Entries for the records of a sealed segment whose index is damaged; `most` are those up to the next segment. A
/// record that cannot be found gets an entry of length 0 where others stand behind it, and none at the end.
std::vector<IndexEntry> ScanDamaged(const File& log, const SegmentPaths& paths, std::int64_t base, std::uint64_t most,
                                    std::uint64_t file_size);

}  // namespace framespool::broker::embedded
