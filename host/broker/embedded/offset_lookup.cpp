#include "offset_lookup.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <string>
#include <vector>

#include <base/log.h>
#include <framespool/errors.h>

namespace framespool::broker::embedded {

namespace {

constexpr std::uint64_t kEntriesLookedThrough = 256;

/// The first offset whose record, or one before it in the segment, has a timestamp of `wanted` or later.
std::optional<std::int64_t> OffsetIn(Segment& segment, std::int64_t wanted) {
  if (segment.count() == 0 || segment.MaxTimestamp() < wanted) return std::nullopt;
  const std::uint64_t count = segment.count();
  std::uint64_t low = 0;
  std::uint64_t high = count;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    IndexEntry entry;
    if (segment.Entries(middle, {&entry, 1}) != 1) return std::nullopt;
    if (entry.max_timestamp < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < count ? std::optional(segment.base() + static_cast<std::int64_t>(low)) : std::nullopt;
}

}  // namespace

Extent OffsetLookup::extent() {
  const SegmentList::Window now = segments_.window();
  Extent extent{.first = now.first, .end = now.end, .first_time = {}, .last_time = {}};
  if (now.first == now.end) return extent;
  extent.first_time = TimeOf(now.first, first_);
  extent.last_time = TimeOf(now.end - 1, last_);
  return extent;
}

std::optional<Timestamp> OffsetLookup::TimeOf(std::int64_t offset, KnownTime& known) {
  {
    const std::lock_guard lock(mutex_);
    if (known.offset == offset) return known.time;
  }
  const auto head = HeadAt(offset);
  const auto time = head ? std::optional(Timestamp(std::chrono::milliseconds(head->timestamp))) : std::nullopt;
  const std::lock_guard lock(mutex_);
  known = {offset, time};
  return time;
}

void OffsetLookup::NoteLast(std::int64_t offset, Timestamp time) {
  const std::lock_guard lock(mutex_);
  last_ = {offset, time};
}

std::optional<RecordHead> OffsetLookup::HeadAt(std::int64_t offset) const {
  const auto segment = segments_.At(offset);
  if (!segment) return std::nullopt;
  try {
    IndexEntry entry;
    const auto log = segment->OpenLog();
    if (!log || segment->Entries(static_cast<std::uint64_t>(offset - segment->base()), {&entry, 1}) != 1) {
      return std::nullopt;
    }
    if (entry.length == 0) return std::nullopt;
    LogWindow window(*log, segment->paths().log, entry.position + entry.length);
    RecordHead head;
    std::string_view front;
    if (window.Front(entry.position, offset, head, front).empty()) return head;
  } catch (const std::exception& error) {
    log::Warn("broker",
              context_.Name() + ": the time of offset " + std::to_string(offset) + " is unknown: " + error.what());
  }
  return std::nullopt;
}

std::int64_t OffsetLookup::OffsetAt(Timestamp time) const {
  const std::int64_t wanted = time.time_since_epoch().count();
  for (const auto& segment : segments_.All()) {
    try {
      if (const auto found = OffsetIn(*segment, wanted)) return std::max(*found, segments_.window().first);
    } catch (const BrokerError& error) {
      log::Warn("broker", context_.Name() + ": a time is not looked for in " + segment->paths().log.string() + ": " +
                              error.what());
    }
  }
  return segments_.window().end;
}

std::optional<std::int64_t> OffsetLookup::SyncPointAtOrBefore(std::int64_t offset) const {
  const SegmentList::Window now = segments_.window();
  offset = std::min(offset, now.end - 1);
  bool needs_mark = false;
  std::vector<IndexEntry> entries;
  while (offset >= now.first) {
    const auto segment = segments_.At(offset);
    if (!segment) return std::nullopt;  // retention was faster
    try {
      segment->Load();
      offset = std::min(offset, segment->end() - 1);
      while (offset >= segment->base()) {
        const auto last = static_cast<std::uint64_t>(offset - segment->base());
        const std::uint64_t first = last - std::min(last, kEntriesLookedThrough - 1);
        entries.resize(last - first + 1);
        if (segment->Entries(first, std::span(entries)) != entries.size()) {
          // Fewer at once: the newer ones are not in the index file yet. One at a time is what it always has.
          entries.resize(1);
          if (segment->Entries(last, std::span(entries)) != 1) return std::nullopt;
        }
        for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry, --offset) {
          if (entry->length == 0) continue;
          const auto sync_point = SyncPointOf(*entry, offset).value_or(SyncPoint::kEach);
          if (sync_point == SyncPoint::kHere || (sync_point == SyncPoint::kEach && !needs_mark)) return offset;
          needs_mark = true;
        }
      }
    } catch (const BrokerError& error) {
      throw RetriableError(context_.Name() + ": no sync point can be looked for before offset " +
                           std::to_string(offset) + ": " + error.what());
    }
    offset = std::min(offset, segment->base() - 1);
  }
  return std::nullopt;
}

}  // namespace framespool::broker::embedded
