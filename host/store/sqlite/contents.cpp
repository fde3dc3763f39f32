#include "contents.h"

#include <chrono>
#include <set>

#include <base/fields_json.h>
#include <base/log.h>
#include <base/source_offset_json.h>

namespace framespool::store {

namespace {

Timestamp TimeOf(std::int64_t milliseconds) { return Timestamp(std::chrono::milliseconds(milliseconds)); }
std::int64_t MillisecondsOf(Timestamp time) { return time.time_since_epoch().count(); }

}  // namespace

std::string ToText(TargetState state) {
  switch (state) {
    case TargetState::kRunning: return "RUNNING";
    case TargetState::kPaused: return "PAUSED";
    case TargetState::kStopped: return "STOPPED";
  }
  return "RUNNING";
}

TargetState TargetFromText(const std::string& text) {
  if (text == "PAUSED") return TargetState::kPaused;
  return text == "STOPPED" ? TargetState::kStopped : TargetState::kRunning;
}

std::optional<StoredSourceOffset> SourceOffsetIn(const Statement& row) {
  auto partition = SourceOffsetFrom(row.Text(1));
  const auto text = row.OptionalText(2);
  auto offset = text ? SourceOffsetFrom(*text) : std::nullopt;
  if (!partition || (text && !offset)) {
    log::Warn("store", row.Text(0) + ": its source offset " + text.value_or("null") + " of " + row.Text(1) +
                           " cannot be read and is left out: it may begin there anew");
    return std::nullopt;
  }
  return StoredSourceOffset{.connector = row.Text(0),
                            .partition = *std::move(partition),
                            .offset = std::move(offset),
                            .sequence = static_cast<std::uint64_t>(row.Integer(3))};
}

StoreContents ContentsOf(Database& database) {
  StoreContents contents;
  Statement connectors(database, "SELECT name, config, target FROM connectors ORDER BY name");
  while (connectors.Step()) {
    contents.connectors.push_back(
        {connectors.Text(0), ConfigFromJson(connectors.Text(1)), TargetFromText(connectors.Text(2))});
  }
  Statement history(database, "SELECT connector, by, action, before, after, time_ms FROM history ORDER BY id");
  while (history.Step()) {
    contents.history.push_back({history.Text(0), history.Text(1), history.Text(2), ConfigFromJson(history.Text(3)),
                                ConfigFromJson(history.Text(4)), TimeOf(history.Integer(5))});
  }
  Statement offsets(database, "SELECT connector, partition, offset, sequence FROM source_offsets");
  while (offsets.Step()) {
    if (auto read = SourceOffsetIn(offsets)) contents.source_offsets.push_back(*std::move(read));
  }
  Statement positions(database, "SELECT group_name, topic, partition, offset, updated_ms FROM consumer_offsets");
  while (positions.Step()) {
    contents.positions.push_back({positions.Text(0),
                                  {positions.Text(1), static_cast<std::int32_t>(positions.Integer(2))},
                                  positions.Integer(3),
                                  TimeOf(positions.Integer(4))});
  }
  Statement topics(database, "SELECT connector, topic FROM active_topics");
  while (topics.Step()) contents.active_topics[topics.Text(0)].insert(topics.Text(1));
  Statement counts(database, "SELECT connector, tasks FROM task_counts");
  while (counts.Step()) contents.task_count_records[counts.Text(0)] = static_cast<int>(counts.Integer(1));
  return contents;
}

void FillDatabase(Database& database, const StoreContents& contents) {
  Transaction transaction(database);
  Statement connector(database, "INSERT OR REPLACE INTO connectors VALUES (?, ?, ?, ?)");
  for (const StoredConnector& each : contents.connectors)
    connector.Bind(each.name, ToJson(each.config), ToText(each.target), MillisecondsOf(Now())).Run();
  Statement change(database,
                   "INSERT INTO history (connector, time_ms, by, action, before, after) VALUES (?, ?, ?, ?, ?, ?)");
  std::set<std::string> with_history;
  for (const StoredChange& each : contents.history) {
    if (with_history.insert(each.connector).second)
      Statement(database, "DELETE FROM history WHERE connector=?").Bind(each.connector).Run();
    change
        .Bind(each.connector, MillisecondsOf(each.time), each.by, each.action, ToJson(each.before), ToJson(each.after))
        .Run();
  }
  Statement offset(database, "INSERT OR REPLACE INTO source_offsets VALUES (?, ?, ?, ?, ?)");
  for (const StoredSourceOffset& each : contents.source_offsets) {
    const auto value = each.offset ? std::optional(ToJson(*each.offset)) : std::nullopt;
    offset.Bind(each.connector, ToJson(each.partition), value, each.sequence, MillisecondsOf(Now())).Run();
  }
  Statement position(database, "INSERT OR REPLACE INTO consumer_offsets VALUES (?, ?, ?, ?, ?)");
  for (const StoredPosition& each : contents.positions) {
    position.Bind(each.group, each.source.topic, each.source.partition, each.offset, MillisecondsOf(each.used)).Run();
  }
  Statement topic(database, "INSERT OR IGNORE INTO active_topics VALUES (?, ?)");
  for (const auto& [name, topics] : contents.active_topics) {
    for (const std::string& each : topics) topic.Bind(name, each).Run();
  }
  Statement count(database, "INSERT OR REPLACE INTO task_counts VALUES (?, ?)");
  for (const auto& [name, tasks] : contents.task_count_records) count.Bind(name, tasks).Run();
  transaction.Commit();
}

}  // namespace framespool::store
