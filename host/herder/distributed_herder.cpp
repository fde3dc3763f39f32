#include "distributed_herder.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

#include <base/crc32c.h>
#include <base/fields_json.h>
#include <base/log.h>
#include <base/trace.h>
#include <config/common_config.h>
#include <framespool/errors.h>

#include "connector_offsets.h"

namespace framespool::herder {

namespace {

using namespace std::chrono_literals;
using store::TargetState;

constexpr auto kCountedWithin = 15s;  // of a crash, by whoever leads: one that has died must be missed first

base::Refused StillStopping(const std::string& name) {
  return base::Refuse(base::Reason::kUnavailable,
                      {.message = "Connector " + name + " still has tasks that stop on other workers; repeat it",
                       .kind = "not-stopped",
                       .facts = {{"connector", name}}});
}

/// As host/cluster says it.
constexpr ProblemKind kExists = "connector-exists";

base::Refused ChangedMeanwhile(const std::string& name) {
  return base::Refuse(base::Reason::kConflict, {.message = "Connector " + name + " was created meanwhile; repeat it",
                                                .kind = kChangedMeanwhile,
                                                .facts = {{"connector", name}}});
}

/// That a connector is being stored, for as long as it lives; of no name: none is.
class Coming {
 public:
  Coming(std::map<std::string, RawConfig>& all, std::string name, const RawConfig& resolved)
      : all_(all), name_(std::move(name)) {
    if (!name_.empty()) all_.insert_or_assign(name_, resolved);
  }
  Coming(const Coming&) = delete;
  Coming& operator=(const Coming&) = delete;
  ~Coming() {
    if (!name_.empty()) all_.erase(name_);
  }

 private:
  std::map<std::string, RawConfig>& all_;
  const std::string name_;
};

bool IsNotStopped(const HerdedConnector& connector) { return connector.stored.target != TargetState::kStopped; }

/// For who carries out a change: the config that it was made on.
std::string TagOf(const RawConfig& config) {
  const std::string text = ToJson(config);
  return std::to_string(base::Crc32c(0, text.data(), text.size())) + "-" + std::to_string(text.size());
}

}  // namespace

DistributedHerder::DistributedHerder(HerderOptions options, plugins::PluginRegistry& plugins, store::Store& store,
                                     broker::Broker& broker, EventListener tell)
    : StandaloneHerder(std::move(options), plugins, store, broker, std::move(tell)),
      notes_("herder-notes"),
      cluster_(OptionsOf(*options_.cluster), *broker.state_topics(), *broker.worker_groups()) {}

cluster::ClusterWorkerOptions DistributedHerder::OptionsOf(const ClusterSetup& setup) const {
  cluster::ClusterWorkerOptions options{
      .group = setup.group,
      .worker = setup.worker_id,
      .state = setup.state,
      .requests = setup.requests,
      .told = setup.told,
      .status = setup.status,
      .store_writer = setup.store_writer,
      .session_timeout = setup.session_timeout,
      .heartbeat_interval = setup.heartbeat_interval,
      .patience = setup.session_timeout + 10s,  // a leader may have to be missed first
      .return_delay = setup.return_delay,
      .return_grace = setup.return_grace,
      .version = options_.version,
      .labels = setup.labels,
      .ended_session = setup.ended_session,
      .note_session = setup.note_session,
      .plugins = {},
      .rules = {},
      .needs = [this](const RawConfig& config) { return NeedsOf(config); }};
  for (const auto* plugin : plugins_.Classes()) {
    if (plugin->IsConnector()) options.plugins[plugin->class_name].insert(plugin->version);
  }
  // It has been checked by the worker that asks, where plugins and files are.
  options.rules.refuses = [](const store::StoredConnector&) { return std::nullopt; };
  options.rules.tag = TagOf;
  options.rules.first_split = [this](const RawConfig& config) {
    const auto* plugin = plugins_.Find(config::CommonConfigOf(config).connector_class);
    return plugin == nullptr || !plugin->splits ? std::vector<RawConfig>{{}} : std::vector<RawConfig>{};
  };
  return options;
}

cluster::Needs DistributedHerder::NeedsOf(const RawConfig& config) const {
  const config::CommonConfig common = config::CommonConfigOf(config);
  const auto* plugin = plugins_.Find(common.connector_class);
  auto placement = cluster::Placement::Parse(common.placement);
  return {.connector_class = plugin == nullptr ? common.connector_class : plugin->class_name,
          .version = common.plugin_version,
          // It has been admitted; what another release could read and this one cannot must run all the same.
          .placement = placement ? *std::move(placement) : cluster::Placement(),
          .weight = common.task_weight,
          .on_each = common.replicas == config::Replicas::kEach};
}

void DistributedHerder::Start(std::string worker_id, std::vector<config::NamedConfig> connectors) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (true) {
    try {
      cluster_.Start([this] {
        if (follow_posted_.exchange(true)) return;
        queue_.Post([this] {
          follow_posted_ = false;
          if (started_) Follow();
        });
      });
      break;
    } catch (const RetriableError&) {
      if (std::chrono::steady_clock::now() > deadline) throw;
      std::this_thread::sleep_for(200ms);
    }
  }
  if (options_.crash) NoteCrashed(*options_.crash);
  StandaloneHerder::Start(std::move(worker_id), std::move(connectors));
}

