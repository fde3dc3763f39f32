#include "runtime/source_offsets.h"

#include <algorithm>

#include <base/log.h>
#include <base/trace.h>
#include <base/waiting.h>

namespace framespool::runtime {

SourceOffsets::SourceOffsets(store::OffsetStore& store, broker::Broker& broker,
                             std::chrono::milliseconds flush_interval)
    : store_(store), broker_(broker), interval_(flush_interval) {
  for (auto& stored : store_.SourceOffsets()) {
    positions_[{stored.connector, stored.partition}] = {stored.offset, stored.sequence};
  }
  const store::StoredCheckpoint stored = store_.LastCheckpoint();
  broker_.RecoverSourceOffsets({stored.ends, stored.sequence}, [this](auto found) { Recovered(found); });
  const broker::Checkpoint known = broker_.Acknowledged();
  // A topic that was deleted must not leave its end behind for one that is made anew.
  std::set<std::string> missing;
  for (const auto& [source, end] : stored.ends) {
    stored_topics_.insert(source.topic);
    if (end > 0 && !known.ends.contains(source)) missing.insert(source.topic);
  }
  missing_topics_.assign(missing.begin(), missing.end());
  std::set<std::string> found;
  for (const auto& [source, end] : known.ends) {
    if (end > 0) found.insert(source.topic);
  }
  topics_found_.assign(found.begin(), found.end());
  try {
    // A disk that does not sync just now need not keep the worker from starting: /health says so, and no checkpoint is
    // written before a sync has succeeded.
    broker_.Sync();
    if (!missing.empty()) Write(true);
  } catch (const RetriableError& error) {
    log::Error("offsets", std::string("at the start: ") + error.what());
  }
  thread_ = std::jthread([this](std::stop_token stop) { Work(stop); });
}

void SourceOffsets::Recovered(std::span<const broker::SourceOffset> found) {
  std::lock_guard lock(mutex_);
  for (const broker::SourceOffset& offset : found) {
    if (offset.connector.empty()) continue;  // of a dead letter, which comes from no source
    const Key key{offset.connector, offset.partition};
    Position& position = positions_[key];
    if (offset.sequence <= position.sequence) continue;
    // An empty one was taken back by hand.
    position = {offset.offset.empty() ? std::nullopt : std::optional(offset.offset), offset.sequence};
    dirty_.insert(key);
  }
}

std::optional<Fields> SourceOffsets::Get(const std::string& connector, const Fields& partition) const {
  std::lock_guard lock(mutex_);
  const auto found = positions_.find({connector, partition});
  return found == positions_.end() ? std::nullopt : found->second.offset;
}

std::vector<std::pair<Fields, Fields>> SourceOffsets::All(const std::string& connector) const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<Fields, Fields>> all;
  for (auto position = positions_.lower_bound({connector, {}});
       position != positions_.end() && position->first.first == connector; ++position) {
    if (position->second.offset) all.emplace_back(position->first.second, *position->second.offset);
  }
  return all;
}

void SourceOffsets::Set(const std::string& connector, const Fields& partition, const std::optional<Fields>& offset) {
  const std::uint64_t sequence = broker_.NextSequence();
  std::lock_guard lock(mutex_);
  positions_[{connector, partition}] = {offset, sequence};
  dirty_.insert({connector, partition});
}

void SourceOffsets::Acknowledged(const std::string& connector, std::span<const SourceRecord> records,
                                 std::span<const broker::Appended> where) {
  std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < where.size(); ++i) {
    // Of a run of one stream's records the last one counts.
    const bool superseded = i + 1 < where.size() && where[i + 1].sequence >= where[i].sequence &&
                            records[i + 1].source_partition == records[i].source_partition;
    if (superseded) continue;
    const Key key{connector, records[i].source_partition};
    Position& position = positions_[key];
    if (where[i].sequence < position.sequence) continue;
    position = {records[i].source_offset, where[i].sequence};
    dirty_.insert(key);
  }
}

void SourceOffsets::Passed(const std::string& connector, const std::vector<std::pair<Fields, Fields>>& passed,
                           bool stored) {
  for (const auto& [partition, offset] : passed) {
    const std::uint64_t sequence = stored ? 0 : broker_.NextSequence();
    std::lock_guard lock(mutex_);
    const Key key{connector, partition};
    Position& position = positions_[key];
    if (!stored && sequence < position.sequence) continue;
    // What the producer stores has no sequence yet: whatever comes of the partition next is newer.
    position = {offset, stored ? position.sequence : sequence};
    dirty_.insert(key);
  }
}

void SourceOffsets::Reload(const std::string& connector) {
  const auto stored = store_.SourceOffsets();
  std::lock_guard lock(mutex_);
  for (const auto& each : stored) {
    if (each.connector != connector) continue;
    Position& position = positions_[{each.connector, each.partition}];
    if (each.sequence > position.sequence) position = {each.offset, each.sequence};
  }
}

void SourceOffsets::Forget(const std::string& topic) {
  {
    std::lock_guard turn(turn_);
    if (!stored_topics_.contains(topic)) return;
  }
  Write(true);
}

void SourceOffsets::Flush() { Write(false); }

void SourceOffsets::Write(bool unchanged_too) {
  std::lock_guard turn(turn_);
  // The ends first: of every record before them the source offset, or a newer one, is among those taken below.
  const broker::Checkpoint known = broker_.Acknowledged();
  store::StoredCheckpoint checkpoint{.ends = known.ends, .sequence = known.sequence};
  std::vector<store::StoredSourceOffset> offsets;
  std::set<Key> taken;
  {
    std::lock_guard lock(mutex_);
    taken = std::exchange(dirty_, {});
    for (const Key& key : taken) {
      const Position& position = positions_[key];
      offsets.push_back({key.first, key.second, position.offset, position.sequence});
      checkpoint.sequence = std::max(checkpoint.sequence, position.sequence);
    }
  }
  if (taken.empty() && !unchanged_too) return;
  try {
    broker_.Sync();
    store_.PutSourceOffsets(offsets, checkpoint);
  } catch (...) {
    std::lock_guard lock(mutex_);
    dirty_.merge(taken);
    throw;
  }
  stored_topics_.clear();
  for (const auto& [source, end] : checkpoint.ends) stored_topics_.insert(source.topic);
}

void SourceOffsets::Work(const std::stop_token& stop) {
  log::NameThread("offset-flush");
  while (!base::WaitForStop(stop, interval_)) {
    try {
      Flush();
    } catch (...) {
      log::Error("offsets", "source offsets could not be written, trying again in " +
                                std::to_string(interval_.count()) + " ms: " + base::DescribeCurrentException());
    }
  }
}

}  // namespace framespool::runtime
