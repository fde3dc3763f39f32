#include <algorithm>

#include <framespool/record.h>

#include "config_json.h"
#include "resources.h"

namespace framespool::rest {

namespace {

using herder::ClusterInfo;

Json TextOrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json WorkerJson(const ClusterInfo::Worker& worker, const ClusterInfo& cluster, Timestamp now) {
  Json classes = Json::object();
  for (const auto& [name, versions] : worker.classes) classes[name] = versions;
  // Its clock and this worker's may differ.
  const auto up = std::max<std::int64_t>(0, (now - worker.started).count());
  return {{"worker_id", worker.id},
          {"session", TextOrNull(worker.session)},
          {"state", !worker.is_there    ? "GONE"
                    : worker.is_leaving ? "LEAVING"
                                        : "RUNNING"},
          {"leads", worker.id == cluster.leader},
          {"version", TextOrNull(worker.version)},
          {"uptime_ms", worker.started == Timestamp() ? Json(nullptr) : Json(up)},
          {"labels", ToJson(worker.labels)},
          {"connector_classes", std::move(classes)},
          {"tasks", worker.tasks}};
}

Json TaskJson(const ClusterInfo::Task& task) {
  Json json{{"connector", task.connector},
            {"task", task.status.id},
            {"state", runtime::ToText(task.status.state)},
            {"worker_id", TextOrNull(task.status.worker_id)},
            {"epoch", task.epoch},
            {"cause", TextOrNull(task.cause)},
            {"from", TextOrNull(task.from)},
            {"since", task.since == Timestamp() ? Json(nullptr) : Json(task.since.time_since_epoch().count())}};
  if (!task.status.problems.empty()) json["problems"] = ToJson(task.status.problems);
  return json;
}

Json MoveJson(const ClusterInfo::Moved& move) {
  return {{"time", move.time.time_since_epoch().count()},
          {"connector", move.connector},
          {"task", move.task},
          {"from", TextOrNull(move.from)},
          {"to", move.to},
          {"epoch", move.epoch},
          {"cause", move.cause},
          {"message", move.message}};
}

}  // namespace

Response GetCluster(const Reads& worker, const Call& /*call*/) {
  const ClusterInfo cluster = worker.connectors.Cluster();
  const Timestamp now = Now();
  Json workers = Json::array();
  for (const auto& each : cluster.workers) workers.push_back(WorkerJson(each, cluster, now));
  Json tasks = Json::array();
  for (const auto& each : cluster.tasks) tasks.push_back(TaskJson(each));
  Json moves = Json::array();
  for (const auto& each : cluster.moves) moves.push_back(MoveJson(each));
  return {.body = Dump({{"group_id", TextOrNull(cluster.group)},
                        {"worker_id", cluster.worker},
                        {"leader", TextOrNull(cluster.leader)},
                        {"term", cluster.term},
                        {"workers", std::move(workers)},
                        {"tasks", std::move(tasks)},
                        {"moves", std::move(moves)}})};
}

}  // namespace framespool::rest
