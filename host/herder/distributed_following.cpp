// What a worker of a cluster runs follows from what the cluster says.
#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <base/log.h>
#include <base/trace.h>
#include <config/common_config.h>
#include <config/connector_config.h>
#include <framespool/errors.h>

#include "distributed_herder.h"

namespace framespool::herder {

namespace {

using cluster::LedgerTask;
using cluster::TaskKey;
using store::TargetState;

runtime::State StateNamed(std::string_view name) {
  using runtime::State;
  for (const State state : {State::kRunning, State::kPaused, State::kFailed}) {
    if (ToText(state) == name) return state;
  }
  return State::kUnassigned;
}

constexpr ProblemKind kCrashesWorkers = "crashes-workers";

/// Why nothing of the connector runs.
Problem ProblemOf(const cluster::Ledger& ledger) {
  const auto last = std::ranges::max_element(ledger.blamed, {}, [](const auto& each) { return each.second; });
  const std::string worker = last == ledger.blamed.end() ? "" : last->first;
  return {.message = "it has crashed its worker " + std::to_string(ledger.crashes) +
                     " times, on a thread that is no task's, last on " + worker +
                     ": see that worker's log, then restart it",
          .kind = kCrashesWorkers,
          .facts = {{"crashes", std::int64_t{ledger.crashes}}, {"last_worker", worker}}};
}

/// Why nobody has the task.
Problem ProblemOf(const LedgerTask& task) {
  const bool has_crashed = task.state == LedgerTask::State::kFailed;
  Fields facts;
  if (has_crashed) facts = {{"crashes", std::int64_t{task.crashes}}, {"last_worker", task.worker}};
  for (const auto& [worker, why] : task.refused) facts["refused_by " + worker] = why;
  return {.message = task.reason,
          .kind = has_crashed ? kCrashesWorkers : ProblemKind("not-placed"),
          .facts = std::move(facts)};
}

bool IsSame(const std::vector<runtime::TaskStatus>& a, const std::vector<runtime::TaskStatus>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.state == other.state && one.worker_id == other.worker_id && one.trace == other.trace;
  });
}

}  // namespace

void DistributedHerder::Follow(bool all) {
  if (stopping_) return;
  cluster::ClusterWorker::Orders orders;
  if (WaitsToBeCounted()) {
    orders.touched.all = true;
    orders.view = cluster_.view();
  } else {
    orders = cluster_.Follow(all);
  }
  const auto& view = orders.view;
  if (orders.touched.all) looked_at_all_ = std::chrono::steady_clock::now();
  End(orders.end);
  FollowConnectors(*view, orders.touched);
  for (const auto& [key, epoch] : orders.go_on) {
    if (const auto mine = mine_.find(key); mine != mine_.end()) mine->second.epoch->store(epoch);
  }
  for (const auto& order : orders.start) Begin(order, *view);
  if (orders.touched.all) {
    for (const auto& [name, stored] : view->connectors()) FollowTasks(name, *view);
  } else {
    for (const std::string& name : orders.touched.connectors) FollowTasks(name, *view);
    PlanFullLook();
  }
  TellOfMoves();
}

void DistributedHerder::PlanFullLook() {
  if (std::exchange(full_look_planned_, true)) return;
  constexpr std::chrono::seconds kBetweenFullLooks{1};
  queue_.PostAt(looked_at_all_ + kBetweenFullLooks, [this] {
    full_look_planned_ = false;
    Follow(true);
  });
}

void DistributedHerder::FollowConnectors(const cluster::View& view, const cluster::ClusterWorker::Touched& touched) {
  std::set<std::string> names = touched.connectors;
  if (touched.all) {
    for (const auto& [name, connector] : herd_.connectors()) names.insert(name);
    for (const auto& [name, stored] : view.connectors()) names.insert(name);
  }
  for (const std::string& name : names) FollowConnector(name, view);
}

