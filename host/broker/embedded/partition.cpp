#include "partition.h"

#include <algorithm>
#include <limits>

#include <base/log.h>
#include <framespool/errors.h>

namespace framespool::broker::embedded {

namespace {

constexpr std::uint64_t kEntriesLookedThrough = 256;

}  // namespace

Partition::Partition(const PartitionServices& services, TopicPartition id, std::filesystem::path directory,
                     TopicLimits limits)
    : services_(services),
      id_(std::move(id)),
      directory_(std::move(directory)),
      limits_(limits),
      cache_(services.recent_bytes) {
  Open();
}

void Partition::Sync() {
  struct Reached {
    std::shared_ptr<Segment> segment;
    std::uint64_t count;
    bool full;
  };
  const std::lock_guard turn(sync_turn_);
  std::vector<Reached> unsealed;
  bool new_files = false;
  std::uint64_t bytes = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!trouble_.empty()) throw RetriableError(trouble_);
    sync_scheduled_ = false;
    new_files = std::exchange(new_files_, false);
    bytes = std::exchange(unsynced_bytes_, 0);
    for (auto segment = segments_.rbegin(); segment != segments_.rend() && !(*segment)->sealed(); ++segment) {
      const bool full = segment != segments_.rbegin() || !(*segment)->open() || (*segment)->end() != end_;
      unsealed.push_back({*segment, (*segment)->count(), full});
    }
  }
  std::reverse(unsealed.begin(), unsealed.end());
  const auto fail = [&](const std::string& what, int error) {
    {
      const std::lock_guard lock(mutex_);
      new_files_ |= new_files;
      unsynced_bytes_ += bytes;
    }
    Fail(what, error);
  };

  SyncFound();
  for (const Reached& reached : unsealed) {
    if (!reached.segment->has_unindexed()) continue;
    if (const int error = reached.segment->SyncData(); error != 0) {
      fail("cannot sync " + reached.segment->paths().log.string(), error);
    }
  }
  if (new_files) {
    if (const int error = SyncDirectory(services_.files, directory_); error != 0) {
      fail("cannot sync " + directory_.string(), error);
    }
  }

  // The records are durable; what follows makes the next start quick and lets full segments go.
  bool sealed = false;
  for (const Reached& reached : unsealed) {
    int error = reached.segment->WriteIndex(reached.count);
    if (error == 0 && reached.full) error = reached.segment->WriteSeal();
    if (error == 0 && reached.full) error = reached.segment->SyncSeal();
    if (error != 0) return NoteIndexBehind(error);
    sealed |= reached.full;
  }
  {
    const std::lock_guard lock(mutex_);
    index_behind_ = false;
  }
  services_.problems.Clear(Name(), "index-behind");
  if (sealed) services_.retention_due();
}

std::uint64_t Partition::unsynced_bytes() const {
  const std::lock_guard lock(mutex_);
  return unsynced_bytes_;
}

void Partition::ThrowIfClosed() const {
  const std::lock_guard lock(mutex_);
  if (!trouble_.empty()) throw RetriableError(trouble_);
  if (abandoned_) throw RetriableError(Name() + " was deleted just now");
}

Partition::Stillness Partition::KeepStill() {
  std::unique_lock append_turn(append_turn_);
  return {std::move(append_turn), std::unique_lock(sync_turn_)};
}

void Partition::Abandon() {
  std::vector<std::shared_ptr<Segment>> dropped;  // their files are closed outside of the lock
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    dropped.swap(segments_);
    new_files_ = false;
    index_behind_ = false;
    unsynced_bytes_ = 0;
    trouble_.clear();
    unsynced_found_.clear();
    without_index_.clear();
    lacking_bytes_ = 0;
  }
  services_.problems.ClearAll(Name());
  cache_.DropBefore(std::numeric_limits<std::int64_t>::max());
  grown_.notify_all();
}

void Partition::NoteIndexBehind(int error) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = !std::exchange(index_behind_, true);
  }
  const std::string message = Name() + ": cannot write the index in " + directory_.string() + ": " + ErrorText(error) +
                              "; its records are safe, the index is written once that works again";
  services_.problems.Put(Name(), {.subject = "topic " + id_.topic, .kind = "index-behind", .message = message});
  if (!first) return;
  log::Warn("broker", message);
  services_.retention_due();
}

