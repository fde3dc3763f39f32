#include "config_json.h"
#include "entity_tag.h"
#include "error_response.h"
#include "request_body.h"
#include "resources.h"
#include "task_number.h"

namespace framespool::rest {

namespace {

using base::Outcome;
using base::Refusal;

/// Absolute, as Connect sends it, where the client has said how it calls this host.
std::string LocationOf(const Call& call, const std::string& name) {
  return call.base_url + "/connectors/" + http::PercentEncode(name);
}

Response Answered(const Outcome<base::Done>& outcome, int status) {
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
  return {.status = status};
}

/// A change that has nothing to say but that it is done.
Outcome<Change> Simple(const Call& call, Outcome<base::Done> (herder::ConnectorChanges::*change)(const std::string&),
                       int status) {
  return Change([name = call.params.at(0), change, status](const Worker& worker) {
    return Answered((worker.changes.*change)(name), status);
  });
}

/// What is answered when `info`'s connector has been made or changed.
std::string AcceptedBody(const Reads& worker, const runtime::ConnectorInfo& info) {
  Json json = ToJson(info);
  AddWarnings(json, worker.plugins.Warnings(info.config));
  return Dump(json);
}

/// What POST would answer, and nothing is changed.
Outcome<Change> Checked(NewConnector connector) {
  return Change([connector = std::move(connector)](const Worker& worker) {
    const auto outcome = worker.changes.Check(connector.name, connector.config, connector.initial_state);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    runtime::ConnectorInfo info{.name = connector.name, .config = connector.config, .tasks = {}};
    for (const auto& plugin : worker.plugins.Plugins()) {
      if (plugin.class_name == connector.config.at("connector.class")) info.type = TypeOf(plugin.kind);
    }
    return Response{.body = AcceptedBody(worker.reads(), info)};
  });
}

}  // namespace

Outcome<Change> CreateConnector(const Call& call) {
  auto parsed = ParseNewConnector(call.request.body);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
  auto& connector = std::get<NewConnector>(parsed);
  const auto validate_only = call.Switch("validate_only");
  if (const auto* refusal = std::get_if<Refusal>(&validate_only)) return *refusal;
  if (std::get<bool>(validate_only)) return Checked(std::move(connector));
  std::string location = LocationOf(call, connector.name);
  return Change([connector = std::move(connector), location = std::move(location)](const Worker& worker) {
    const auto outcome =
        worker.changes.Create(connector.name, connector.config, connector.initial_state, connector.initial_offsets);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    const auto& info = std::get<runtime::ConnectorInfo>(outcome);
    return Response{.status = 201,
                    .body = AcceptedBody(worker.reads(), info),
                    .headers = {{"Location", location}, {"ETag", EntityTagOf(info.config)}}};
  });
}

Outcome<Change> ApplyConnectors(const Call& call) {
  auto parsed = ParseConnectorSet(call.request.body);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
  const auto prune = call.Switch("prune");
  if (const auto* refusal = std::get_if<Refusal>(&prune)) return *refusal;
  const auto dry_run = call.Switch("dry_run");
  if (const auto* refusal = std::get_if<Refusal>(&dry_run)) return *refusal;
  return Change([wanted = std::move(std::get<0>(parsed)), prune = std::get<bool>(prune),
                 dry_run = std::get<bool>(dry_run)](const Worker& worker) {
    const auto outcome = worker.changes.Apply(wanted, prune, dry_run);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    Json plan = Json::array();
    for (const auto& change : std::get<0>(outcome)) {
      plan.push_back(ToJson(change));
      if (const auto config = wanted.find(change.name); config != wanted.end())
        AddWarnings(plan.back(), worker.plugins.Warnings(config->second));
    }
    return Response{.body = Dump({{"dry_run", dry_run}, {"plan", plan}})};
  });
}

Outcome<Change> DeleteConnector(const Call& call) {
  const auto with_offsets = call.Switch("offsets");
  if (const auto* refusal = std::get_if<Refusal>(&with_offsets)) return *refusal;
  return Change([name = call.params.at(0), with_offsets = std::get<bool>(with_offsets)](const Worker& worker) {
    return Answered(worker.changes.Delete(name, with_offsets), 204);
  });
}

Outcome<Change> PutConnectorConfig(const Call& call) {
  const std::string& name = call.params.at(0);
  auto parsed = ParseConfig(call.request.body);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
  auto config = WithName(std::move(std::get<RawConfig>(parsed)), name);
  if (const auto* refusal = std::get_if<Refusal>(&config)) return *refusal;
  return Change([name, precondition = Precondition(call.request), config = std::move(std::get<RawConfig>(config)),
                 location = LocationOf(call, name)](const Worker& worker) {
    if (const auto refusal = precondition.Refuses(worker.reads(), name)) return ErrorResponse(*refusal);
    const auto outcome = worker.changes.PutConfig(name, config);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    const auto& put = std::get<herder::ConnectorChanges::PutResult>(outcome);
    Response response{.status = put.created ? 201 : 200,
                      .body = AcceptedBody(worker.reads(), put.info),
                      .headers = {{"ETag", EntityTagOf(put.info.config)}}};
    if (put.created) response.headers.emplace_back("Location", location);
    return response;
  });
}

Outcome<Change> PatchConnectorConfig(const Call& call) {
  const std::string& name = call.params.at(0);
  auto parsed = ParseConfigPatch(call.request.body);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
  auto& changes = std::get<0>(parsed);
  if (const auto renamed = changes.find("name"); renamed != changes.end() && renamed->second != name) {
    return Refusal{400, "name cannot be changed: it must stay " + name};
  }
  return Change([name, precondition = Precondition(call.request), changes = std::move(changes)](const Worker& worker) {
    if (const auto refusal = precondition.Refuses(worker.reads(), name)) return ErrorResponse(*refusal);
    const auto outcome = worker.changes.PatchConfig(name, changes);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    const auto& info = std::get<runtime::ConnectorInfo>(outcome);
    return Response{.body = AcceptedBody(worker.reads(), info), .headers = {{"ETag", EntityTagOf(info.config)}}};
  });
}

Outcome<Change> PauseConnector(const Call& call) { return Simple(call, &herder::ConnectorChanges::Pause, 202); }
Outcome<Change> ResumeConnector(const Call& call) { return Simple(call, &herder::ConnectorChanges::Resume, 202); }
Outcome<Change> StopConnector(const Call& call) { return Simple(call, &herder::ConnectorChanges::StopConnector, 204); }

Outcome<Change> RestartConnector(const Call& call) {
  const bool include_tasks = call.Flag("includeTasks");
  const bool only_failed = call.Flag("onlyFailed");
  return Change([name = call.params.at(0), include_tasks, only_failed](const Worker& worker) {
    const auto outcome = worker.changes.Restart(name, include_tasks, only_failed);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    if (!include_tasks && !only_failed) return Response{.status = 204};
    return Response{.status = 202, .body = Dump(ToJson(std::get<runtime::ConnectorStatus>(outcome)))};
  });
}

Outcome<Change> ResetActiveTopics(const Call& call) {
  return Simple(call, &herder::ConnectorChanges::ResetActiveTopics, 202);
}

Outcome<Change> RestartTask(const Call& call) {
  const auto task = TaskNumber(call.params.at(1));
  if (!task) return NoSuchTask(call.params.at(0), call.params.at(1));
  return Change([name = call.params.at(0), number = *task](const Worker& worker) {
    const auto outcome = worker.changes.RestartTask(name, number);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    return Response{.status = 204};
  });
}

}  // namespace framespool::rest
