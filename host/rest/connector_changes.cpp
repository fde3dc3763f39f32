#include <variant>

#include "config_json.h"
#include "entity_tag.h"
#include "error_response.h"
#include "request_body.h"
#include "resources.h"
#include "task_number.h"

namespace framespool::rest {

namespace {

using base::Outcome;

/// Absolute, as Connect sends it, where the client has said how it calls this host.
std::string LocationOf(const Call& call, const std::string& name) {
  return call.base_url + "/connectors/" + http::PercentEncode(name);
}

Response Answered(const Outcome<void>& outcome, int status) {
  if (!outcome) return ErrorResponse(outcome.error());
  return {.status = status};
}

/// A change that has nothing to say but that it is done.
Outcome<Change> Simple(const Call& call, Outcome<void> (herder::ConnectorChanges::*change)(const std::string&),
                       int status) {
  return Change([name = call.params.at(0), change, status](const Worker& worker) {
    return Answered((worker.changes.*change)(name), status);
  });
}

/// What is answered when `info`'s connector has been made or changed.
std::string AcceptedBody(const Reads& worker, const runtime::ConnectorInfo& info) {
  Json json = ToJson(info);
  auto warnings = worker.plugins.Warnings(info.config);
  warnings.insert(warnings.end(), info.warnings.begin(), info.warnings.end());
  AddWarnings(json, warnings);
  return Dump(json);
}

/// Of a change that is made on the config as this worker shows it: once more when it was another at the worker that
/// carries changes out.
template <class F>
auto OnNewest(const Worker& worker, const std::string& name, const Precondition& precondition, F change)
    -> std::variant<Response, decltype(change())> {
  constexpr int kTries = 20;
  for (int tries = 1;; ++tries) {
    if (auto refused = precondition.Refuse(worker.reads(), name)) return *std::move(refused);
    auto outcome = change();
    const bool again = !outcome && tries < kTries && outcome.error().problems.front().kind == herder::kChangedMeanwhile;
    if (!again) return outcome;
  }
}

/// What POST would answer, and nothing is changed.
Outcome<Change> Checked(NewConnector connector) {
  return Change([connector = std::move(connector)](const Worker& worker) {
    const auto info = worker.changes.Check(connector.name, connector.config, connector.initial_state);
    if (!info) return ErrorResponse(info.error());
    return Response{.body = AcceptedBody(worker.reads(), *info)};
  });
}

}  // namespace

Outcome<Change> CreateConnector(const Call& call) {
  auto parsed = ParseNewConnector(call.request.body);
  if (!parsed) return base::PassOn(parsed);
  auto& connector = *parsed;
  const auto validate_only = call.Switch("validate_only");
  if (!validate_only) return base::PassOn(validate_only);
  if (*validate_only) return Checked(std::move(connector));
  std::string location = LocationOf(call, connector.name);
  return Change([connector = std::move(connector), location = std::move(location)](const Worker& worker) {
    const auto outcome =
        worker.changes.Create(connector.name, connector.config, connector.initial_state, connector.initial_offsets);
    if (!outcome) return ErrorResponse(outcome.error());
    const auto& info = *outcome;
    return Response{.status = 201,
                    .body = AcceptedBody(worker.reads(), info),
                    .headers = {{"Location", location}, {"ETag", EntityTagOf(info.config)}}};
  });
}

Outcome<Change> ApplyConnectors(const Call& call) {
  // A dry run that is misspelt would not be dry.
  if (const auto known = call.Knows({"dry_run", "prune"}); !known) return base::PassOn(known);
  auto parsed = ParseConnectorSet(call.request.body);
  if (!parsed) return base::PassOn(parsed);
  const auto prune = call.Switch("prune");
  if (!prune) return base::PassOn(prune);
  const auto dry_run = call.Switch("dry_run");
  if (!dry_run) return base::PassOn(dry_run);
  return Change([wanted = *std::move(parsed), prune = *prune, dry_run = *dry_run](const Worker& worker) {
    const auto outcome = worker.changes.Apply(wanted, prune, dry_run);
    if (!outcome) return ErrorResponse(outcome.error());
    Json plan = Json::array();
    for (const auto& change : *outcome) {
      plan.push_back(ToJson(change));
      if (const auto config = wanted.find(change.name); config != wanted.end())
        AddWarnings(plan.back(), worker.plugins.Warnings(config->second));
    }
    return Response{.body = Dump({{"dry_run", dry_run}, {"plan", plan}})};
  });
}

Outcome<Change> DeleteConnector(const Call& call) {
  const auto with_offsets = call.Switch("offsets");
  if (!with_offsets) return base::PassOn(with_offsets);
  return Change([name = call.params.at(0), with_offsets = *with_offsets](const Worker& worker) {
    return Answered(worker.changes.Delete(name, with_offsets), 204);
  });
}

Outcome<Change> PutConnectorConfig(const Call& call) {
  const std::string& name = call.params.at(0);
  auto parsed = ParseConfig(call.request.body);
  if (!parsed) return base::PassOn(parsed);
  auto config = WithName(*std::move(parsed), name);
  if (!config) return base::PassOn(config);
  return Change([name, precondition = Precondition(call.request), config = *std::move(config),
                 location = LocationOf(call, name)](const Worker& worker) {
    auto made = OnNewest(worker, name, precondition, [&] { return worker.changes.PutConfig(name, config); });
    if (auto* refused = std::get_if<Response>(&made)) return std::move(*refused);
    const auto& outcome = std::get<1>(made);
    if (!outcome) return ErrorResponse(outcome.error());
    const auto& put = *outcome;
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
  if (!parsed) return base::PassOn(parsed);
  auto& changes = *parsed;
  if (const auto renamed = changes.find("name"); renamed != changes.end() && renamed->second != name) {
    return base::Refuse(
        base::Reason::kInvalid,
        {.field = "name", .message = "cannot be changed: it must stay " + name, .kind = kind::kNotAllowed});
  }
  return Change([name, precondition = Precondition(call.request), changes = std::move(changes)](const Worker& worker) {
    auto made = OnNewest(worker, name, precondition, [&] { return worker.changes.PatchConfig(name, changes); });
    if (auto* refused = std::get_if<Response>(&made)) return std::move(*refused);
    const auto& outcome = std::get<1>(made);
    if (!outcome) return ErrorResponse(outcome.error());
    const auto& info = *outcome;
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
    if (!outcome) return ErrorResponse(outcome.error());
    if (!include_tasks && !only_failed) return Response{.status = 204};
    return Response{.status = 202, .body = Dump(ToJson(*outcome))};
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
    if (!outcome) return ErrorResponse(outcome.error());
    return Response{.status = 204};
  });
}

}  // namespace framespool::rest
