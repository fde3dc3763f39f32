// What a worker of a cluster knows of the others.
#include <chrono>
#include <map>
#include <utility>

#include <cluster/ledger_format.h>
#include <cluster/moves.h>

#include "distributed_herder.h"

namespace framespool::herder {

namespace {

Timestamp At(std::int64_t milliseconds) { return Timestamp(std::chrono::milliseconds(milliseconds)); }

ClusterInfo::Worker WorkerOf(const std::string& id, const cluster::TellingWorker& tells) {
  ClusterInfo::Worker worker{.id = id,
                             .session = {},
                             .version = tells.version,
                             .started = At(tells.started),
                             .labels = tells.labels,
                             .classes = tells.plugins,
                             .is_leaving = tells.leaving};
  worker.labels["worker"] = id;
  return worker;
}

ClusterInfo::Moved MovedOf(const cluster::Move& move) {
  return {.time = At(move.at),
          .connector = move.key.connector,
          .task = move.key.task,
          .from = move.from,
          .to = move.to,
          .epoch = move.epoch,
          .cause = std::string(ToText(move.cause)),
          .message = Sentence(move)};
}

}  // namespace

ClusterInfo DistributedHerder::Cluster() const {
  ClusterInfo info{.group = options_.cluster->group,
                   .worker = cluster_.worker(),
                   .leader = {},
                   .workers = {},
                   .tasks = {},
                   .moves = {}};
  if (!started_) return info;
  const auto view = cluster_.view();
  info.leader = view->leader().worker;
  info.term = view->leader().term;
  std::map<std::string, ClusterInfo::Worker> workers;
  const auto told = cluster_.workers();
  for (const cluster::Member& member : view->members()) {
    const auto tells = told.find(member.worker);
    // What a former process of that id has told says nothing of this one.
    const bool is_told = tells != told.end() && tells->second.session == member.session;
    auto& worker = workers[member.worker] = WorkerOf(member.worker, is_told ? tells->second : cluster::TellingWorker());
    worker.session = member.session;
    worker.is_there = true;
  }
  for (const runtime::ConnectorView& each : *herd_.Views()) {
    const auto ledger = view->LedgerOf(each.status->name);
    for (const runtime::TaskStatus& status : each.status->tasks) {
      ClusterInfo::Task task{.connector = each.status->name, .status = status, .cause = {}, .from = {}};
      const auto* known = view->Task({task.connector, status.id});
      if (known != nullptr) {
        task.epoch = known->epoch;
        task.cause = ToText(known->cause);
        task.from = known->from;
        task.since = At(known->since);
        if (known->owned()) {
          const auto tells = told.find(known->worker);
          auto& worker =
              workers
                  .try_emplace(known->worker,
                               WorkerOf(known->worker, tells == told.end() ? cluster::TellingWorker() : tells->second))
                  .first->second;
          ++worker.tasks;
        }
      }
      info.tasks.push_back(std::move(task));
    }
  }
  for (auto& [id, worker] : workers) info.workers.push_back(std::move(worker));
  for (const cluster::Move& move : cluster_.moves()) info.moves.push_back(MovedOf(move));
  return info;
}

void DistributedHerder::TellOfMoves() {
  for (const cluster::Move& move : cluster_.TakeNewMoves())
    tell_(move.key.connector, move.key.task, "MOVED", Sentence(move));
}

}  // namespace framespool::herder
