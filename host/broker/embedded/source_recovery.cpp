#include "source_recovery.h"

#include <algorithm>
#include <array>
#include <utility>

namespace framespool::broker::embedded {

namespace {

/// Those of one segment: at and behind `offset`, before `next`, where another begins. Throws BrokerError.
std::uint64_t CollectFrom(Partition& partition, std::int64_t offset, std::int64_t next, NewestOffsets& newest) {
  std::uint64_t highest = 0;
  const auto segment = partition.segments().At(offset);
  const auto log = segment ? segment->OpenLog() : nullptr;
  if (!log) {
    partition.losses().Note(offset, next,
                            segment ? segment->paths().log.string() + " is missing" : "no file holds them");
    return highest;
  }
  std::array<IndexEntry, 128> block;
  LogWindow records(*log, segment->paths().log, segment->log_bytes());
  std::int64_t lost_from = -1;
  std::string why;
  const auto note = [&](std::int64_t removed_before) {
    const std::int64_t first = std::exchange(lost_from, -1);
    if (first >= 0 && first < offset - removed_before) partition.losses().Note(first, offset - removed_before, why);
  };
  while (offset < next) {
    const std::size_t count = segment->Entries(static_cast<std::uint64_t>(offset - segment->base()), block);
    if (count == 0) break;
    for (std::size_t i = 0; i < count && offset < next; ++i, ++offset) {
      RecordHead head;
      std::string_view front;
      std::string problem = "no record stands there";
      if (block[i].length > 0) problem = records.Front(block[i].position, offset, head, front);
      if (!problem.empty()) {
        if (lost_from < 0) {
          lost_from = offset;
          why = segment->paths().log.string() + " at position " + std::to_string(block[i].position) + ": " + problem;
        }
        continue;
      }
      note(head.removed_before());
      SourceOffset found = DecodeSource(head, front);
      highest = std::max(highest, found.sequence);
      SourceOffset& known = newest[{found.connector, found.partition}];
      if (known.sequence <= found.sequence) known = std::move(found);
    }
  }
  if (offset < next) {
    if (lost_from < 0) {
      lost_from = offset;
      why = segment->paths().log.string() + " ends before them";
    }
    offset = next;
  }
  const auto following = lost_from >= 0 ? partition.offsets().HeadAt(next) : std::nullopt;
  note(following ? following->removed_before() : 0);
  return highest;
}

}  // namespace

std::uint64_t CollectSourceOffsets(Partition& partition, std::int64_t from, NewestOffsets& newest) {
  const SegmentList::Window window = partition.segments().window();
  std::uint64_t highest = 0;
  std::int64_t offset = std::clamp(from, window.first, window.end);
  while (offset < window.end) {
    const std::int64_t next = std::min(partition.segments().NextBase(offset), window.end);
    try {
      highest = std::max(highest, CollectFrom(partition, offset, next, newest));
    } catch (const BrokerError& error) {
      partition.losses().Note(offset, next, error.what());
    }
    offset = next;
  }
  return highest;
}

}  // namespace framespool::broker::embedded
