#include "runtime/source_offsets.h"

#include <algorithm>

#include <base/log.h>
#include <base/trace.h>
#include <base/waiting.h>

namespace framespool::runtime {

SourceOffsets::SourceOffsets(store::OffsetStore& store, broker::Broker& broker,
                             std::chrono::milliseconds flush_interval)
    : store_(store), broker_(broker), interval_(flush_interval), keeps_checkpoints_(broker.KeepsCheckpoints()) {
  for (auto& stored : store_.SourceOffsets()) {
    positions_[{stored.connector, stored.partition}] = {stored.offset, stored.sequence};
  }
  const store::StoredCheckpoint checkpoint = store_.LastCheckpoint();
  Recovered(broker_.RecoverSourceOffsets({checkpoint.ends, checkpoint.sequence}));
  for (const auto& [source, end] : AwaitSync().ends) acked_[source].end = end;
  // A topic that was deleted must not leave its end behind for one that is made anew; one that only cannot be opened
  // now keeps it.
  std::set<std::string> missing;
  std::set<std::string> refused;
  for (const broker::Problem& problem : broker_.GetHealth().problems) {
    if (problem.kind == "topic-refused") refused.insert(problem.subject);
  }
  for (const auto& [source, end] : checkpoint.ends) {
    if (acked_.contains(source)) continue;
    if (refused.contains("topic " + source.topic)) {
      acked_[source].end = end;
    } else if (end > 0) {
      missing.insert(source.topic);
    }
  }
  missing_topics_.assign(missing.begin(), missing.end());
  if (!missing.empty()) {
    try {
      Write(true);
    } catch (const RetriableError& error) {  // with the next one
      log::Error("offsets", std::string("at the start: ") + error.what());
    }
  }
  thread_ = std::jthread([this](std::stop_token stop) { Work(stop); });
}

// A disk that does not sync just now need not keep the worker from starting: /health says so. The ends are what was
// found, and no checkpoint is written before a sync has succeeded.
broker::Checkpoint SourceOffsets::AwaitSync() {
  try {
    return broker_.Sync();
  } catch (const RetriableError& error) {
    log::Error("offsets", std::string("at the start: ") + error.what());
  }
  broker::Checkpoint found;
  for (const broker::TopicInfo& topic : broker_.Topics()) {
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      found.ends[{topic.name, static_cast<std::int32_t>(i)}] = topic.partitions[i].end;
    }
  }
  return found;
}

void SourceOffsets::Recovered(const std::vector<broker::SourceOffset>& found) {
  std::lock_guard lock(mutex_);
  for (const broker::SourceOffset& offset : found) {
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
    if (keeps_checkpoints_) NoteEnd(records[i], where[i]);
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

void SourceOffsets::NoteEnd(const SourceRecord& record, const broker::Appended& where) {
  AckedEnd& acked = acked_[{record.topic, where.partition}];
  acked.beyond.insert(where.offset);
  while (!acked.beyond.empty() && *acked.beyond.begin() <= acked.end) {
    acked.end = std::max(acked.end, *acked.beyond.begin() + 1);
    acked.beyond.erase(acked.beyond.begin());
  }
}

void SourceOffsets::Forget(const std::string& topic) {
  {
    std::lock_guard lock(mutex_);
    std::erase_if(acked_, [&](const auto& acked) { return acked.first.topic == topic; });
  }
  if (keeps_checkpoints_) Write(true);
}

void SourceOffsets::Flush() { Write(false); }

void SourceOffsets::Write(bool unchanged_too) {
  std::vector<store::StoredSourceOffset> offsets;
  store::StoredCheckpoint checkpoint;
  std::set<Key> taken;
  {
    std::lock_guard lock(mutex_);
    taken = std::exchange(dirty_, {});
    for (const Key& key : taken) {
      const Position& position = positions_[key];
      offsets.push_back({key.first, key.second, position.offset, position.sequence});
    }
    for (const auto& [source, acked] : acked_) checkpoint.ends[source] = acked.end;
  }
  if (taken.empty() && !unchanged_too) return;
  try {
    checkpoint.sequence = broker_.Sync().sequence;
    store_.PutSourceOffsets(offsets, checkpoint);
  } catch (...) {
    std::lock_guard lock(mutex_);
    dirty_.merge(taken);
    throw;
  }
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
