#include <store_kafka/state_formats.h>

#include <algorithm>
#include <chrono>

#include <base/fields_json.h>
#include <nlohmann/json.hpp>

namespace framespool::store {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kOfConnector = ":connector-";
constexpr std::string_view kTaskStatusPrefix = "status-task-";

// Bytes that are no UTF-8 are replaced, never thrown at the caller.
std::string Text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// How keys begin that go on behind these elements.
std::string Begin(const Json& elements) {
  std::string text = Text(elements);
  text.back() = ',';
  return text;
}

RawConfig ConfigOf(const Json& json) {
  RawConfig config;
  for (const auto& [key, value] : json.items()) {
    if (value.is_null()) continue;  // Connect's maps may hold it, and mean by it that the key is not set
    config[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return config;
}

}  // namespace

std::string ConnectorKey(const std::string& connector) { return std::string(kConnectorPrefix) + connector; }
std::string TargetStateKey(const std::string& connector) { return "target-state-" + connector; }
std::string TaskCountKey(const std::string& connector) { return "tasks-fencing-" + connector; }

std::string ConnectorValue(const RawConfig& config) { return Text({{"properties", config}}); }

RawConfig ConfigFromValue(const std::string& value) {
  const Json json = Json::parse(value);
  const Json& properties = json.at("properties");
  return ConfigFromJson(Text(properties.is_object() ? Json(ConfigOf(properties)) : properties));
}

std::string TargetStateValue(TargetState state) {
  // "state" is for workers that do not know STOPPED.
  switch (state) {
    case TargetState::kRunning: return Text({{"state", "STARTED"}, {"state.v2", "STARTED"}});
    case TargetState::kPaused: return Text({{"state", "PAUSED"}, {"state.v2", "PAUSED"}});
    case TargetState::kStopped: return Text({{"state", "PAUSED"}, {"state.v2", "STOPPED"}});
  }
  return Text({{"state", "STARTED"}});
}

TargetState TargetFromValue(const std::string& value) {
  const Json json = Json::parse(value);
  const std::string state = json.contains("state.v2") && json["state.v2"].is_string()
                                ? json["state.v2"].get<std::string>()
                                : json.at("state").get<std::string>();
  if (state == "PAUSED") return TargetState::kPaused;
  return state == "STOPPED" ? TargetState::kStopped : TargetState::kRunning;
}

std::string TaskCountValue(int tasks) { return Text({{"task-count", tasks}}); }
int TaskCountFromValue(const std::string& value) { return Json::parse(value).at("task-count").get<int>(); }

std::string TaskStatusPrefix(const std::string& connector) { return std::string(kTaskStatusPrefix) + connector + "-"; }
std::string TaskStatusKey(const std::string& connector, int task) {
  return TaskStatusPrefix(connector) + std::to_string(task);
}
std::string ConnectorStatusKey(const std::string& connector) { return "status-connector-" + connector; }

std::optional<std::string> ConnectorOfTaskStatus(std::string_view key) {
  if (!key.starts_with(kTaskStatusPrefix)) return std::nullopt;
  key.remove_prefix(kTaskStatusPrefix.size());
  const auto dash = key.rfind('-');
  if (dash == std::string_view::npos || dash + 1 == key.size()) return std::nullopt;
  const auto number = key.substr(dash + 1);
  if (!std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  return std::string(key.substr(0, dash));
}

bool IsTaskStatusOf(std::string_view key, const std::string& connector) {
  return ConnectorOfTaskStatus(key) == connector;
}

std::string StatusValue(const TaskStatus& status) {
  return Text({{"state", status.state},
               {"trace", status.trace.empty() ? Json() : Json(status.trace)},
               {"worker_id", status.worker_id},
               {"generation", status.generation}});
}

TaskStatus StatusFromValue(const std::string& value) {
  const Json json = Json::parse(value);
  const auto trace = json.find("trace");
  return {.state = json.at("state").get<std::string>(),
          .trace = trace != json.end() && trace->is_string() ? trace->get<std::string>() : "",
          .worker_id = json.at("worker_id").get<std::string>(),
          .generation = json.at("generation").get<std::int32_t>()};
}

std::string ActiveTopicKey(const std::string& connector, const std::string& topic) {
  return std::string(kActiveTopicPrefix).append(topic).append(kOfConnector).append(connector);
}

std::optional<std::pair<std::string, std::string>> ActiveTopicFromKey(std::string_view key) {
  if (!key.starts_with(kActiveTopicPrefix)) return std::nullopt;
  key.remove_prefix(kActiveTopicPrefix.size());
  const auto end = key.find(kOfConnector);  // the first: a topic's name has no colon
  if (end == std::string_view::npos) return std::nullopt;
  return std::pair(std::string(key.substr(end + kOfConnector.size())), std::string(key.substr(0, end)));
}

std::string ActiveTopicValue(const std::string& connector, const std::string& topic, Timestamp discovered) {
  // Connect notes the first task that used it, which the store is not told.
  return Text({{"topic",
                {{"name", topic},
                 {"connector", connector},
                 {"task", 0},
                 {"discoverTimestamp", discovered.time_since_epoch().count()}}}});
}

std::string PositionKey(const std::string& group, const TopicPartition& source) {
  return Text({"position", group, source.topic, source.partition});
}
std::string PositionPrefix(const std::string& group) { return Begin({"position", group}); }

std::optional<std::pair<std::string, TopicPartition>> PositionFromKey(std::string_view key) {
  const Json json = Json::parse(key, nullptr, false);
  if (!json.is_array() || json.size() != 4 || json[0] != "position" || !json[1].is_string() || !json[2].is_string() ||
      !json[3].is_number_integer()) {
    return std::nullopt;
  }
  return std::pair(json[1].get<std::string>(), TopicPartition{json[2].get<std::string>(), json[3].get<std::int32_t>()});
}

std::string PositionValue(std::int64_t offset) { return Text({{"offset", offset}}); }
std::int64_t PositionFromValue(const std::string& value) { return Json::parse(value).at("offset").get<std::int64_t>(); }

std::string HistoryKey(const std::string& connector, std::int64_t number) {
  return Text({"history", connector, number % kKeptChanges});
}
std::string HistoryPrefix(const std::string& connector) { return Begin({"history", connector}); }

std::string HistoryValue(const StoredChange& change, std::int64_t number) {
  return Text({{"number", number},
               {"connector", change.connector},
               {"time", change.time.time_since_epoch().count()},
               {"by", change.by},
               {"action", change.action},
               {"before", change.before},
               {"after", change.after}});
}

std::pair<StoredChange, std::int64_t> HistoryFromValue(const std::string& value) {
  const Json json = Json::parse(value);
  return {{.connector = json.at("connector").get<std::string>(),
           .by = json.at("by").get<std::string>(),
           .action = json.at("action").get<std::string>(),
           .before = ConfigOf(json.at("before")),
           .after = ConfigOf(json.at("after")),
           .time = Timestamp(std::chrono::milliseconds(json.at("time").get<std::int64_t>()))},
          json.at("number").get<std::int64_t>()};
}

std::string OwnerKey(const std::string& worker) {
  return Text(worker.empty() ? Json::array({"owner"}) : Json::array({"owner", worker}));
}

std::string OwnerValue(const StateOwner& owner) {
  return Text({{"id", owner.id}, {"host", owner.host}, {"process", owner.process}, {"term", owner.term}});
}

StateOwner OwnerFromValue(const std::string& value) {
  const Json json = Json::parse(value);
  return {.id = json.at("id").get<std::string>(),
          .host = json.at("host").get<std::string>(),
          .process = json.at("process").get<std::int64_t>(),
          .term = json.at("term").get<std::int32_t>()};
}

}  // namespace framespool::store
