#include <algorithm>
#include <charconv>

#include "config_json.h"
#include "error_response.h"
#include "request_body.h"
#include "resources.h"

namespace framespool::rest {

namespace {

using worker::Herder;
using worker::Outcome;
using worker::Refusal;

Response ConnectorNotFound(const std::string& name) { return ErrorResponse(404, "Connector " + name + " not found"); }

std::optional<int> TaskNumber(const std::string& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

Refusal NoSuchTask(const Call& call) {
  return {.code = 404, .message = "No status found for task " + call.params.at(0) + "-" + call.params.at(1)};
}

/// Absolute, as Connect sends it, where the client has said how it calls this host.
std::string LocationOf(const Request& request, const std::string& name) {
  const std::string path = "/connectors/" + PercentEncode(name);
  const auto host = request.Header("host");
  return host && !host->empty() ? "http://" + *host + path : path;
}

/// A change that has nothing to say but that it is done.
Outcome<Change> Simple(const Call& call, Outcome<worker::Done> (Herder::*change)(const std::string&), int status) {
  return Change([name = call.params.at(0), change, status](Herder& herder) {
    const auto outcome = (herder.*change)(name);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    return Response{.status = status};
  });
}

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
  Json connectors = Json::object();
  auto& members = connectors.get_ref<Json::object_t&>();
  members.reserve(names.size());
  for (const std::string& name : names) {
    Json expanded = Json::object();
    if (with_status) {
      const auto status = herder.Status(name);
      if (!status) continue;
      expanded["status"] = ToJson(*status);
    }
    if (with_info) {
      const auto info = herder.Connector(name);
      if (!info) continue;
      expanded["info"] = ToJson(*info);
    }
    members.emplace_back(name, std::move(expanded));
  }
  return {.body = Dump(connectors)};
}

Outcome<Change> CreateConnector(const Call& call) {
  auto parsed = ParseNewConnector(call.request.body);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
  auto& connector = std::get<NewConnector>(parsed);
  std::string location = LocationOf(call.request, connector.name);
  return Change([connector = std::move(connector), location = std::move(location)](Herder& herder) {
    const auto outcome = herder.Create(connector.name, connector.config, connector.initial_state);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    return Response{.status = 201,
                    .body = Dump(ToJson(std::get<worker::ConnectorInfo>(outcome))),
                    .headers = {{"Location", location}}};
  });
}

Response GetConnector(const Herder& herder, const Call& call) {
  const auto info = herder.Connector(call.params.at(0));
  return info ? Response{.body = Dump(ToJson(*info))} : ConnectorNotFound(call.params.at(0));
}

Outcome<Change> DeleteConnector(const Call& call) { return Simple(call, &Herder::Delete, 204); }

Response GetConnectorConfig(const Herder& herder, const Call& call) {
  const auto info = herder.Connector(call.params.at(0));
  return info ? Response{.body = Dump(ToJson(info->config))} : ConnectorNotFound(call.params.at(0));
}

Outcome<Change> PutConnectorConfig(const Call& call) {
  const std::string& name = call.params.at(0);
  auto parsed = ParseConfig(call.request.body);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
  auto config = WithName(std::move(std::get<RawConfig>(parsed)), name);
  if (const auto* refusal = std::get_if<Refusal>(&config)) return *refusal;
  return Change([name, config = std::move(std::get<RawConfig>(config)),
                 location = LocationOf(call.request, name)](Herder& herder) {
    const auto outcome = herder.PutConfig(name, config);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    const auto& put = std::get<Herder::PutResult>(outcome);
    Response response{.status = put.created ? 201 : 200, .body = Dump(ToJson(put.info))};
    if (put.created) response.headers.emplace_back("Location", location);
    return response;
  });
}

Response GetConnectorStatus(const Herder& herder, const Call& call) {
  const auto status = herder.Status(call.params.at(0));
  if (!status) return ErrorResponse(404, "No status found for connector " + call.params.at(0));
  return {.body = Dump(ToJson(*status))};
}

Outcome<Change> PauseConnector(const Call& call) { return Simple(call, &Herder::Pause, 202); }
Outcome<Change> ResumeConnector(const Call& call) { return Simple(call, &Herder::Resume, 202); }
Outcome<Change> StopConnector(const Call& call) { return Simple(call, &Herder::StopConnector, 204); }

Outcome<Change> RestartConnector(const Call& call) {
  const bool include_tasks = call.Flag("includeTasks");
  const bool only_failed = call.Flag("onlyFailed");
  return Change([name = call.params.at(0), include_tasks, only_failed](Herder& herder) {
    const auto outcome = herder.Restart(name, include_tasks, only_failed);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    if (!include_tasks && !only_failed) return Response{.status = 204};
    return Response{.status = 202, .body = Dump(ToJson(std::get<worker::ConnectorStatus>(outcome)))};
  });
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
  if (task == status->tasks.end()) return ErrorResponse(NoSuchTask(call));
  return {.body = Dump(ToJson(*task))};
}

Outcome<Change> RestartTask(const Call& call) {
  const auto task = TaskNumber(call.params.at(1));
  if (!task) return NoSuchTask(call);
  return Change([name = call.params.at(0), number = *task](Herder& herder) {
    const auto outcome = herder.RestartTask(name, number);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    return Response{.status = 204};
  });
}

}  // namespace framespool::rest