void DistributedHerder::NoteCrashed(const Crash& crash) {
  const auto view = cluster_.view();
  // Where the thread says of nobody for whom it worked, it was for one that had a task here.
  const bool is_named = crash.report && !crash.report->connector.empty();
  const auto had_a_task_here = [&](const std::string& name) {
    const auto ledger = view->LedgerOf(name);
    return ledger != nullptr && std::ranges::any_of(ledger->tasks, [&](const cluster::LedgerTask& task) {
             return task.worker == cluster_.worker() || task.from == cluster_.worker();
           });
  };
  std::vector<store::StoredConnector> connectors;
  for (const auto& [name, stored] : view->connectors()) {
    if (is_named || had_a_task_here(name)) connectors.push_back(*stored);
  }
  const Culprits culprits = CulpritsOf(crash, connectors);
  NoteCrash(crash, culprits, "All of them run again, until they have ended three workers");
  if (culprits.connectors.empty()) return;
  if (culprits.is_certain() && crash.report->task >= 0) {
    cluster_.NoteCrash(*culprits.connectors.begin(), crash.report->task);
  } else {
    cluster_.NoteCrash({culprits.connectors.begin(), culprits.connectors.end()},
                       crash.report->time.time_since_epoch().count());
    if (!culprits.is_certain()) options_.on_guilty();  // it is counted, so it comes to an end
  }
  // A leader of an older release counts less.
  waits_to_be_counted_until_ = std::chrono::steady_clock::now() + kCountedWithin;
  queue_.PostAt(*waits_to_be_counted_until_, [this] {
    if (started_) Follow();
  });
}

bool DistributedHerder::WaitsToBeCounted() {
  if (!waits_to_be_counted_until_) return false;
  if (!cluster_.IsCrashCounted() && std::chrono::steady_clock::now() < *waits_to_be_counted_until_) return true;
  waits_to_be_counted_until_.reset();
  return false;
}

void DistributedHerder::StartStored(const std::vector<config::NamedConfig>& connectors) {
  Follow(true);
  for (const config::NamedConfig& named : connectors) {
    if (options_.crash && herd_.Find(named.name) != nullptr) continue;
    const auto put = PutConfig(named.name, named.config);
    const log::OnBehalf owner(named.name);
    if (!put) log::Error("herder", named.name + ": not created: " + put.error().message, put.error().problems);
  }
}

base::Outcome<void> DistributedHerder::Ask(cluster::Action action, std::optional<std::string> if_match) {
  auto outcome =
      Away([this, by = by_, &action, &if_match] { return cluster_.Ask(by, std::move(action), std::move(if_match)); });
  Follow();
  return outcome;
}

