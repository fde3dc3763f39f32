#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <store/config_store.h>
#include <store/store.h>

/// What stands in the topics of a worker's state. Keys and values of the topics of configs and of status are Kafka
/// Connect's (KafkaConfigBackingStore, KafkaStatusBackingStore, JSON without schemas); those of the own topic are
/// arrays whose first element says what it is. Values that cannot be read throw std::exception.
namespace framespool::store {

// Topic of configs.
inline constexpr std::string_view kConnectorPrefix = "connector-";
std::string ConnectorKey(const std::string& connector);
std::string TargetStateKey(const std::string& connector);
std::string TaskCountKey(const std::string& connector);
std::string ConnectorValue(const RawConfig& config);
RawConfig ConfigFromValue(const std::string& value);
std::string TargetStateValue(TargetState state);
TargetState TargetFromValue(const std::string& value);
std::string TaskCountValue(int tasks);
int TaskCountFromValue(const std::string& value);

// Topic of status.
using TaskStatus = StoredTaskStatus;
std::string TaskStatusKey(const std::string& connector, int task);
std::string ConnectorStatusKey(const std::string& connector);
/// How the keys of a connector's tasks begin; IsTaskStatusOf() says whether one that does is of it.
std::string TaskStatusPrefix(const std::string& connector);
bool IsTaskStatusOf(std::string_view key, const std::string& connector);
/// The connector of whose task the key is; nothing: it is of no task.
std::optional<std::string> ConnectorOfTaskStatus(std::string_view key);
std::string StatusValue(const TaskStatus& status);
TaskStatus StatusFromValue(const std::string& value);
inline constexpr std::string_view kActiveTopicPrefix = "status-topic-";
std::string ActiveTopicKey(const std::string& connector, const std::string& topic);
/// Connector and topic; nothing for another key.
std::optional<std::pair<std::string, std::string>> ActiveTopicFromKey(std::string_view key);
std::string ActiveTopicValue(const std::string& connector, const std::string& topic, Timestamp discovered);

// The own topic.
inline constexpr int kKeptChanges = 500;  // of each connector
inline constexpr std::string_view kPositionPrefix = "[\"position\",";
inline constexpr std::string_view kHistoryPrefix = "[\"history\",";
std::string PositionKey(const std::string& group, const TopicPartition& source);
std::string PositionPrefix(const std::string& group);
std::optional<std::pair<std::string, TopicPartition>> PositionFromKey(std::string_view key);
std::string PositionValue(std::int64_t offset);
std::int64_t PositionFromValue(const std::string& value);
/// Change number `number` of a connector, from 0, takes the place of the one kKeptChanges before.
std::string HistoryKey(const std::string& connector, std::int64_t number);
std::string HistoryPrefix(const std::string& connector);
std::string HistoryValue(const StoredChange& change, std::int64_t number);
std::pair<StoredChange, std::int64_t> HistoryFromValue(const std::string& value);
/// Who writes.
struct StateOwner {
  std::string id;    // one for each opened store
  std::string host;  // for people
  std::int64_t process = 0;
  std::int32_t term = 0;  // counts the owners
};
/// `worker`: of one of several that write, each for itself; empty: of the only one.
std::string OwnerKey(const std::string& worker);
std::string OwnerValue(const StateOwner& owner);
StateOwner OwnerFromValue(const std::string& value);

}  // namespace framespool::store
