#include "request_format.h"

#include <array>
#include <stdexcept>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

namespace framespool::cluster {

namespace {

using nlohmann::json;
using store::TargetState;

constexpr std::array<std::pair<TargetState, const char*>, 3> kTargets = {
    {{TargetState::kRunning, "RUNNING"}, {TargetState::kPaused, "PAUSED"}, {TargetState::kStopped, "STOPPED"}}};

const char* NameOf(TargetState target) {
  for (const auto& [state, name] : kTargets) {
    if (state == target) return name;
  }
  return "RUNNING";
}

TargetState TargetFrom(const json& value) {
  for (const auto& [state, name] : kTargets) {
    if (value == name) return state;
  }
  throw std::invalid_argument("there is no such target state");
}

json WithSplit(json action, const FirstSplit& split) {
  if (split) action["split"] = *split;
  return action;
}
FirstSplit SplitFrom(const json& action) {
  const auto split = action.find("split");
  return split == action.end() ? std::nullopt : FirstSplit(split->get<std::vector<RawConfig>>());
}

json ActionJson(const CreateConnector& action) {
  return WithSplit({{"do", "create"},
                    {"name", action.connector.name},
                    {"config", action.connector.config},
                    {"target", NameOf(action.connector.target)}},
                   action.split);
}
json ActionJson(const PutConfig& action) {
  return WithSplit({{"do", "put"}, {"name", action.name}, {"config", action.config}}, action.split);
}
json ActionJson(const PatchConfig& action) {
  json changes = json::object();
  for (const auto& [key, value] : action.changes) changes[key] = value ? json(*value) : json();
  return {{"do", "patch"}, {"name", action.name}, {"changes", changes}};
}
json ActionJson(const DeleteConnector& action) { return {{"do", "delete"}, {"name", action.name}}; }
json ActionJson(const SetTarget& action) {
  return {{"do", "target"}, {"name", action.name}, {"target", NameOf(action.target)}};
}
json ActionJson(const RestartTasks& action) {
  return {{"do", "restart"}, {"name", action.name}, {"tasks", action.tasks}, {"connector", action.connector}};
}
json ActionJson(const SplitWork& action) {
  return {{"do", "split"}, {"name", action.name}, {"revision", action.revision}, {"shares", action.shares}};
}

Action ActionFrom(const json& value) {
  const auto what = value.at("do").get<std::string>();
  auto name = value.at("name").get<std::string>();
  if (what == "create") {
    return CreateConnector{.connector = {.name = std::move(name),
                                         .config = value.at("config").get<RawConfig>(),
                                         .target = TargetFrom(value.at("target"))},
                           .split = SplitFrom(value)};
  }
  if (what == "put")
    return PutConfig{.name = std::move(name), .config = value.at("config").get<RawConfig>(), .split = SplitFrom(value)};
  if (what == "patch") {
    PatchConfig patch{.name = std::move(name), .changes = {}};
    for (const auto& [key, changed] : value.at("changes").items())
      patch.changes[key] = changed.is_null() ? std::nullopt : std::optional(changed.get<std::string>());
    return patch;
  }
  if (what == "delete") return DeleteConnector{std::move(name)};
  if (what == "target") return SetTarget{.name = std::move(name), .target = TargetFrom(value.at("target"))};
  if (what == "restart") {
    return RestartTasks{.name = std::move(name),
                        .tasks = value.at("tasks").get<std::vector<int>>(),
                        .connector = value.value("connector", false)};
  }
  if (what == "split") {
    return SplitWork{.name = std::move(name),
                     .revision = value.at("revision").get<std::uint64_t>(),
                     .shares = value.at("shares").get<std::vector<RawConfig>>()};
  }
  throw std::invalid_argument("there is no request " + what);
}

}  // namespace

std::string ToJson(const Request& request) {
  json value = {{"by", request.by},
                {"patience_ms", request.patience.count()},
                {"action", std::visit([](const auto& action) { return ActionJson(action); }, request.action)}};
  if (request.if_match) value["if_match"] = *request.if_match;
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Request RequestFromJson(const std::string& id, const std::string& text) {
  const json value = json::parse(text);
  Request request{.id = id,
                  .by = value.at("by").get<std::string>(),
                  .patience = std::chrono::milliseconds(value.at("patience_ms").get<std::int64_t>()),
                  .if_match = {},
                  .action = ActionFrom(value.at("action"))};
  if (const auto tag = value.find("if_match"); tag != value.end()) request.if_match = tag->get<std::string>();
  return request;
}

}  // namespace framespool::cluster
