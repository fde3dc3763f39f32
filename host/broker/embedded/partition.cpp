#include "partition.h"

#include <limits>
#include <utility>

#include <base/log.h>
#include <framespool/errors.h>

#include "partition_opener.h"

namespace framespool::broker::embedded {

Partition::Partition(const PartitionServices& services, TopicPartition id, std::filesystem::path directory,
                     TopicLimits limits)
    : context_{.services = services, .id = std::move(id), .directory = std::move(directory), .limits = limits},
      cache_(services.recent_bytes),
      losses_(context_),
      health_(context_),
      offsets_(context_, segments_),
      sync_(context_, segments_, health_),
      appender_(context_, segments_, cache_, offsets_, health_, sync_),
      retention_(context_, segments_, appender_, sync_, health_, losses_, cache_) {
  OpenedSegments opened = PartitionOpener(context_, losses_).Open();
  segments_.Fill(std::move(opened.segments), opened.end);
  sync_.Fill(std::move(opened.unsynced));
  retention_.Fill(std::move(opened.without_index));
  const SegmentList::Window window = segments_.window();
  const auto last = window.end > window.first ? offsets_.HeadAt(window.end - 1) : std::nullopt;
  if (last) sequence_at_open_ = last->sequence;
  if (opened.unsealed) sync_.Schedule();
}

void Partition::Recover() {
  const Stillness still = KeepStill();
  sync_.WriteAgain(losses_);
}

std::optional<WallClock::time_point> Partition::LookAfter(WallClock::time_point now) {
  const bool behind = health_.index_behind();
  try {
    if (!health_.trouble().empty()) Recover();
    if (behind) sync_.Sync();
  } catch (const RetriableError& error) {  // said when it began
    log::Debug("broker", error.what());
  }
  health_.LookForSpace();
  return retention_.Apply(now);
}

void Partition::RaiseEnd(std::int64_t end) {
  const auto found = appender_.RaiseEnd(end);
  if (!found) return;
  losses_.Note(*found, end,
               "the store's checkpoint says that " + context_.directory.string() +
                   " had them; the next record gets offset " + std::to_string(end) +
                   ", so that stored positions stay right");
}

Partition::Stillness Partition::KeepStill() {
  auto append_turn = appender_.TakeTurn();
  return {std::move(append_turn), sync_.TakeTurn()};
}

void Partition::Abandon() {
  health_.NoteAbandoned();
  segments_.Clear();
  sync_.Clear();
  retention_.Clear();
  cache_.DropBefore(std::numeric_limits<std::int64_t>::max());
}

}  // namespace framespool::broker::embedded
