#include "index_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include <base/crc32c.h>

namespace framespool::broker::embedded {

namespace {

constexpr std::uint64_t kSealMagic = 0x314c414553525346;  // "FSRSEAL1"

constexpr std::array<std::uint32_t, 3> kMarks{0, 0x53594e43, 0x5052494f};  // by SyncPoint

std::uint32_t CrcOf(const IndexEntry& entry, std::int64_t offset) {
  return base::Crc32c(base::Crc32c(0, &offset, sizeof offset), &entry, offsetof(IndexEntry, crc));
}

std::uint32_t CrcOf(const IndexSeal& seal, std::int64_t base) {
  return base::Crc32c(base::Crc32c(0, &base, sizeof base), &seal, offsetof(IndexSeal, crc));
}

int WriteBytes(FileOps& files, const File& index, const void* bytes, std::size_t size, std::uint64_t at) {
  iovec part{const_cast<void*>(bytes), size};
  return WriteAll(files, index, &part, 1, at);
}

}  // namespace

IndexEntry MakeEntry(std::int64_t offset, std::uint64_t position, std::int64_t max_timestamp, std::uint32_t length,
                     SyncPoint sync_point) {
  IndexEntry entry{.position = position, .max_timestamp = max_timestamp, .length = length, .crc = 0};
  entry.crc = CrcOf(entry, offset) ^ kMarks[static_cast<std::size_t>(sync_point)];
  return entry;
}

std::optional<SyncPoint> SyncPointOf(const IndexEntry& entry, std::int64_t offset) {
  const std::uint32_t mark = entry.crc ^ CrcOf(entry, offset);
  for (const SyncPoint sync_point : {SyncPoint::kEach, SyncPoint::kHere, SyncPoint::kBefore}) {
    if (mark == kMarks[static_cast<std::size_t>(sync_point)]) return sync_point;
  }
  return std::nullopt;
}

IndexSeal MakeSeal(std::int64_t base, std::uint64_t count, std::uint64_t log_bytes, std::int64_t max_timestamp) {
  IndexSeal seal{.magic = kSealMagic,
                 .count = count,
                 .log_bytes = log_bytes,
                 .max_timestamp = max_timestamp,
                 .reserved = 0,
                 .crc = 0};
  seal.crc = CrcOf(seal, base);
  return seal;
}

std::optional<IndexSeal> ReadSeal(const std::filesystem::path& path, std::int64_t base) {
  const File index = OpenFile(path, O_RDONLY);
  struct stat status {};
  if (!index || fstat(index.fd(), &status) != 0) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size < sizeof(IndexSeal) || (size - sizeof(IndexSeal)) % sizeof(IndexEntry) != 0) return std::nullopt;
  IndexSeal seal;
  if (ReadAt(index, path, &seal, sizeof seal, size - sizeof seal) != sizeof seal) return std::nullopt;
  const bool good = seal.magic == kSealMagic && seal.crc == CrcOf(seal, base) &&
                    seal.count == (size - sizeof seal) / sizeof(IndexEntry);
  return good ? std::optional(seal) : std::nullopt;
}

std::uint64_t CountGoodEntries(const File& index, const std::filesystem::path& path, std::int64_t base,
                               IndexEntry& last) {
  std::vector<IndexEntry> block(1024);
  std::uint64_t count = 0;
  std::uint64_t position = 0;
  bool gap = false;
  for (;;) {
    const std::size_t got = ReadEntries(index, path, count, block);
    for (std::size_t i = 0; i < got; ++i) {
      const IndexEntry& entry = block[i];
      const bool follows = gap ? entry.position >= position : entry.position == position;
      if (!IsGood(entry, base + static_cast<std::int64_t>(count)) || !follows) return count;
      gap = entry.length == 0;
      position = entry.position + entry.length;
      last = entry;
      ++count;
    }
    if (got < block.size()) return count;
  }
}

std::size_t ReadEntries(const File& index, const std::filesystem::path& path, std::uint64_t first,
                        std::span<IndexEntry> to) {
  return ReadAt(index, path, to.data(), to.size_bytes(), first * sizeof(IndexEntry)) / sizeof(IndexEntry);
}

int WriteEntries(FileOps& files, const File& index, std::uint64_t first, std::span<const IndexEntry> entries) {
  return WriteBytes(files, index, entries.data(), entries.size_bytes(), first * sizeof(IndexEntry));
}

int WriteSeal(FileOps& files, const File& index, const IndexSeal& seal) {
  return WriteBytes(files, index, &seal, sizeof seal, seal.count * sizeof(IndexEntry));
}

}  // namespace framespool::broker::embedded