base::Outcome<runtime::ConnectorInfo> DistributedHerder::Run(Admission::Accepted accepted, IfThere if_there) {
  const store::StoredConnector stored = accepted.connector;
  const HerdedConnector* found = herd_.Find(stored.name);
  const std::string action = found == nullptr ? "CREATED" : "CHANGED";
  const auto changes = ChangesBetween(found == nullptr ? RawConfig{} : found->stored.config, stored.config, plugins_);
  const auto before = found == nullptr ? std::nullopt : std::optional(TagOf(found->stored.config));
  // Two that come at once are not to get one place.
  const Coming coming(coming_, stored.target == TargetState::kStopped ? "" : stored.name, accepted.resolved);
  auto split = FirstSplitOf(stored);
  const bool has_work = !split || !split->empty();
  const auto asked =
      before ? Ask(cluster::PutConfig{.name = stored.name, .config = stored.config, .split = std::move(split)}, before)
             : Ask(cluster::CreateConnector{.connector = stored, .split = std::move(split)});
  if (!asked && if_there == IfThere::kReplace && asked.error().problems.front().kind == kExists)
    return ChangedMeanwhile(stored.name);
  if (!asked) return base::PassOn(asked);
  NoteSoon([this, stored, noted = Noted(stored.name, action, changes)] { store_.PutConnector(stored, noted); });
  tell_(stored.name, -1, action, "");
  if (has_work) AwaitTasks(stored.name);
  HerdedConnector* connector = herd_.Find(stored.name);
  if (connector == nullptr && stopping_) return InfoOfNew(accepted);  // it was made; nothing is followed any more
  if (connector == nullptr) return NoSuchConnector(stored.name);      // deleted meanwhile
  // Another config may have come while the turn was away.
  if (config::HasVariables(stored.config) && connector->stored.config == stored.config)
    herd_.Change([&] { connector->resolved = std::move(accepted.resolved); });
  runtime::ConnectorInfo info = InfoOf(*connector);
  info.warnings = std::move(accepted.warnings);
  return info;
}

cluster::FirstSplit DistributedHerder::FirstSplitOf(const store::StoredConnector& stored) {
  const auto* plugin = plugins_.Find(config::CommonConfigOf(stored.config).connector_class);
  if (plugin == nullptr || !plugin->splits || stored.target == TargetState::kStopped) return std::nullopt;
  const HerdedConnector* known = herd_.Find(stored.name);
  const auto runner = launcher_.StartConnector(
      stored, *plugin, [] {}, known == nullptr ? std::vector<runtime::TaskShare>{} : known->shares);
  Away([&] {
    runner->AwaitAsked(std::chrono::steady_clock::now() + options_.check_timeout);
    runner->RequestStop();
    runner->AwaitEnd(std::chrono::steady_clock::now() + options_.shutdown_timeout);
  });
  launcher_.LetGo(stored.name, runner);
  const auto split = runner->Latest();
  if (!split) return std::nullopt;
  return runtime::ConfigsOf(*split);
}

void DistributedHerder::NoteSoon(std::function<void()> note) {
  notes_.Post([this, note = std::move(note)] {
    if (forgets_notes_) return;
    try {
      note();
    } catch (...) {
      log::Warn("herder", "what was changed is not in the history: " + base::DescribeCurrentException());
    }
  });
}

void DistributedHerder::AwaitNotes() {
  const auto written = std::make_shared<std::promise<void>>();
  notes_.Post([written] { written->set_value(); });
  written->get_future().wait_for(options_.check_timeout);
}

base::Outcome<std::vector<HistoryEntry>> DistributedHerder::History(const std::string& name, int most) {
  Away([this] { AwaitNotes(); });
  return StandaloneHerder::History(name, most);
}

std::vector<std::string> DistributedHerder::Stop() {
  auto left = StandaloneHerder::Stop();
  AwaitNotes();
  forgets_notes_ = true;
  return left;
}