void DistributedHerder::FollowConnector(const std::string& name, const cluster::View& view) {
  const auto stored = view.Connector(name);
  HerdedConnector* found = herd_.Find(name);
  const bool is_new = found == nullptr;
  if (stored == nullptr) {
    if (is_new) return;
    StopTasks(*found);
    asked_with_.erase(name);
    asked_splits_.erase(name);
    quarantine_.Release(name);
    herd_.Erase(name);
    return;
  }
  const bool is_other = is_new || found->stored.config != stored->config;
  if (!is_other && found->stored.target == stored->target) return;
  HerdedConnector& connector = is_new ? herd_.Put(*stored) : *found;
  if (is_other) reload_.Forget(name);
  herd_.Change([&] {
    connector.stored = *stored;
    if (is_other) connector.resolved.reset();
  });
  StartTasks(connector);
  for (const auto& task : connector.tasks) {
    if (task) task->SetPaused(stored->target == TargetState::kPaused);
  }
}

/// Only what it is: its tasks begin as the cluster says.
void DistributedHerder::StartTasks(HerdedConnector& connector) {
  quarantine_.Release(connector.stored.name);
  const std::string connector_class = config::CommonConfigOf(connector.stored.config).connector_class;
  const auto* plugin = plugins_.Find(connector_class);
  herd_.Change([&] {
    connector.plugin = plugin;
    connector.state = StateFor(connector.stored.target);
    connector.trace.clear();
    connector.problems.clear();
  });
}

void DistributedHerder::FollowClass(HerdedConnector& connector, const cluster::Ledger& ledger) {
  if (connector.plugin != nullptr || ledger.confined) return;  // or FollowConfinement() says how it is
  bool has_any = false;
  bool is_left = false;
  for (const LedgerTask& task : ledger.tasks) {
    has_any = has_any || task.owned();
    is_left = is_left || (!task.owned() && !task.reason.empty());
  }
  const store::TargetState target = connector.stored.target;
  const bool is_failed = is_left && !has_any && target != TargetState::kStopped;
  const runtime::State state = is_failed ? runtime::State::kFailed : StateFor(target);
  if (connector.state == state) return;
  std::optional<Problem> unknown;
  if (is_failed) unknown = admission_.UnknownClass(config::CommonConfigOf(connector.stored.config).connector_class);
  herd_.Change([&] {
    connector.state = state;
    connector.trace = unknown ? unknown->message : "";
    connector.problems.clear();
    if (unknown) connector.problems.push_back(*unknown);
  });
}

void DistributedHerder::FollowConfinement(HerdedConnector& connector, const cluster::Ledger& ledger) {
  const auto& problems = connector.problems;
  const bool is_shown = !problems.empty() && problems.front().kind == kCrashesWorkers;
  const bool is_confined = !ledger.runs(false) && connector.stored.target != TargetState::kStopped;
  if (is_confined == is_shown) return;
  std::optional<Problem> problem;
  if (is_confined) problem = ProblemOf(ledger);
  herd_.Change([&] {
    connector.state = is_confined ? runtime::State::kFailed : StateFor(connector.stored.target);
    connector.trace = problem ? problem->message : "";
    connector.problems.clear();
    if (problem) connector.problems.push_back(*problem);
  });
  tell_(connector.stored.name, -1, std::string(ToText(connector.state)), connector.trace);
}

void DistributedHerder::End(const std::vector<std::pair<TaskKey, bool>>& tasks) {
  if (tasks.empty()) return;
  std::vector<std::pair<std::string, std::shared_ptr<runtime::TaskRunner>>> ending;
  bool may_finish = false;
  for (const auto& [key, is_ours] : tasks) {
    const auto mine = mine_.find(key);
    if (mine != mine_.end() && !is_ours) mine->second.may_act->store(false);
    may_finish = may_finish || is_ours;
    HerdedConnector* connector = herd_.Find(key.connector);
    const auto index = static_cast<std::size_t>(key.task);
    if (connector == nullptr || index >= connector->tasks.size() || !connector->tasks[index]) continue;
    ending.emplace_back(key.connector, connector->tasks[index]);
    log::Info("herder", key.connector + ": task " + std::to_string(key.task) +
                            (is_ours ? " ends here" : " is another's by now, and ends here"));
  }
  launcher_.StopAll(ending);
  if (may_finish) {
    try {
      offsets_.Flush();
      store_.Flush();
    } catch (...) {
      log::Warn("herder", "what ended tasks leave could not be stored yet: " + base::DescribeCurrentException());
    }
  }
  for (const auto& [key, is_ours] : tasks) {
    if (const auto mine = mine_.find(key); mine != mine_.end()) {
      mine->second.may_act->store(false);
      mine_.erase(mine);
    }
    if (HerdedConnector* connector = herd_.Find(key.connector)) {
      const auto index = static_cast<std::size_t>(key.task);
      herd_.Change([&] {
        if (index < connector->tasks.size()) connector->tasks[index] = nullptr;
        if (connector->elsewhere.size() < connector->tasks.size()) connector->elsewhere.resize(connector->tasks.size());
        connector->restarts.erase(index);
      });
    }
    cluster_.Ended(key);
  }
}

