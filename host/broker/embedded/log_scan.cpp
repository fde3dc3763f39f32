#include "log_scan.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

#include <base/numbers.h>

namespace framespool::broker::embedded {

namespace {

constexpr std::size_t kSmallestChunk = 4096;
constexpr std::size_t kLargestChunk = 256 << 10;

// The bytes of records at least are behind their offsets; so many more may have been cut out.
constexpr std::uint64_t kMostCutOut = 1u << 20;

std::int64_t MostOffsets(std::uint64_t bytes) {
  return static_cast<std::int64_t>(bytes / sizeof(RecordHead) + kMostCutOut);
}

// JavaScript's whole numbers, which every client can count; more frames than any camera makes.
constexpr std::int64_t kHighestBase = std::int64_t{1} << 53;

bool AreZeros(LogWindow& window, std::uint64_t position, std::uint64_t file_size) {
  while (position < file_size) {
    const auto bytes = window.At(position, std::min<std::uint64_t>(kSmallestChunk, file_size - position));
    if (!bytes || std::any_of(bytes->begin(), bytes->end(), [](std::byte b) { return b != std::byte{0}; }))
      return false;
    position += bytes->size();
  }
  return true;
}

// The next place at or behind `position` where the front of a record of an offset in (after, end) stands.
std::optional<std::uint64_t> FindRecord(LogWindow& window, std::uint64_t position, std::uint64_t file_size,
                                        std::int64_t after, std::int64_t end) {
  const std::uint32_t magic = kRecordMagic;
  while (position + sizeof(RecordHead) <= file_size) {
    const auto bytes = window.At(position, std::min<std::uint64_t>(kLargestChunk, file_size - position));
    if (!bytes) return std::nullopt;
    const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    const std::size_t found = text.find({reinterpret_cast<const char*>(&magic), sizeof magic});
    if (found == std::string_view::npos) {
      position += bytes->size() - (sizeof magic - 1);
      continue;
    }
    position += found;
    RecordHead head;
    std::string_view front;
    if (const auto candidate = window.At(position, sizeof head)) {
      std::memcpy(&head, candidate->data(), sizeof head);
      const std::int64_t offset = head.offset;
      if (offset > after && offset < end && window.Front(position, offset, head, front).empty()) return position;
    }
    ++position;
  }
  return std::nullopt;
}

}  // namespace

SegmentPaths::SegmentPaths(const std::filesystem::path& directory, std::int64_t base) {
  char name[32];
  std::snprintf(name, sizeof name, "%020lld", static_cast<long long>(base));
  log = directory / (std::string(name) + ".log");
  index = directory / (std::string(name) + ".index");
}

std::optional<std::int64_t> SegmentPaths::BaseOf(const std::filesystem::path& file) {
  const std::string stem = file.stem().string();
  const auto base = base::ToInteger<std::int64_t>(stem);
  if (!base || *base < 0 || *base > kHighestBase) return std::nullopt;
  return SegmentPaths({}, *base).log.stem() == stem ? base : std::nullopt;
}

std::optional<std::span<const std::byte>> LogWindow::At(std::uint64_t position, std::uint64_t size) {
  if (position > file_size_ || size > file_size_ - position) return std::nullopt;
  if (position < from_ || position + size > from_ + have_) {
    const bool in_one_piece = position >= from_ && position <= from_ + have_;
    chunk_ = in_one_piece ? std::min(chunk_ * 2, kLargestChunk) : kSmallestChunk;
    const auto want = std::min<std::uint64_t>(std::max<std::uint64_t>(size, chunk_), file_size_ - position);
    if (bytes_.size() < want) bytes_.resize(want);
    from_ = position;
    have_ = ReadAt(log_, path_, bytes_.data(), want, position);
    if (have_ < size) return std::nullopt;
  }
  return std::span<const std::byte>(bytes_.data() + (position - from_), size);
}

std::string LogWindow::Front(std::uint64_t position, std::int64_t offset, RecordHead& head, std::string_view& front) {
  const auto first = At(position, sizeof head);
  if (!first) return "the file ends within its header";
  std::memcpy(&head, first->data(), sizeof head);
  if (head.magic != kRecordMagic) return "no record begins there";
  if (head.size() > kLargestOnDisk) return "its header is damaged";
  const auto whole = At(position, head.front_size());
  if (!whole) return "the file ends within its header";
  front = {reinterpret_cast<const char*>(whole->data()), whole->size()};
  return FrontProblem(head, offset, front);
}

TailScan ScanTail(const SegmentPaths& paths, std::int64_t base, std::uint64_t file_size) {
  TailScan scan;
  const File log = OpenFile(paths.log, O_RDONLY);
  File index;
  try {
    index = OpenFile(paths.index, O_RDONLY);
  } catch (const BrokerError&) {  // it is made from the log again
  }
  LogWindow window(log, paths.log, file_size);
  RecordHead head;
  std::string_view front;

  // A good entry that points at no record is left from before a power loss. The last one that does is scanned again.
  if (index) {
    IndexEntry last;
    scan.indexed = CountGoodEntries(index, paths.index, base, last);
    for (; scan.indexed > 0; --scan.indexed) {
      if (ReadEntries(index, paths.index, scan.indexed - 1, {&last, 1}) != 1) continue;
      const std::int64_t offset = base + static_cast<std::int64_t>(scan.indexed) - 1;
      if (last.length > 0 && window.Front(last.position, offset, head, front).empty() && head.size() == last.length) {
        break;
      }
    }
    if (scan.indexed > 0) {
      --scan.indexed;
      scan.log_bytes = last.position;
      IndexEntry before;
      if (scan.indexed > 0 && ReadEntries(index, paths.index, scan.indexed - 1, {&before, 1}) == 1) {
        scan.max_timestamp = before.max_timestamp;
      }
    }
  }

  while (scan.log_bytes < file_size) {
    const std::uint64_t position = scan.log_bytes;
    const std::int64_t offset = base + static_cast<std::int64_t>(scan.indexed + scan.scanned.size());
    const auto lose_up_to = [&](std::int64_t end, std::int64_t removed = 0) {
      std::string problem = std::exchange(scan.problem, {});
      if (end - removed > offset) scan.lost.push_back({offset, end - removed, position, std::move(problem)});
      for (std::int64_t lost = offset; lost < end; ++lost) {
        scan.scanned.push_back(MakeEntry(lost, position, scan.max_timestamp, 0));
      }
    };
    scan.problem = window.Front(position, offset, head, front);
    if (!scan.problem.empty()) {
      const auto end = offset + MostOffsets(file_size - position);
      const auto found = FindRecord(window, position, file_size, offset - 1, end);
      if (!found) break;
      std::memcpy(&head, window.At(*found, sizeof head)->data(), sizeof head);
      if (head.offset > offset) lose_up_to(head.offset, head.removed_before());
      scan.log_bytes = *found;
      continue;
    }
    const auto record = window.At(position, head.size());
    if (!record) {
      scan.problem = "the file ends within its value";
      scan.unfinished = true;
      break;
    }
    scan.log_bytes += head.size();
    if (!IsValueGood(head, *record)) {
      scan.problem = "its value's CRC is wrong";
      lose_up_to(offset + 1);
      continue;
    }
    scan.max_timestamp = std::max(scan.max_timestamp, head.timestamp);
    scan.scanned.push_back(
        MakeEntry(offset, position, scan.max_timestamp, static_cast<std::uint32_t>(head.size()), head.sync_point()));
  }
  if (!scan.problem.empty() && !scan.unfinished) {
    scan.unfinished = file_size - scan.log_bytes < sizeof head || AreZeros(window, scan.log_bytes, file_size);
  }
  return scan;
}

std::vector<IndexEntry> ScanDamaged(const File& log, const SegmentPaths& paths, std::int64_t base, std::uint64_t most,
                                    std::uint64_t file_size) {
  std::vector<IndexEntry> entries;
  LogWindow window(log, paths.log, file_size);
  const std::int64_t end = base + static_cast<std::int64_t>(most);
  std::uint64_t position = 0;
  std::int64_t max_timestamp = kNoTimestamp;
  while (entries.size() < most && position < file_size) {
    const std::int64_t offset = base + static_cast<std::int64_t>(entries.size());
    RecordHead head;
    std::string_view front;
    if (window.Front(position, offset, head, front).empty()) {
      if (head.size() > file_size - position) break;  // the file ends within its value
      max_timestamp = std::max(max_timestamp, head.timestamp);
      entries.push_back(
          MakeEntry(offset, position, max_timestamp, static_cast<std::uint32_t>(head.size()), head.sync_point()));
      position += head.size();
      continue;
    }
    const auto found =
        FindRecord(window, position, file_size, offset - 1, std::min(end, offset + MostOffsets(file_size)));
    if (!found) break;
    std::memcpy(&head, window.At(*found, sizeof head)->data(), sizeof head);
    for (std::int64_t lost = offset; lost < head.offset; ++lost) {
      entries.push_back(MakeEntry(lost, position, max_timestamp, 0));
    }
    position = *found;
  }
  return entries;
}

}  // namespace framespool::broker::embedded