void DistributedHerder::AwaitTasks(const std::string& name) {
  const auto deadline = std::chrono::steady_clock::now() + options_.check_timeout;
  while (!stopping_ && std::chrono::steady_clock::now() < deadline) {
    Follow();
    const HerdedConnector* connector = herd_.Find(name);
    if (connector == nullptr || connector->plugin == nullptr || !connector->tasks.empty() ||
        connector->stored.target == TargetState::kStopped || StateOf(*connector) == runtime::State::kFailed)
      return;
    const auto split = connector->runner ? connector->runner->Latest() : std::nullopt;
    if (split && split->empty()) return;
    // The split itself is asked for when the plugin has said it, by whoever watches for it.
    Away([this] { cluster_.AwaitChange(50ms); });
  }
}

bool DistributedHerder::AwaitNoTasks(const std::string& name) {
  const auto deadline = std::chrono::steady_clock::now() + options_.shutdown_timeout + options_.check_timeout;
  while (std::chrono::steady_clock::now() < deadline) {
    Follow();
    const auto ledger = cluster_.view()->LedgerOf(name);
    bool owned = false;
    if (ledger != nullptr) owned = std::ranges::any_of(ledger->tasks, &cluster::LedgerTask::owned);
    if (!owned) return true;
    Away([this] { cluster_.AwaitChange(50ms); });
  }
  return false;
}

HerdedConnector* DistributedHerder::FindNow(const std::string& name,
                                            const std::function<bool(const HerdedConnector&)>& looks_done) {
  HerdedConnector* connector = herd_.Find(name);
  if (stopping_ || (connector != nullptr && !(looks_done && looks_done(*connector)))) return connector;
  Away([this] { store_.CatchUp(); });
  Follow();
  return herd_.Find(name);
}

bool DistributedHerder::AwaitLastOffsets(const std::string& name) {
  FindNow(name, IsNotStopped);
  const auto stored = cluster_.view()->Connector(name);
  if (stored == nullptr || stored->target != TargetState::kStopped) return true;
  if (!AwaitNoTasks(name)) return false;
  Away([this] { store_.CatchUp(); });
  offsets_.Reload(name);
  return true;
}

base::Outcome<std::vector<OffsetEntry>> DistributedHerder::Offsets(const std::string& name) {
  offsets_.Reload(name);
  return StandaloneHerder::Offsets(name);
}

base::Outcome<void> DistributedHerder::AlterOffsets(const std::string& name, const std::vector<OffsetEntry>& entries) {
  if (!AwaitLastOffsets(name)) return StillStopping(name);
  auto outcome = StandaloneHerder::AlterOffsets(name, entries);
  if (outcome) offsets_.Flush();
  return outcome;
}

base::Outcome<void> DistributedHerder::ResetOffsets(const std::string& name) {
  if (!AwaitLastOffsets(name)) return StillStopping(name);
  auto outcome = StandaloneHerder::ResetOffsets(name);
  if (outcome) offsets_.Flush();
  return outcome;
}

base::Outcome<void> DistributedHerder::SetTarget(const std::string& name, TargetState target) {
  const auto has_it = [target](const HerdedConnector& each) { return each.stored.target == target; };
  const HerdedConnector* connector = FindNow(name, has_it);
  if (stopping_ || connector == nullptr) return StandaloneHerder::SetTarget(name, target);
  if (has_it(*connector)) return {};
  if (auto asked = Ask(cluster::SetTarget{.name = name, .target = target}); !asked) return asked;
  const std::string state(ToText(StateFor(target)));
  tell_(name, -1, state, "");
  if (const auto stored = cluster_.view()->Connector(name))
    NoteSoon([this, stored, noted = Noted(name, state)] { store_.PutConnector(*stored, noted); });
  if (target == TargetState::kStopped) AwaitNoTasks(name);
  return {};
}

base::Outcome<void> DistributedHerder::Delete(const std::string& name, bool with_offsets) {
  HerdedConnector* connector = FindNow(name);
  if (stopping_ || connector == nullptr) return StandaloneHerder::Delete(name, with_offsets);
  const auto changes = ChangesBetween(connector->stored.config, {}, plugins_);
  const runtime::ConnectorInfo info = InfoOf(*connector);
  if (auto asked = Ask(cluster::DeleteConnector{name}); !asked) return asked;
  AwaitNoTasks(name);
  NoteSoon([this, name, noted = Noted(name, "DELETED", changes)] { store_.DeleteConnector(name, noted); });
  Away([this] { AwaitNotes(); });
  active_topics_.Forget(name);
  if (with_offsets) {
    Away([this] { store_.CatchUp(); });
    offsets_.Reload(name);
    ForgetOffsets(info, offsets_, store_, broker_);
    offsets_.Flush();
  }
  tell_(name, -1, "DELETED", "");
  return {};
}

