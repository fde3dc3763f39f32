#include "standalone_herder.h"

#include <future>
#include <utility>

#include <base/log.h>
#include <base/outcome.h>
#include <base/trace.h>
#include <config/connector_config.h>
#include <config/parts.h>

#include "connector_offsets.h"
#include "distributed_herder.h"
#include "places.h"
#include "topic_circles.h"
#include "topic_removal.h"

namespace framespool::herder {

namespace {

constexpr std::string_view kLogger = "herder";

using store::TargetState;

TargetState ToTarget(InitialState initial) {
  switch (initial) {
    case InitialState::kRunning: return TargetState::kRunning;
    case InitialState::kPaused: return TargetState::kPaused;
    case InitialState::kStopped: return TargetState::kStopped;
  }
  return TargetState::kRunning;
}

base::Refused Stopping() {
  return base::Refuse(base::Reason::kUnavailable, {.message = "This worker is stopping", .kind = "worker-stopping"});
}

base::Refused AlreadyExists(const std::string& name) {
  return base::Refuse(
      base::Reason::kConflict,
      {.message = "Connector " + name + " already exists", .kind = "connector-exists", .facts = {{"connector", name}}});
}

}  // namespace

base::Refused NoSuchConnector(const std::string& name) {
  return base::Refuse(
      base::Reason::kNotFound,
      {.message = "Connector " + name + " not found", .kind = "no-such-connector", .facts = {{"connector", name}}});
}

StandaloneHerder::StandaloneHerder(HerderOptions options, plugins::PluginRegistry& plugins, store::Store& store,
                                   broker::Broker& broker, EventListener tell)
    : options_(std::move(options)),
      tell_(tell ? std::move(tell) : [](const std::string&, int, std::string_view, const std::string&) {}),
      plugins_(plugins),
      store_(store),
      broker_(broker),
      health_(broker, store, plugins),
      offsets_(store, broker, options_.offset_flush_interval),
      active_topics_(store),
      admission_(plugins, broker, options_.providers, options_.check_timeout, options_.files, options_.listening,
                 options_.override_policy),
      quarantine_(options_.quarantine),
      launcher_(
          {.offset_flush_interval = options_.offset_flush_interval,
           .shutdown_timeout = options_.shutdown_timeout,
           .stall_timeout = options_.stall_timeout},
          plugins, store, broker, offsets_, active_topics_,
          [this](const std::string& connector, int task, runtime::State state, const std::string& reason) {
            tell_(connector, task, ToText(state), reason.substr(0, reason.find('\n')));
            if (state == runtime::State::kFailed && task != runtime::TaskIdentity::kNoTask)
              NoteFailure(connector, task);
          },
          options_.files, options_.converters, options_.providers,
          [this](const store::StoredConnector& connector, const config::Resolution& resolution) {
            NoteResolution(connector, resolution);
          },
          options_.listening),
      reload_(options_.providers, options_.reload_interval,
              [this](const std::string& name, const std::set<config::Variable>& changed) { Reload(name, changed); }),
      checks_("checks"),
      queue_("herder") {}

void StandaloneHerder::Start(std::string worker_id, std::vector<config::NamedConfig> connectors) {
  herd_.SetWorkerId(std::move(worker_id));
  Post("the worker's command line", [this, connectors = std::move(connectors)] {
    try {
      CompareWithTopics();
      StartStored(connectors);
    } catch (...) {
      health_.Note({.subject = "worker",
                    .kind = "start-failed",
                    .message = "connectors could not be started: " + base::DescribeCurrentException()});
    }
    started_ = true;
  });
}

void StandaloneHerder::StartStored(const std::vector<config::NamedConfig>& connectors) {
  std::vector<store::StoredConnector> all = store_.Connectors();
  if (options_.crash) ConfineCulprits(*options_.crash, all);
  for (auto& stored : all) {
    const std::string name = stored.name;
    try {
      HerdedConnector& connector = herd_.Put(std::move(stored));
      const auto reason = quarantine_.ReasonOf(name);
      if (reason)
        Confine(connector, *reason);
      else if (options_.safe)
        Hold(connector);
      else
        StartTasks(connector);
    } catch (...) {
      health_.Note({.subject = "connector " + name,
                    .kind = "start-failed",
                    .message = name + " could not be started: " + base::DescribeCurrentException()});
    }
  }
  if (options_.safe) {
    log::Warn(kLogger, "started with --safe: no connector runs until it is resumed, restarted or changed" +
                           std::string(connectors.empty() ? "" : "; the connector files named are left out"));
    return;
  }
  for (const config::NamedConfig& named : connectors) {
    // The command line was carried out when the first worker was started, and people may have changed things since.
    if (options_.crash && herd_.Find(named.name) != nullptr) continue;
    const auto put = PutConfig(named.name, named.config);
    const log::OnBehalf owner(named.name);
    if (!put) log::Error(kLogger, named.name + ": not created: " + put.error().message, put.error().problems);
  }
}

void StandaloneHerder::CompareWithTopics() {
  for (base::StandingProblem& problem : CompareStoreWithTopics(options_.data_dir, store_.created(),
                                                               offsets_.topics_found(), offsets_.missing_topics())) {
    health_.Note(std::move(problem));
  }
}

std::vector<std::string> StandaloneHerder::Stop() {
  std::promise<std::vector<std::string>> left;
  Post("the worker", [this, &left] { left.set_value(StopAll()); });
  auto found = left.get_future().get();
  queue_.AwaitAllBack();
  return found;
}

void StandaloneHerder::Post(std::string by, std::function<void()> work) {
  queue_.Post([this, by = std::move(by), work = std::move(work)] {
    by_ = by;
    work();
  });
}

std::vector<std::string> StandaloneHerder::StopAll() {
  stopping_ = true;
  reload_.Stop();
  std::vector<std::pair<std::string, std::shared_ptr<runtime::TaskRunner>>> tasks;
  for (const auto& [name, connector] : herd_.connectors()) {
    if (connector.runner) tasks.emplace_back(name, connector.runner);
    for (const auto& task : connector.tasks) {
      if (task) tasks.emplace_back(name, task);
    }
  }
  launcher_.StopAll(tasks);
  try {
    offsets_.Flush();
  } catch (...) {
    log::Error(kLogger, "source offsets could not be written; they are recovered from the topics at the next start: " +
                            base::DescribeCurrentException());
  }
  std::vector<std::string> left = launcher_.left_behind();
  if (admission_.running() > 0) left.emplace_back("a check of a config");
  return left;
}

/// `change` to a connector that exists, on a worker that is not stopping.
template <class F>
base::Outcome<void> StandaloneHerder::Change(const std::string& name, F change) {
  if (stopping_) return Stopping();
  HerdedConnector* connector = herd_.Find(name);
  if (connector == nullptr) return NoSuchConnector(name);
  change(*connector);
  return {};
}

template <class F>
base::Outcome<void> StandaloneHerder::ChangeStopped(const std::string& name, F change) {
  base::Outcome<void> outcome;
  auto found = Change(name, [&](HerdedConnector& connector) {
    if (connector.stored.target == TargetState::kStopped) {
      outcome = change(InfoOf(connector));
    } else {
      outcome = base::Refuse(
          base::Reason::kInvalid,
          {.message = "Connectors must be in the STOPPED state before their offsets can be altered. This can be done "
                      "for the specified connector by issuing a 'PUT' request to the '/connectors/" +
                      name + "/stop' endpoint",
           .kind = "not-stopped",
           .facts = {{"connector", name}}});
    }
  });
  return found ? outcome : found;
}

base::Outcome<runtime::ConnectorInfo> StandaloneHerder::Create(const std::string& name, const RawConfig& config,
                                                               InitialState initial,
                                                               const std::vector<OffsetEntry>& offsets) {
  if (herd_.Find(name) != nullptr) return AlreadyExists(name);
  auto accepted = Accept(name, config, ToTarget(initial));
  if (!accepted) return base::PassOn(accepted);
  if (!offsets.empty()) {
    auto set = CheckAndSetOffsets(InfoOfNew(*accepted), offsets);
    if (!set) return base::PassOn(set);
  }
  return Run(*std::move(accepted), IfThere::kRefuse);
}

runtime::ConnectorInfo StandaloneHerder::InfoOfNew(const Admission::Accepted& accepted) const {
  const store::StoredConnector& stored = accepted.connector;
  const config::CommonConfig common = config::CommonConfigOf(stored.config);
  const config::ConnectorType type = config::TypeOf(*plugins_.Find(common.connector_class));
  return {.name = stored.name,
          .config = stored.config,
          .tasks = {},
          .type = type,
          .topics = config::TopicsOf(type, config::CommonConfigOf(accepted.resolved)),
          .warnings = accepted.warnings};
}

base::Outcome<runtime::ConnectorInfo> StandaloneHerder::Check(const std::string& name, const RawConfig& config,
                                                              InitialState initial) {
  if (herd_.Find(name) != nullptr) return AlreadyExists(name);
  const auto accepted = Accept(name, config, ToTarget(initial));
  if (!accepted) return base::PassOn(accepted);
  return InfoOfNew(*accepted);
}

base::Outcome<std::vector<PlannedChange>> StandaloneHerder::Apply(const std::map<std::string, RawConfig>& wanted,
                                                                  bool prune, bool dry_run) {
  if (stopping_) return Stopping();
  auto plan = PlanOf(herd_.connectors(), wanted, prune, plugins_);
  std::string complaints;
  std::vector<Problem> problems;
  std::vector<Admission::Accepted> accepted;
  // As they will be when all is done, so that two may change places.
  std::map<std::string, RawConfig> others = Answering();
  for (const PlannedChange& change : plan) {
    const bool comes = change.action == PlannedChange::Action::kCreate;
    const bool changes = change.action == PlannedChange::Action::kUpdate && others.contains(change.name);
    if (change.action == PlannedChange::Action::kDelete) others.erase(change.name);
    if (comes || changes) others[change.name] = admission_.Resolve(wanted.at(change.name)).config;
  }
  for (const PlannedChange& change : plan) {
    if (change.action == PlannedChange::Action::kNone || change.action == PlannedChange::Action::kDelete) continue;
    const HerdedConnector* found = herd_.Find(change.name);
    auto stored = Accept(change.name, wanted.at(change.name),
                         found == nullptr ? TargetState::kRunning : found->stored.target, others);
    if (stored) {
      accepted.push_back(*std::move(stored));
      continue;
    }
    complaints.append("\n").append(change.name).append(": ").append(stored.error().message);
    for (Problem& problem : stored.error().problems) {
      problem.facts["connector"] = change.name;
      problems.push_back(std::move(problem));
    }
  }
  if (!complaints.empty()) {
    return base::Refuse(base::Reason::kInvalid,
                        "Nothing was changed, since not all of the connectors can be accepted:" + complaints,
                        std::move(problems));
  }
  if (dry_run) return plan;
  // First those that go: one that comes may want what they hold, a port or a file.
  for (const PlannedChange& change : plan) {
    if (change.action == PlannedChange::Action::kDelete) Delete(change.name, false);
  }
  for (auto& stored : accepted) {
    if (auto ran = Run(std::move(stored), IfThere::kReplace); !ran) return base::PassOn(ran);
  }
  return plan;
}

base::Outcome<Herder::PutResult> StandaloneHerder::PutConfig(const std::string& name, const RawConfig& config) {
  const HerdedConnector* found = herd_.Find(name);
  auto accepted = Accept(name, config, found == nullptr ? TargetState::kRunning : found->stored.target);
  if (!accepted) return base::PassOn(accepted);
  if (found != nullptr && accepted->connector.config == found->stored.config) return PutResult{InfoOf(*found), false};
  auto info = Run(*std::move(accepted), IfThere::kReplace);
  if (!info) return base::PassOn(info);
  return PutResult{*std::move(info), found == nullptr};
}

base::Outcome<runtime::ConnectorInfo> StandaloneHerder::PatchConfig(
    const std::string& name, const std::map<std::string, std::optional<std::string>>& changes) {
  const HerdedConnector* found = herd_.Find(name);
  if (found == nullptr) return NoSuchConnector(name);
  RawConfig config = found->stored.config;
  for (const auto& [key, value] : changes) {
    if (value)
      config[key] = *value;
    else
      config.erase(key);
  }
  auto put = PutConfig(name, config);
  if (!put) return base::PassOn(put);
  return std::move(put)->info;
}

base::Outcome<void> StandaloneHerder::AlterOffsets(const std::string& name, const std::vector<OffsetEntry>& entries) {
  return ChangeStopped(name, [&](const runtime::ConnectorInfo& info) {
    auto outcome = CheckAndSetOffsets(info, entries);
    if (outcome) store_.NoteChange(Noted(name, "OFFSETS_ALTERED"));
    return outcome;
  });
}

base::Outcome<void> StandaloneHerder::CheckAndSetOffsets(const runtime::ConnectorInfo& info,
                                                         const std::vector<OffsetEntry>& given) {
  std::vector<OffsetEntry> entries = given;
  if (info.type == config::ConnectorType::kSource && config::HasVariables(info.config)) {
    const config::Resolution resolution = admission_.Resolve(info.config);
    for (OffsetEntry& entry : entries)
      entry.partition = config::WithValues(std::move(entry.partition), info.config, resolution);
  }
  if (auto checked = CheckOffsets(info, entries, offsets_); !checked) return base::PassOn(checked);
  const auto* plugin = plugins_.Find(config::CommonConfigOf(info.config).connector_class);
  if (info.type == config::ConnectorType::kSource && plugin != nullptr) {
    if (auto checked = admission_.CheckOffsets(*plugin, info, entries); !checked) return base::PassOn(checked);
  }
  return SetOffsets(info, entries, offsets_, store_, broker_);
}

base::Outcome<void> StandaloneHerder::ResetOffsets(const std::string& name) {
  return ChangeStopped(name, [&](const runtime::ConnectorInfo& info) {
    auto outcome = ForgetOffsets(info, offsets_, store_, broker_);
    if (outcome) store_.NoteChange(Noted(name, "OFFSETS_RESET"));
    return outcome;
  });
}

base::Outcome<void> StandaloneHerder::ResetActiveTopics(const std::string& name) {
  if (stopping_) return Stopping();
  active_topics_.Forget(name);
  return {};
}

base::Outcome<void> StandaloneHerder::Delete(const std::string& name, bool with_offsets) {
  return Change(name, [&](HerdedConnector& connector) {
    StopTasks(connector);
    store_.DeleteConnector(name, Noted(name, "DELETED", ChangesBetween(connector.stored.config, {}, plugins_)));
    active_topics_.Forget(name);
    if (with_offsets) ForgetOffsets(InfoOf(connector), offsets_, store_, broker_);
    tell_(name, -1, "DELETED", "");
    quarantine_.Release(name);
    herd_.Erase(name);
  });
}

base::Outcome<runtime::ConnectorStatus> StandaloneHerder::Restart(const std::string& name, bool include_tasks,
                                                                  bool only_failed) {
  std::optional<runtime::ConnectorStatus> status;
  auto outcome = Change(name, [&](HerdedConnector& connector) {
    store_.NoteChange(Noted(name, "RESTARTED"));
    status = StatusOf(connector, herd_.worker_id());
    const bool restarts = connector.stored.target != TargetState::kStopped;
    if (connector.state == runtime::State::kFailed || connector.held) {
      status->state = runtime::State::kRestarting;
      NoteRestart(name, -1);
      StartTasks(connector);
    } else if (restarts && (!only_failed || StateOf(connector) == runtime::State::kFailed)) {
      status->state = runtime::State::kRestarting;
      NoteRestart(name, -1);
      RestartRunner(connector);
    }
    if (!include_tasks || !restarts) return;
    for (runtime::TaskStatus& task : status->tasks) {
      if (only_failed && task.state != runtime::State::kFailed) continue;
      task.state = runtime::State::kRestarting;
      ReplaceTask(connector, static_cast<std::size_t>(task.id));
    }
  });
  if (!outcome) return base::PassOn(outcome);
  return std::move(*status);
}

base::Outcome<void> StandaloneHerder::RestartTask(const std::string& name, int task) {
  bool known = false;
  auto outcome = Change(name, [&](HerdedConnector& connector) {
    known = task >= 0 && static_cast<std::size_t>(task) < connector.tasks.size();
    if (!known) return;
    ReplaceTask(connector, static_cast<std::size_t>(task));
    store_.NoteChange(Noted(name, "RESTARTED"));
  });
  if (outcome && !known)
    return base::Refuse(base::Reason::kNotFound, {.message = "Unknown task: " + name + "-" + std::to_string(task),
                                                  .kind = "no-such-task",
                                                  .facts = {{"connector", name}, {"task", std::int64_t{task}}}});
  return outcome;
}

store::StoredChange StandaloneHerder::Noted(const std::string& name, std::string action,
                                            const ConfigChanges& changes) const {
  return ToStored(name, by_, std::move(action), changes);
}

base::Outcome<void> StandaloneHerder::DeleteTopic(const std::string& topic) {
  if (stopping_) return Stopping();
  return RemoveTopic(topic, *herd_.Views(), broker_, offsets_, store_);
}

base::Outcome<Admission::Accepted> StandaloneHerder::Accept(const std::string& name, const RawConfig& config,
                                                            TargetState target) {
  return Accept(name, config, target, Answering());
}

base::Outcome<Admission::Accepted> StandaloneHerder::Accept(const std::string& name, const RawConfig& config,
                                                            TargetState target,
                                                            const std::map<std::string, RawConfig>& others) {
  if (stopping_) return Stopping();
  auto accepted = admission_.Accept(name, config, target);
  if (!accepted) return accepted;
  const store::StoredConnector& stored = accepted->connector;
  const auto* plugin = plugins_.Find(config::CommonConfigOf(stored.config).connector_class);
  WarnOfCircle(*plugin, *accepted, others);
  if (target == TargetState::kStopped) return accepted;
  // Two that an earlier release let have one place: each can still be changed, and be moved away.
  const HerdedConnector* found = herd_.Find(name);
  if (found != nullptr && found->plugin == plugin && IsSamePlace(*plugin, ResolvedConfigOf(*found), accepted->resolved))
    return accepted;
  if (auto taken = TakenPlace(plugins_, *plugin, name, accepted->resolved, others))
    return base::Refused(config::ComplaintOf({accepted->secrets.Hidden(std::move(*taken))}));
  return accepted;
}

void StandaloneHerder::WarnOfCircle(const plugins::PluginClass& plugin, Admission::Accepted& accepted,
                                    const std::map<std::string, RawConfig>& others) const {
  const std::string& name = accepted.connector.name;
  const auto flow = FlowOf(name, plugin, accepted.resolved);
  if (!flow) return;
  std::vector<TopicFlow> flows;
  for (const auto& [other, config] : others) {
    const auto* theirs = plugins_.Find(config::CommonConfigOf(config).connector_class);
    auto each = theirs == nullptr ? std::nullopt : FlowOf(other, *theirs, config);
    if (each) flows.push_back(*std::move(each));
  }
  auto warning = CircleOf(*flow, flows);
  if (!warning) return;
  warning->message = accepted.secrets.Hidden(warning->message);
  const log::OnBehalf owner(name);
  log::Warn(kLogger, name + ": " + warning->field + " " + warning->message);
  accepted.warnings.push_back(*std::move(warning));
}

std::map<std::string, RawConfig> StandaloneHerder::Answering() const {
  std::map<std::string, RawConfig> answering = coming_;
  for (const auto& [name, connector] : herd_.connectors()) {
    if (connector.stored.target != TargetState::kStopped) answering.emplace(name, ResolvedConfigOf(connector));
  }
  return answering;
}

base::Outcome<runtime::ConnectorInfo> StandaloneHerder::Run(Admission::Accepted accepted, IfThere /*if_there*/) {
  store::StoredConnector& stored = accepted.connector;
  HerdedConnector* found = herd_.Find(stored.name);
  const std::string action = found == nullptr ? "CREATED" : "CHANGED";
  const auto changes = ChangesBetween(found == nullptr ? RawConfig{} : found->stored.config, stored.config, plugins_);
  store_.PutConnector(stored, Noted(stored.name, action, changes));
  tell_(stored.name, -1, action, "");
  const auto* plugin = plugins_.Find(config::CommonConfigOf(stored.config).connector_class);
  const bool is_resolved = config::HasVariables(stored.config);
  // What stands behind variables may be another thing now, whatever the text says.
  const bool goes_on = found != nullptr && found->runner && found->plugin == plugin && !is_resolved &&
                       !config::HasVariables(found->stored.config);
  if (found != nullptr && !goes_on) StopTasks(*found);
  HerdedConnector& connector = goes_on ? *found : herd_.Put(stored);
  if (goes_on) {
    ShareAnew(connector, std::move(stored));
  } else {
    StartTasks(connector);
    AwaitSplit(connector);
  }
  if (is_resolved) herd_.Change([&] { connector.resolved = std::move(accepted.resolved); });
  runtime::ConnectorInfo info = InfoOf(connector);
  info.warnings = std::move(accepted.warnings);
  return info;
}

base::Outcome<void> StandaloneHerder::SetTarget(const std::string& name, TargetState target) {
  return Change(name, [&](HerdedConnector& connector) {
    const TargetState before = connector.stored.target;
    if (connector.held && target == TargetState::kRunning && target == before) {
      StartTasks(connector);
      return;
    }
    if (target == before) return;
    tell_(name, -1, ToText(StateFor(target)), "");
    store::StoredConnector stored = connector.stored;
    stored.target = target;
    store_.PutConnector(stored, Noted(name, std::string(ToText(StateFor(target)))));
    herd_.Change([&] { connector.stored.target = target; });
    if (connector.held && target == TargetState::kPaused) return;
    if (target == TargetState::kStopped) StopTasks(connector);
    if (target == TargetState::kStopped || before == TargetState::kStopped || connector.held) {
      StartTasks(connector);
      return;
    }
    for (const auto& task : connector.tasks) task->SetPaused(target == TargetState::kPaused);
    herd_.Change([&] {
      if (connector.state != runtime::State::kFailed) connector.state = StateFor(target);
    });
  });
}

void StandaloneHerder::StartTasks(HerdedConnector& connector) {
  quarantine_.Release(connector.stored.name);
  const std::string connector_class = config::CommonConfigOf(connector.stored.config).connector_class;
  const auto* plugin = plugins_.Find(connector_class);
  std::optional<Problem> unknown;
  if (plugin == nullptr) unknown = admission_.UnknownClass(connector_class);
  connector_starts_.attempts.Add();
  (plugin == nullptr ? connector_starts_.failed : connector_starts_.succeeded).Add();
  herd_.Change([&] {
    connector.held = false;
    connector.plugin = plugin;
    connector.state = plugin != nullptr ? StateFor(connector.stored.target) : runtime::State::kFailed;
    connector.trace = unknown ? unknown->message : "";
    connector.problems.clear();
    if (unknown) connector.problems.push_back(*unknown);
  });
  if (plugin == nullptr || connector.stored.target == TargetState::kStopped) return;
  if (plugin->splits)
    StartRunner(connector);
  else
    Share(connector, {runtime::TaskShare{}});
}

void StandaloneHerder::Hold(HerdedConnector& connector) {
  const auto* plugin = plugins_.Find(config::CommonConfigOf(connector.stored.config).connector_class);
  // One that is to be stopped has no tasks anyway.
  if (plugin == nullptr || connector.stored.target == TargetState::kStopped) return StartTasks(connector);
  herd_.Change([&] {
    connector.held = true;
    connector.plugin = plugin;
    connector.state = runtime::State::kUnassigned;
    connector.trace =
        "The worker was started with --safe: this connector waits until it is resumed, restarted or changed";
  });
}

void StandaloneHerder::NoteRestart(const std::string& connector, int task, const std::string& by) {
  tell_(connector, task, ToText(runtime::State::kRestarting), by);
}

void StandaloneHerder::StopTasks(HerdedConnector& connector) {
  runtime::TaskLauncher::Tasks all = connector.tasks;
  std::erase(all, nullptr);
  if (connector.runner) all.push_back(connector.runner);
  launcher_.Stop(connector.stored.name, all);
  reload_.Forget(connector.stored.name);
  herd_.Change([&] {
    connector.runner.reset();
    connector.tasks.clear();
    connector.shares.clear();
    connector.begun_with.clear();
    connector.restarts.clear();
  });
}

void StandaloneHerder::ReplaceTask(HerdedConnector& connector, std::size_t index, const std::string& by) {
  launcher_.Stop(connector.stored.name, {connector.tasks[index]});
  NoteRestart(connector.stored.name, static_cast<int>(index), by);
  auto task = launcher_.Start(connector.stored, *connector.plugin, static_cast<int>(index), connector.shares[index]);
  herd_.Change([&] {
    connector.tasks[index] = std::move(task);
    if (by.empty())
      connector.restarts.erase(index);
    else
      connector.restarts[index].NoteBegun(std::chrono::steady_clock::now());
  });
}

std::unique_ptr<WorkerHerder> MakeHerder(HerderOptions options, plugins::PluginRegistry& plugins, store::Store& store,
                                         broker::Broker& broker, EventListener tell) {
  if (options.cluster)
    return std::make_unique<DistributedHerder>(std::move(options), plugins, store, broker, std::move(tell));
  return std::make_unique<StandaloneHerder>(std::move(options), plugins, store, broker, std::move(tell));
}

}  // namespace framespool::herder
