#include "state_contents.h"

#include <algorithm>
#include <map>
#include <tuple>

#include <base/fields_json.h>
#include <base/log.h>
#include <base/source_offset_json.h>

namespace framespool::store {

namespace {

using broker::StateRecord;
using broker::StateWrite;

/// Its sequence compares with that of the worker's former store.
bool HasNewer(const broker::StateTopics& topics, const std::string& offsets, const std::string& key,
              const StoredSourceOffset& stored) {
  const auto known = topics.Find(offsets, key);
  if (!known) return !stored.offset;
  const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(0, known->time.time_since_epoch().count()));
  return known->written_sequence.value_or(time * 1000) >= stored.sequence;
}

}  // namespace

std::vector<std::pair<StoredChange, std::int64_t>> HistoryIn(const broker::StateTopics& topics, const std::string& own,
                                                             const std::string& prefix) {
  std::vector<std::pair<StoredChange, std::int64_t>> history;
  for (const StateRecord& record : topics.All(own, prefix)) {
    try {
      history.push_back(HistoryFromValue(record.value.value_or("")));
    } catch (const std::exception& error) {
      log::Debug("store", "topic " + own + ": " + record.key + " cannot be read: " + error.what());
    }
  }
  std::stable_sort(history.begin(), history.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first.connector, a.second) < std::tie(b.first.connector, b.second);
  });
  return history;
}

std::vector<StoredSourceOffset> SourceOffsetsIn(const broker::StateTopics& topics, const std::string& offsets) {
  std::vector<StoredSourceOffset> all;
  for (const StateRecord& record : topics.All(offsets)) {
    auto key = SourceOffsetKeyFrom(record.key);
    if (!key) continue;
    const auto offset = record.value ? SourceOffsetFrom(*record.value) : std::nullopt;
    if (record.value && !offset) {
      log::Warn("store", "topic " + offsets + ": the source offset of " + record.key +
                             " is left out, it has more than numbers, texts, true and false");
      continue;
    }
    all.push_back({std::move(key->connector), std::move(key->partition), offset, record.sequence});
  }
  return all;
}

std::vector<StateWrite> WritesOf(const StoreContents& contents, const broker::StateTopics& topics,
                                 const StateNames& names) {
  std::vector<StateWrite> writes;
  for (const StoredSourceOffset& each : contents.source_offsets) {
    const std::string key = ToJson(SourceOffsetKey{each.connector, each.partition});
    if (HasNewer(topics, names.offsets, key, each)) continue;
    writes.push_back({names.offsets, key, each.offset ? std::optional(ToJson(*each.offset)) : std::nullopt});
  }
  for (const StoredPosition& each : contents.positions)
    writes.push_back({names.own, PositionKey(each.group, each.source), PositionValue(each.offset)});
  for (const auto& [connector, used] : contents.active_topics) {
    for (const std::string& topic : used)
      writes.push_back({names.status, ActiveTopicKey(connector, topic), ActiveTopicValue(connector, topic, Now())});
  }
  for (const auto& [connector, tasks] : contents.task_count_records)
    writes.push_back({names.config, TaskCountKey(connector), TaskCountValue(tasks)});
  std::map<std::string, std::int64_t> numbers;
  for (const StoredChange& each : contents.history) {
    const std::int64_t number = numbers[each.connector]++;
    writes.push_back({names.own, HistoryKey(each.connector, number), HistoryValue(each, number)});
  }
  return writes;
}

std::vector<StateWrite> WritesOf(const StoredConnector& connector, TaskStatus status, const StateNames& names) {
  switch (connector.target) {
    case TargetState::kRunning: status.state = "RUNNING"; break;
    case TargetState::kPaused: status.state = "PAUSED"; break;
    case TargetState::kStopped: status.state = "STOPPED"; break;
  }
  return {{names.config, TargetStateKey(connector.name), TargetStateValue(connector.target)},
          {names.config, ConnectorKey(connector.name), ConnectorValue(connector.config)},
          {names.status, ConnectorStatusKey(connector.name), StatusValue(status)}};
}

}  // namespace framespool::store