base::Outcome<runtime::ConnectorStatus> DistributedHerder::Restart(const std::string& name, bool include_tasks,
                                                                   bool only_failed) {
  HerdedConnector* connector = FindNow(name);
  if (stopping_ || connector == nullptr || connector->stored.target == TargetState::kStopped)
    return StandaloneHerder::Restart(name, false, only_failed);
  runtime::ConnectorStatus status = StatusOf(*connector, herd_.worker_id());
  if (!only_failed || StateOf(*connector) == runtime::State::kFailed) {
    status.state = runtime::State::kRestarting;
    NoteRestart(name, -1);
    RestartRunner(*connector);
  }
  const auto ledger = cluster_.view()->LedgerOf(name);
  const bool blamed = ledger != nullptr && ledger->crashes > 0;
  std::vector<int> tasks;
  if (include_tasks) {
    for (runtime::TaskStatus& task : status.tasks) {
      if (only_failed && task.state != runtime::State::kFailed) continue;
      task.state = runtime::State::kRestarting;
      tasks.push_back(task.id);
    }
  }
  NoteSoon([this, noted = Noted(name, "RESTARTED")] { store_.NoteChange(noted); });
  if (!tasks.empty() || blamed) {
    if (auto asked = Ask(cluster::RestartTasks{.name = name, .tasks = tasks, .connector = true}); !asked)
      return base::PassOn(asked);
  }
  return status;
}

base::Outcome<void> DistributedHerder::RestartTask(const std::string& name, int task) {
  const HerdedConnector* connector = FindNow(name);
  if (stopping_ || connector == nullptr || task < 0 || static_cast<std::size_t>(task) >= connector->tasks.size())
    return StandaloneHerder::RestartTask(name, task);
  if (auto asked = Ask(cluster::RestartTasks{.name = name, .tasks = {task}}); !asked) return asked;
  NoteSoon([this, noted = Noted(name, "RESTARTED")] { store_.NoteChange(noted); });
  return {};
}

void DistributedHerder::TakeSplit(HerdedConnector& connector) {
  if (!connector.runner || !WatchesSplit(connector)) return;
  const auto split = connector.runner->Latest();
  const std::string name = connector.stored.name;
  const auto ledger = cluster_.view()->LedgerOf(name);
  const auto revision = asked_with_.find(name);
  if (!split || ledger == nullptr || revision == asked_with_.end() || revision->second != ledger->revision) return;
  const std::vector<RawConfig> wanted = runtime::ConfigsOf(*split);
  std::vector<RawConfig> known;
  for (const cluster::SharedConfig& share : ledger->split) known.push_back(*share);
  // By their numbers the ledger knows which of them go on.
  std::vector<RawConfig> shares;
  for (const std::size_t place : runtime::ArrangedLike(known, wanted)) shares.push_back(wanted[place]);
  if (shares == known) return;
  AskedSplit& asked = asked_splits_[name];
  if (asked.revision == ledger->revision && asked.shares == shares && cluster_.IsAsked(asked.id)) return;
  asked = {.id = cluster_.AskSoon(by_, cluster::SplitWork{.name = name, .revision = ledger->revision, .shares = shares},
                                  name + ": its work is not split anew"),
           .revision = ledger->revision,
           .shares = std::move(shares)};
}

std::vector<std::string> DistributedHerder::StopAll() {
  const auto orders = cluster_.Leave();
  End(orders.end);
  auto left = StandaloneHerder::StopAll();
  constexpr auto kPatience = 5s;
  cluster_.AwaitHandedOver(std::chrono::steady_clock::now() + kPatience);
  return left;
}

}  // namespace framespool::herder
