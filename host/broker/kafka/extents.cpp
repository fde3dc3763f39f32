#include "extents.h"

#include <algorithm>
#include <vector>

#include <framespool/errors.h>

namespace framespool::broker {

void Extents::Watch(const TopicPartition& source) {
  const Cluster::Range range = Ask(source);
  std::lock_guard lock(mutex_);
  Known& known = known_[source];
  ++known.watchers;
  known.range = range;
}

void Extents::Forget(const TopicPartition& source) {
  std::lock_guard lock(mutex_);
  const auto known = known_.find(source);
  if (known != known_.end() && --known->second.watchers == 0) known_.erase(known);
}

Extent Extents::Get(const TopicPartition& source, std::int64_t end) const {
  std::lock_guard lock(mutex_);
  const auto found = known_.find(source);
  if (found == known_.end()) return {};
  const Known& known = found->second;
  Extent extent{known.range.first, std::max({known.range.end, known.newest + 1, end}), {}, {}};
  if (known.barren_end == extent.end) extent.end = std::max(extent.first, known.barren_from);
  if (extent.first == extent.end) return extent;
  if (known.first_time_at == extent.first) extent.first_time = known.first_time;
  extent.last_time = known.newest_time;
  return extent;
}

Cluster::Range Extents::Ask(const TopicPartition& source) {
  const auto ranges = cluster_.Ranges({&source, 1});
  const auto found = ranges.find(source);
  if (found == ranges.end()) {
    throw RetriableError("reading topic " + source.topic + ": partition " + std::to_string(source.partition) +
                         " has no leader just now");
  }
  std::lock_guard lock(mutex_);
  if (const auto known = known_.find(source); known != known_.end()) {
    known->second.range = found->second;
    // A topic that was created anew begins again.
    if (known->second.newest >= found->second.end) known->second.newest = found->second.end - 1;
  }
  return found->second;
}

void Extents::Note(const TopicPartition& source, std::int64_t offset, Timestamp time) {
  std::lock_guard lock(mutex_);
  const auto found = known_.find(source);
  if (found == known_.end()) return;
  Known& known = found->second;
  if (offset >= known.newest) {
    known.newest = offset;
    known.newest_time = time;
  }
  if (offset == known.range.first) {
    known.first_time_at = offset;
    known.first_time = time;
  }
}

void Extents::NoteBarren(const TopicPartition& source, std::int64_t from, std::int64_t end) {
  std::lock_guard lock(mutex_);
  const auto found = known_.find(source);
  if (found == known_.end() || from >= end || found->second.barren_end >= end) return;
  found->second.barren_from = from;
  found->second.barren_end = end;
}

void Extents::Refresh() {
  std::vector<TopicPartition> sources;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [source, known] : known_) sources.push_back(source);
  }
  const auto ranges = cluster_.Ranges(sources);
  std::map<TopicPartition, Known> snapshot;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [source, range] : ranges) {
      const auto known = known_.find(source);
      if (known == known_.end()) continue;
      if (range.end < known->second.range.end) {
        known->second.newest = -1;
        known->second.newest_time.reset();
        known->second.barren_end = 0;
      }
      known->second.range = range;
    }
    snapshot = known_;
  }
  for (const auto& [source, known] : snapshot) RefreshTimes(source, known);
}

void Extents::RefreshTimes(const TopicPartition& source, Known known) {
  if (known.range.first == known.range.end) return;
  if (known.first_time_at != known.range.first) {
    const auto record = probe_.First(source, known.range.first);
    std::lock_guard lock(mutex_);
    if (const auto found = known_.find(source); found != known_.end() && record) {
      found->second.first_time_at = known.range.first;
      found->second.first_time = record->time;
    }
  }
  // The last offset may be the mark of a transaction's end, so the last record stands there or one before.
  if (known.newest < known.range.end - 2) {
    if (const auto record = probe_.Last(source, std::max(known.range.first, known.range.end - 2))) {
      Note(source, record->offset, record->time);
    }
  }
}

}  // namespace framespool::broker