Partition::Window Partition::window() const {
  const std::lock_guard lock(mutex_);
  return {segments_.empty() ? end_ : segments_.front()->base(), end_};
}

Extent Partition::extent() {
  const Window now = window();
  Extent extent{.first = now.first, .end = now.end, .first_time = {}, .last_time = {}};
  if (now.first == now.end) return extent;
  const auto time_of = [this](std::int64_t offset, KnownTime& known) {
    {
      const std::lock_guard lock(mutex_);
      if (known.offset == offset) return known.time;
    }
    const auto head = HeadAt(offset);
    const auto time = head ? std::optional(Timestamp(std::chrono::milliseconds(head->timestamp))) : std::nullopt;
    const std::lock_guard lock(mutex_);
    known = {offset, time};
    return time;
  };
  extent.first_time = time_of(now.first, first_time_);
  extent.last_time = time_of(now.end - 1, last_time_);
  return extent;
}

Partition::Window Partition::WaitFor(std::int64_t offset, std::chrono::milliseconds wait, const std::stop_token& stop,
                                     const std::atomic<bool>& interrupted) {
  // A wait of "for ever" would overflow the clock.
  wait = std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds(0), std::chrono::hours(24 * 365));
  std::unique_lock lock(mutex_);
  if (end_ <= offset && wait.count() > 0) {
    grown_.wait_for(lock, stop, wait, [&] { return end_ > offset || interrupted.load(); });
  }
  return {segments_.empty() ? end_ : segments_.front()->base(), end_};
}

void Partition::WakeReaders() {
  // The lock orders the caller's flag before the sleeper's next look at it.
  { const std::lock_guard lock(mutex_); }
  grown_.notify_all();
}

std::shared_ptr<Segment> Partition::SegmentOf(std::int64_t offset) const {
  const std::lock_guard lock(mutex_);
  if (segments_.empty() || offset < segments_.front()->base() || offset >= end_) return nullptr;
  const auto next = std::upper_bound(segments_.begin(), segments_.end(), offset,
                                     [](std::int64_t o, const auto& segment) { return o < segment->base(); });
  return *std::prev(next);
}

std::int64_t Partition::NextBase(std::int64_t offset) const {
  const std::lock_guard lock(mutex_);
  const auto next = std::upper_bound(segments_.begin(), segments_.end(), offset,
                                     [](std::int64_t o, const auto& segment) { return o < segment->base(); });
  return next == segments_.end() ? end_ : (*next)->base();
}

std::optional<RecordHead> Partition::HeadAt(std::int64_t offset) {
  const auto segment = SegmentOf(offset);
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
    log::Warn("broker", Name() + ": the time of offset " + std::to_string(offset) + " is unknown: " + error.what());
  }
  return std::nullopt;
}

namespace {

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

std::int64_t Partition::OffsetAt(Timestamp time) {
  const std::int64_t wanted = time.time_since_epoch().count();
  std::vector<std::shared_ptr<Segment>> segments;
  {
    const std::lock_guard lock(mutex_);
    segments = segments_;
  }
  for (const auto& segment : segments) {
    try {
      if (const auto found = OffsetIn(*segment, wanted)) return std::max(*found, window().first);
    } catch (const BrokerError& error) {
      log::Warn("broker",
                Name() + ": a time is not looked for in " + segment->paths().log.string() + ": " + error.what());
    }
  }
  return window().end;
}

std::optional<std::int64_t> Partition::SyncPointAtOrBefore(std::int64_t offset) const {
  const Window now = window();
  offset = std::min(offset, now.end - 1);
  bool needs_mark = false;
  std::vector<IndexEntry> entries;
  while (offset >= now.first) {
    const auto segment = SegmentOf(offset);
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
      throw RetriableError(Name() + ": no sync point can be looked for before offset " + std::to_string(offset) + ": " +
                           error.what());
    }
    offset = std::min(offset, segment->base() - 1);
  }
  return std::nullopt;
}

}  // namespace framespool::broker::embedded
