#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include <framespool/record.h>

#include "file_ops.h"

/// A segment's index: one IndexEntry a record, then, once the segment is sealed, an IndexSeal. An entry is written only
/// after its record has been synced; the file itself is synced only with its seal. After a power loss it may hold
/// anything: every entry has a CRC, which covers the segment and the record it stands for.
///
/// The CRC also tells the record's SyncPoint: that of a marked one is changed by a constant. An earlier release takes
/// such an entry for damaged, and makes the index from the log again.
namespace framespool::broker::embedded {

struct IndexEntry {
  std::uint64_t position = 0;      // in the .log file
  std::int64_t max_timestamp = 0;  // of this record and all before it in the segment, ms
  std::uint32_t length = 0;  // of the whole record; 0: the record is lost, and the next one stands anywhere behind it
  std::uint32_t crc = 0;
};
static_assert(sizeof(IndexEntry) == 24);

struct IndexSeal {
  std::uint64_t magic = 0;
  std::uint64_t count = 0;
  std::uint64_t log_bytes = 0;
  std::int64_t max_timestamp = 0;
  std::uint32_t reserved = 0;
  std::uint32_t crc = 0;
};
static_assert(sizeof(IndexSeal) == 40);

IndexEntry MakeEntry(std::int64_t offset, std::uint64_t position, std::int64_t max_timestamp, std::uint32_t length,
                     SyncPoint sync_point = SyncPoint::kEach);
/// `offset` is that of the entry's record. Nothing: the entry is damaged.
std::optional<SyncPoint> SyncPointOf(const IndexEntry& entry, std::int64_t offset);
inline bool IsGood(const IndexEntry& entry, std::int64_t offset) { return SyncPointOf(entry, offset).has_value(); }
IndexSeal MakeSeal(std::int64_t base, std::uint64_t count, std::uint64_t log_bytes, std::int64_t max_timestamp);

/// The seal at the end of a segment's index, or nothing when it has no (good) one.
std::optional<IndexSeal> ReadSeal(const std::filesystem::path& index, std::int64_t base);

/// How many entries from the start are good and follow each other without a gap; `last` becomes the last of them. Lost
/// records leave a gap.
std::uint64_t CountGoodEntries(const File& index, const std::filesystem::path& path, std::int64_t base,
                               IndexEntry& last);

/// Entries [first, first + to.size()); how many there are.
std::size_t ReadEntries(const File& index, const std::filesystem::path& path, std::uint64_t first,
                        std::span<IndexEntry> to);

/// 0 or errno.
int WriteEntries(FileOps& files, const File& index, std::uint64_t first, std::span<const IndexEntry> entries);
int WriteSeal(FileOps& files, const File& index, const IndexSeal& seal);

}  // namespace framespool::broker::embedded
