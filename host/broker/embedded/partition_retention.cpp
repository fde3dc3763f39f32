#include "partition_retention.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <base/log.h>

namespace framespool::broker::embedded {

void PartitionRetention::Fill(std::vector<SegmentPtr> without_index) {
  const std::lock_guard lock(mutex_);
  without_index_ = std::move(without_index);
}

// Time counts from when a segment was last written to, not from its records' timestamps: a source that replays an old
// recording sets old timestamps, and must not lose its records an hour later.
bool PartitionRetention::IsExpired(const Segment& segment, WallClock::time_point now) const {
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(segment.Age(now));
  return context_.limits.retention_time.count() > 0 && age >= context_.limits.retention_time;
}

std::optional<WallClock::time_point> PartitionRetention::Apply(WallClock::time_point now) {
  RebuildMissing();
  appender_.RollIf([&](const Segment& last) { return IsExpired(last, now); });
  const std::uint64_t most = context_.limits.retention_bytes;
  while (const SegmentPtr oldest = segments_.Droppable()) {
    if (IsExpired(*oldest, now)) {
      DropOldest("retention.ms");
    } else if (most > 0 && segments_.disk_bytes() >= most + oldest->disk_bytes()) {
      DropOldest("retention.bytes");
    } else {
      break;
    }
  }
  if (health_.waits()) return now + std::chrono::seconds(1);

  // What is due but could not be dropped becomes so when it is sealed, and then the sync thread calls.
  const SegmentPtr first = segments_.First();
  if (context_.limits.retention_time.count() == 0 || !first || first->count() == 0) return std::nullopt;
  const auto keep = std::min<std::chrono::milliseconds>(context_.limits.retention_time, std::chrono::hours(24 * 365));
  const auto left = keep - std::chrono::duration_cast<std::chrono::milliseconds>(first->Age(now));
  return left.count() > 0 ? std::optional(now + left) : std::nullopt;
}

std::optional<WallClock::time_point> PartitionRetention::OldestDroppable() const {
  const SegmentPtr oldest = segments_.Droppable();
  return oldest ? std::optional(oldest->last_write()) : std::nullopt;
}

bool PartitionRetention::DropOldest(const char* reason) {
  const auto turn = sync_.TakeTurn();
  const SegmentPtr dropped = segments_.DropFirst();
  if (!dropped) return false;
  const std::int64_t first = segments_.window().first;
  losses_.ForgetBefore(first);
  cache_.DropBefore(first);
  dropped->RemoveFiles();
  log::Debug("broker", context_.Name() + ": dropped offsets " + std::to_string(dropped->base()) + " to " +
                           std::to_string(first - 1) + " (" + std::to_string(dropped->log_bytes()) + " bytes) by " +
                           reason);
  return true;
}

void PartitionRetention::RebuildMissing() {
  std::vector<SegmentPtr> segments;
  {
    const std::lock_guard lock(mutex_);
    segments.swap(without_index_);
  }
  for (const auto& segment : segments) {
    try {
      segment->Load();
    } catch (const std::exception& error) {
      log::Warn("broker", context_.Name() + ": " + error.what());
    }
  }
}

}  // namespace framespool::broker::embedded
