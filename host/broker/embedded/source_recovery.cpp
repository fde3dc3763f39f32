#include "source_recovery.h"

#include <algorithm>
#include <array>

#include <log/log.h>

namespace framespool::broker::embedded {

std::uint64_t CollectSourceOffsets(Partition& partition, std::int64_t from, NewestOffsets& newest) {
  const Partition::Window window = partition.window();
  std::uint64_t highest = 0;
  std::array<IndexEntry, 128> block;
  std::int64_t offset = std::clamp(from, window.first, window.end);
  while (offset < window.end) {
    const auto segment = partition.SegmentOf(offset);
    const auto log = segment ? segment->OpenLog() : nullptr;
    if (!log) break;  // nothing retains or appends yet: the caller is the first
    LogWindow records(*log, segment->paths().log, segment->log_bytes());
    const std::int64_t end = std::min(segment->end(), window.end);
    while (offset < end) {
      const std::size_t count = segment->Entries(static_cast<std::uint64_t>(offset - segment->base()), block);
      if (count == 0) return highest;
      for (std::size_t i = 0; i < count; ++i, ++offset) {
        RecordHead head;
        std::string_view front;
        std::string problem = "it is lost";
        if (block[i].length > 0) problem = records.Front(block[i].position, offset, head, front);
        if (!problem.empty()) {
          log::Warn("broker", partition.Name() + ": no source offset recovered from offset " + std::to_string(offset) +
                                  " in " + segment->paths().log.string() + ": " + problem);
          continue;
        }
        SourceOffset found = DecodeSource(head, front);
        highest = std::max(highest, found.sequence);
        SourceOffset& known = newest[{found.connector, found.partition}];
        if (known.sequence <= found.sequence) known = std::move(found);
      }
    }
  }
  return highest;
}

}  // namespace framespool::broker::embedded
