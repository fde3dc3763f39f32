#include <algorithm>
#include <utility>

#include "config_json.h"
#include "entity_tag.h"
#include "error_response.h"
#include "resources.h"
#include "status_text.h"
#include "task_number.h"

namespace framespool::rest {

namespace {

using worker::Herder;

Response ConnectorNotFound(const std::string& name) { return ErrorResponse(404, "Connector " + name + " not found"); }

}  // namespace

Response ListConnectors(const Herder& herder, const Call& call) {
  const auto names = herder.Connectors();
  const auto expand = call.QueryValues("expand");
  if (expand.empty()) return {.body = Dump(Json(names))};
  const auto wants = [&](std::string_view what) {
    return std::find(expand.begin(), expand.end(), what) != expand.end();
  };
  const bool with_status = wants("status");
  const bool with_info = wants("info");
  std::string text;
  char separator = '{';
  for (const std::string& name : names) {
    const auto status = with_status ? herder.Status(name) : std::nullopt;
    const auto info = with_info ? herder.Connector(name) : std::nullopt;
    // Deleted since it was listed.
    if ((with_status && !status) || (with_info && !info)) continue;
    text += std::exchange(separator, ',');
    AppendQuoted(text, name);
    text += ":{";
    if (status) {
      text += "\"status\":";
      AppendStatus(text, *status);
    }
    if (status && info) text += ',';
    if (info) text.append("\"info\":").append(Dump(ToJson(*info)));
    text += '}';
  }
  if (separator == '{') text += '{';
  return {.body = std::move(text) + "}"};
}

Response GetConnector(const Herder& herder, const Call& call) {
  const auto info = herder.Connector(call.params.at(0));
  return info ? Response{.body = Dump(ToJson(*info))} : ConnectorNotFound(call.params.at(0));
}

Response GetConnectorConfig(const Herder& herder, const Call& call) {
  const auto info = herder.Connector(call.params.at(0));
  if (!info) return ConnectorNotFound(call.params.at(0));
  return {.body = Dump(ToJson(info->config)), .headers = {{"ETag", EntityTagOf(info->config)}}};
}

Response GetTasksConfig(const Herder& herder, const Call& call) {
  const auto info = herder.Connector(call.params.at(0));
  if (!info) return ConnectorNotFound(call.params.at(0));
  Json configs = Json::object();
  for (const int task : info->tasks) configs[info->name + "-" + std::to_string(task)] = ToJson(info->config);
  return {.body = Dump(configs)};
}

Response GetConnectorStatus(const Herder& herder, const Call& call) {
  const auto status = herder.Status(call.params.at(0));
  if (!status) return ErrorResponse(404, "No status found for connector " + call.params.at(0));
  return {.body = Dump(ToJson(*status))};
}

Response ListTasks(const Herder& herder, const Call& call) {
  const auto info = herder.Connector(call.params.at(0));
  if (!info) return ConnectorNotFound(call.params.at(0));
  Json tasks = Json::array();
  for (const int task : info->tasks) {
    tasks.push_back({{"id", {{"connector", info->name}, {"task", task}}}, {"config", ToJson(info->config)}});
  }
  return {.body = Dump(tasks)};
}

Response GetTaskStatus(const Herder& herder, const Call& call) {
  const auto status = herder.Status(call.params.at(0));
  const auto number = TaskNumber(call.params.at(1));
  if (!status) return ErrorResponse(404, "No status found for connector " + call.params.at(0));
  const auto task =
      std::find_if(status->tasks.begin(), status->tasks.end(), [&](const auto& t) { return t.id == number; });
  if (task == status->tasks.end()) return ErrorResponse(NoSuchTask(call.params.at(0), call.params.at(1)));
  return {.body = Dump(ToJson(*task))};
}

}  // namespace framespool::rest