bool DistributedHerder::LeavesTransactions(const HerdedConnector& connector, const LedgerTask& task) const {
  const broker::Capabilities can = broker_.capabilities();
  return task.cause == LedgerTask::Cause::kWorkerGone && can.transactions && can.exactly_once &&
         config::TypeOf(*connector.plugin) == config::ConnectorType::kSource;
}

runtime::TaskTerms DistributedHerder::TermsOf(const TaskKey& key, bool fences_first) {
  const Mine& mine = mine_.at(key);
  auto permit = [this, key, may_act = mine.may_act] {
    using Permit = runtime::EffectGate::Permit;
    if (!*may_act) return Permit::kNo;
    switch (cluster_.PermitOf(key)) {
      case cluster::ClusterWorker::Permit::kYes: return Permit::kYes;
      case cluster::ClusterWorker::Permit::kNotNow: return Permit::kNotNow;
      case cluster::ClusterWorker::Permit::kNo: return Permit::kNo;
    }
    return Permit::kNo;
  };
  return {.permit = permit,
          .before =
              [this, permit, fences_first, name = key.connector, task = key.task] {
                // What it would open would shut out whoever has the task by now.
                if (permit() != runtime::EffectGate::Permit::kYes)
                  throw RetriableError("this worker's session of the group is in doubt");
                // What a worker that has died left open nobody else ends, and it holds back who reads to the end.
                if (fences_first) broker_.FenceProducers(name, std::array{task});
                try {
                  store_.CatchUp();
                } catch (const store::StoreError& error) {
                  throw RetriableError(error.problems());
                }
                offsets_.Reload(name);
              },
          .epoch = mine.epoch};
}

void DistributedHerder::Begin(const cluster::ClusterWorker::StartOrder& order, const cluster::View& view) {
  HerdedConnector* connector = herd_.Find(order.key.connector);
  const auto ledger = view.LedgerOf(order.key.connector);
  if (connector == nullptr || connector->plugin == nullptr || ledger == nullptr)
    return cluster_.Refused(order.key, "this worker has no such connector class");
  const auto index = static_cast<std::size_t>(order.key.task);
  mine_[order.key] = {.epoch = std::make_shared<std::atomic<std::uint64_t>>(order.epoch),
                      .may_act = std::make_shared<std::atomic<bool>>(true)};
  const runtime::TaskShare share{.config = *order.share, .shown = *order.share};
  launcher_.Announce(connector->stored, *connector->plugin, {order.key.task}, static_cast<int>(ledger->tasks.size()),
                     true);
  const bool fences_first = LeavesTransactions(*connector, ledger->tasks.at(index));
  auto task =
      launcher_.Start(connector->stored, *connector->plugin, order.key.task, share, TermsOf(order.key, fences_first));
  herd_.Change([&] {
    const std::size_t size = std::max(connector->tasks.size(), ledger->tasks.size());
    connector->tasks.resize(size);
    connector->shares.resize(size);
    connector->elsewhere.resize(size);
    connector->tasks.at(index) = std::move(task);
    connector->shares.at(index) = share;
  });
}

void DistributedHerder::ReplaceTask(HerdedConnector& connector, std::size_t index, const std::string& by) {
  const TaskKey key{connector.stored.name, static_cast<int>(index)};
  const auto mine = mine_.find(key);
  if (mine == mine_.end()) return;
  launcher_.Stop(key.connector, {connector.tasks[index]});
  NoteRestart(key.connector, key.task, by);
  auto task = launcher_.Start(connector.stored, *connector.plugin, key.task, connector.shares[index], TermsOf(key));
  herd_.Change([&] {
    connector.tasks[index] = std::move(task);
    if (by.empty())
      connector.restarts.erase(index);
    else
      connector.restarts[index].NoteBegun(std::chrono::steady_clock::now());
  });
}

