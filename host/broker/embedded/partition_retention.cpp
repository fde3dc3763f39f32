#include <algorithm>

#include <base/log.h>
#include "partition.h"

namespace framespool::broker::embedded {

std::uint64_t Partition::disk_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& segment : segments_) bytes += segment->disk_bytes();
  return bytes;
}

// Time counts from when a segment was last written to, not from its records' timestamps: a source that replays an old
// recording sets old timestamps, and must not lose its records an hour later.
bool Partition::IsExpired(const Segment& segment, WallClock::time_point now) const {
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(segment.Age(now));
  return limits_.retention_time.count() > 0 && age >= limits_.retention_time;
}

std::optional<WallClock::time_point> Partition::ApplyRetention(WallClock::time_point now) {
  bool trouble = false;
  bool behind = false;
  {
    const std::lock_guard lock(mutex_);
    trouble = !trouble_.empty();
    behind = index_behind_;
  }
  try {
    if (trouble) Recover();
    if (behind) Sync();
  } catch (const RetriableError& error) {  // said when it began
    log::Debug("broker", error.what());
  }
  LookForSpace();
  RebuildMissing();
  RollExpired(now);
  for (;;) {
    if (!OldestDroppable()) break;
    std::uint64_t front = 0;
    bool expired = false;
    {
      const std::lock_guard lock(mutex_);
      front = segments_.front()->disk_bytes();
      expired = IsExpired(*segments_.front(), now);
    }
    if (expired) {
      DropOldest("retention.ms");
      continue;
    }
    if (limits_.retention_bytes == 0 || disk_bytes() < limits_.retention_bytes + front) break;
    DropOldest("retention.bytes");
  }
  {
    const std::lock_guard lock(mutex_);
    if (index_behind_ || !trouble_.empty() || lacking_bytes_ > 0) return now + std::chrono::seconds(1);
  }

  // What is due but could not be dropped becomes so when it is sealed, and then the sync thread calls.
  const std::lock_guard lock(mutex_);
  if (limits_.retention_time.count() == 0 || segments_.empty() || segments_.front()->count() == 0) return std::nullopt;
  const auto keep = std::min<std::chrono::milliseconds>(limits_.retention_time, std::chrono::hours(24 * 365));
  const auto left = keep - std::chrono::duration_cast<std::chrono::milliseconds>(segments_.front()->Age(now));
  return left.count() > 0 ? std::optional(now + left) : std::nullopt;
}

// An idle topic's last segment expires as any other; an empty one behind it remembers the offset.
bool Partition::RollExpired(WallClock::time_point now) {
  const auto turn = TakeTurn();
  {
    const std::lock_guard lock(mutex_);
    if (segments_.empty() || !trouble_.empty()) return false;
    const Segment& last = *segments_.back();
    if (last.count() == 0 || !IsExpired(last, now)) return false;
  }
  auto segment = Segment::Create(services_.files, directory_, window().end);
  bool schedule = false;
  {
    const std::lock_guard lock(mutex_);
    segments_.push_back(std::move(segment));
    new_files_ = true;
    schedule = !std::exchange(sync_scheduled_, true);
  }
  if (schedule) services_.schedule_sync(*this);
  return true;
}

std::optional<WallClock::time_point> Partition::OldestDroppable() const {
  const std::lock_guard lock(mutex_);
  if (segments_.size() < 2 || !segments_.front()->sealed()) return std::nullopt;
  return segments_.front()->last_write();
}

void Partition::RebuildMissing() {
  std::vector<std::shared_ptr<Segment>> segments;
  {
    const std::lock_guard lock(mutex_);
    segments.swap(without_index_);
  }
  for (const auto& segment : segments) {
    try {
      segment->Load();
    } catch (const std::exception& error) {
      log::Warn("broker", Name() + ": " + error.what());
    }
  }
}

bool Partition::DropOldest(const char* reason) {
  const std::lock_guard turn(sync_turn_);
  std::shared_ptr<Segment> dropped;
  std::int64_t first = 0;
  bool all_lost_gone = false;
  {
    const std::lock_guard lock(mutex_);
    if (segments_.size() < 2 || !segments_.front()->sealed()) return false;
    dropped = segments_.front();
    segments_.erase(segments_.begin());
    first = segments_.front()->base();
    while (!lost_.empty() && lost_.begin()->second <= first) lost_.erase(lost_.begin());
    all_lost_gone = lost_.empty();
  }
  if (all_lost_gone) services_.problems.Clear(Name(), "data-lost");
  cache_.DropBefore(first);
  dropped->RemoveFiles();
  log::Debug("broker", Name() + ": dropped offsets " + std::to_string(dropped->base()) + " to " +
                           std::to_string(first - 1) + " (" + std::to_string(dropped->log_bytes()) + " bytes) by " +
                           reason);
  return true;
}

}  // namespace framespool::broker::embedded