std::vector<runtime::TaskStatus> DistributedHerder::Elsewhere(const HerdedConnector& connector,
                                                              const cluster::Ledger& ledger) {
  const std::string& name = connector.stored.name;
  std::vector<runtime::TaskStatus> statuses;
  for (std::size_t i = 0; i < ledger.tasks.size(); ++i) {
    const LedgerTask& task = ledger.tasks[i];
    runtime::TaskStatus status{.id = static_cast<int>(i),
                               .state = runtime::State::kUnassigned,
                               .worker_id = task.worker,
                               .version = connector.plugin != nullptr ? connector.plugin->version : "",
                               .trace = task.owned() ? "" : task.reason,
                               .metrics = {}};
    if (task.state == LedgerTask::State::kFailed) status.state = runtime::State::kFailed;
    if (!status.trace.empty()) status.problems.push_back(ProblemOf(task));
    if (const auto last = store_.LastStatus(name, status.id);
        task.owned() && last && last->worker_id == task.worker &&
        last->generation == static_cast<std::int32_t>(task.epoch)) {
      status.state = StateNamed(last->state);
      status.trace = last->trace;
    }
    statuses.push_back(std::move(status));
  }
  return statuses;
}

void DistributedHerder::FollowTasks(const std::string& name, const cluster::View& view) {
  HerdedConnector* connector = herd_.Find(name);
  if (connector == nullptr) return;
  const auto ledger = view.LedgerOf(name);
  static const cluster::Ledger kNone;
  const cluster::Ledger& known = ledger == nullptr ? kNone : *ledger;
  auto elsewhere = Elsewhere(*connector, known);
  std::vector<runtime::TaskShare> shares;
  for (const LedgerTask& task : known.tasks) shares.push_back({.config = *task.share, .shown = *task.share});
  const std::string& leader = view.leader().worker;
  const bool is_same =
      connector->tasks.size() == elsewhere.size() && connector->worker_id == leader &&
      IsSame(connector->elsewhere, elsewhere) &&
      std::equal(shares.begin(), shares.end(), connector->shares.begin(), connector->shares.end(), runtime::IsSame);
  if (!is_same) {
    herd_.Change([&] {
      connector->tasks.resize(elsewhere.size());
      connector->shares = std::move(shares);
      connector->elsewhere = std::move(elsewhere);
      connector->worker_id = leader;
    });
  }
  for (std::size_t i = 0; i < connector->tasks.size(); ++i) {
    if (connector->tasks[i]) NoteOwnStatus({name, static_cast<int>(i)}, *connector->tasks[i]);
  }
  FollowClass(*connector, known);
  FollowConfinement(*connector, known);
  FollowRunner(*connector, ledger.get());
}

void DistributedHerder::NoteOwnStatus(const TaskKey& key, const runtime::TaskRunner& task) {
  const auto mine = mine_.find(key);
  const auto status = task.Status();
  if (mine == mine_.end() || status.state == runtime::State::kUnassigned) return;
  if (cluster_.PermitOf(key) != cluster::ClusterWorker::Permit::kYes) return;
  const auto epoch = static_cast<std::int32_t>(mine->second.epoch->load());
  const std::string state(ToText(status.state));
  // One that had the task before may have written behind this one, or it goes on in a newer epoch.
  const auto last = store_.LastStatus(key.connector, key.task);
  if (last && last->generation == epoch && last->state == state && last->worker_id == cluster_.worker()) return;
  store_.NoteStatus(key.connector, key.task, state, status.trace, epoch);
}

bool DistributedHerder::WatchesSplit(const HerdedConnector& connector) const {
  return connector.plugin != nullptr && connector.plugin->splits &&
         cluster_.WatchesSplit(NeedsOf(connector.stored.config));
}

void DistributedHerder::FollowRunner(HerdedConnector& connector, const cluster::Ledger* ledger) {
  const std::string& name = connector.stored.name;
  const bool wanted = ledger != nullptr && ledger->runs(connector.stored.target == TargetState::kStopped) &&
                      WatchesSplit(connector) && !WaitsToBeCounted();
  const auto asked = asked_with_.find(name);
  if (connector.runner && wanted && asked != asked_with_.end() && asked->second == ledger->revision)
    return TakeSplit(connector);
  if (connector.runner) {
    launcher_.Stop(name, {connector.runner});
    herd_.Change([&] { connector.runner.reset(); });
  }
  if (!wanted) return;
  asked_with_[name] = ledger->revision;
  StartRunner(connector);
}

}  // namespace framespool::herder
