#include <utility>

#include "connector_config.h"
#include "connector_offsets.h"
#include "standalone_herder.h"
#include "topic_removal.h"

// What changes connectors: all of it on the herder's thread.
namespace framespool::worker {

namespace {

using store::TargetState;

TargetState ToTarget(InitialState initial) {
  switch (initial) {
    case InitialState::kRunning: return TargetState::kRunning;
    case InitialState::kPaused: return TargetState::kPaused;
    case InitialState::kStopped: return TargetState::kStopped;
  }
  return TargetState::kRunning;
}

State StateFor(TargetState target) {
  switch (target) {
    case TargetState::kRunning: return State::kRunning;
    case TargetState::kPaused: return State::kPaused;
    case TargetState::kStopped: return State::kStopped;
  }
  return State::kRunning;
}

}  // namespace

/// `change` to a connector that exists, on a worker that is not stopping.
template <class F>
Outcome<Done> StandaloneHerder::Change(const std::string& name, F change) {
  if (stopping_) return Refusal{503, "This worker is stopping"};
  HerdedConnector* connector = herd_.Find(name);
  if (connector == nullptr) return NoSuchConnector(name);
  change(*connector);
  return Done{};
}

template <class F>
Outcome<Done> StandaloneHerder::ChangeStopped(const std::string& name, F change) {
  Outcome<Done> outcome = Done{};
  auto found = Change(name, [&](HerdedConnector& connector) {
    if (connector.stored.target == TargetState::kStopped) {
      outcome = change(InfoOf(connector));
    } else {
      outcome = Refusal{400, "Connectors must be in the STOPPED state before their offsets can be altered. This can be done "
                             "for the specified connector by issuing a 'PUT' request to the '/connectors/" + name + "/stop' endpoint"};
    }
  });
  return std::holds_alternative<Refusal>(found) ? found : outcome;
}

Outcome<ConnectorInfo> StandaloneHerder::Create(const std::string& name, const RawConfig& config, InitialState initial) {
  if (herd_.Find(name) != nullptr) return Refusal{409, "Connector " + name + " already exists"};
  auto stored = Accept(name, config, ToTarget(initial));
  if (auto* refusal = std::get_if<Refusal>(&stored)) return std::move(*refusal);
  return Run(std::get<store::StoredConnector>(std::move(stored)));
}

Outcome<Herder::PutResult> StandaloneHerder::PutConfig(const std::string& name, const RawConfig& config) {
  const HerdedConnector* found = herd_.Find(name);
  auto stored = Accept(name, config, found == nullptr ? TargetState::kRunning : found->stored.target);
  if (auto* refusal = std::get_if<Refusal>(&stored)) return std::move(*refusal);
  auto& connector = std::get<store::StoredConnector>(stored);
  if (found != nullptr && connector.config == found->stored.config) return PutResult{InfoOf(*found), false};
  auto info = Run(std::move(connector));
  if (auto* refusal = std::get_if<Refusal>(&info)) return std::move(*refusal);
  return PutResult{std::get<ConnectorInfo>(std::move(info)), found == nullptr};
}

Outcome<ConnectorInfo> StandaloneHerder::PatchConfig(const std::string& name,
                                                     const std::map<std::string, std::optional<std::string>>& changes) {
  const HerdedConnector* found = herd_.Find(name);
  if (found == nullptr) return NoSuchConnector(name);
  RawConfig config = found->stored.config;
  for (const auto& [key, value] : changes) {
    if (value) config[key] = *value;
    else config.erase(key);
  }
  auto put = PutConfig(name, config);
  if (auto* refusal = std::get_if<Refusal>(&put)) return std::move(*refusal);
  return std::get<PutResult>(std::move(put)).info;
}

Outcome<Done> StandaloneHerder::AlterOffsets(const std::string& name, const std::vector<OffsetEntry>& entries) {
  return ChangeStopped(name, [&](const ConnectorInfo& info) { return SetOffsets(info, entries, offsets_, store_); });
}

Outcome<Done> StandaloneHerder::ResetOffsets(const std::string& name) {
  return ChangeStopped(name, [&](const ConnectorInfo& info) {
    auto entries = OffsetsOf(info, offsets_, store_);
    for (OffsetEntry& entry : entries) entry.offset.reset();
    return SetOffsets(info, entries, offsets_, store_);
  });
}

Outcome<Done> StandaloneHerder::Delete(const std::string& name) {
  return Change(name, [&](HerdedConnector& connector) {
    StopTasks(connector);
    store_.DeleteConnector(name);
    inspector_.events().Add(name, -1, "DELETED");
    herd_.Erase(name);
  });
}

Outcome<ConnectorStatus> StandaloneHerder::Restart(const std::string& name, bool include_tasks, bool only_failed) {
  std::optional<ConnectorStatus> status;
  auto outcome = Change(name, [&](HerdedConnector& connector) {
    status = StatusOf(connector, herd_.worker_id());
    const bool restarts = connector.stored.target != TargetState::kStopped;
    if (connector.state == State::kFailed) {
      status->state = State::kRestarting;
      NoteRestart(name, -1);
      StartTasks(connector);  // a connector that failed has no tasks
    } else if (!only_failed && restarts) {
      status->state = State::kRestarting;
      NoteRestart(name, -1);
    }
    if (!include_tasks || !restarts) return;
    for (TaskStatus& task : status->tasks) {
      if (only_failed && task.state != State::kFailed) continue;
      task.state = State::kRestarting;
      task.trace.clear();
      ReplaceTask(connector, static_cast<std::size_t>(task.id));
    }
  });
  if (auto* refusal = std::get_if<Refusal>(&outcome)) return std::move(*refusal);
  return std::move(*status);
}

Outcome<Done> StandaloneHerder::RestartTask(const std::string& name, int task) {
  bool known = false;
  auto outcome = Change(name, [&](HerdedConnector& connector) {
    known = task >= 0 && static_cast<std::size_t>(task) < connector.tasks.size();
    if (known) ReplaceTask(connector, static_cast<std::size_t>(task));
  });
  if (std::holds_alternative<Done>(outcome) && !known) return Refusal{404, "Unknown task: " + name + "-" + std::to_string(task)};
  return outcome;
}

Outcome<Done> StandaloneHerder::DeleteTopic(const std::string& topic) {
  if (stopping_) return Refusal{503, "This worker is stopping"};
  return RemoveTopic(topic, herd_.Infos(), broker_, offsets_, store_);
}

Outcome<store::StoredConnector> StandaloneHerder::Accept(const std::string& name, const RawConfig& config, TargetState target) {
  if (stopping_) return Refusal{503, "This worker is stopping"};
  return admission_.Accept(name, config, target);
}

Outcome<ConnectorInfo> StandaloneHerder::Run(store::StoredConnector stored) {
  store_.PutConnector(stored);
  HerdedConnector* found = herd_.Find(stored.name);
  inspector_.events().Add(stored.name, -1, found == nullptr ? "CREATED" : "CHANGED");
  if (found != nullptr) StopTasks(*found);
  HerdedConnector& connector = herd_.Put(std::move(stored));
  StartTasks(connector);
  return InfoOf(connector);
}

Outcome<Done> StandaloneHerder::SetTarget(const std::string& name, TargetState target) {
  return Change(name, [&](HerdedConnector& connector) {
    const TargetState before = connector.stored.target;
    if (target == before) return;
    inspector_.events().Add(name, -1, ToText(StateFor(target)));
    store::StoredConnector stored = connector.stored;
    stored.target = target;
    store_.PutConnector(stored);
    herd_.Change([&] { connector.stored.target = target; });
    if (target == TargetState::kStopped) StopTasks(connector);
    if (target == TargetState::kStopped || before == TargetState::kStopped) {
      StartTasks(connector);
      return;
    }
    for (const auto& task : connector.tasks) task->SetPaused(target == TargetState::kPaused);
    herd_.Change([&] {
      if (connector.state != State::kFailed) connector.state = StateFor(target);
    });
  });
}

void StandaloneHerder::StartTasks(HerdedConnector& connector) {
  const RawConfig& config = connector.stored.config;
  const auto connector_class = config.find("connector.class");
  const auto* plugin = connector_class == config.end() ? nullptr : plugins_.Find(connector_class->second);
  TaskLauncher::Tasks tasks;
  if (plugin != nullptr && connector.stored.target != TargetState::kStopped) tasks.push_back(launcher_.Start(connector.stored, *plugin, 0));
  herd_.Change([&] {
    connector.plugin = plugin;
    connector.state = plugin != nullptr ? StateFor(connector.stored.target) : State::kFailed;
    connector.trace = plugin != nullptr ? "" : admission_.UnknownClass(connector_class == config.end() ? "" : connector_class->second);
    connector.tasks = std::move(tasks);
  });
}

void StandaloneHerder::NoteRestart(const std::string& connector, int task) {
  inspector_.events().Add(connector, task, ToText(State::kRestarting));
}

void StandaloneHerder::StopTasks(HerdedConnector& connector) {
  launcher_.Stop(connector.stored.name, connector.tasks);
  herd_.Change([&] { connector.tasks.clear(); });
}

void StandaloneHerder::ReplaceTask(HerdedConnector& connector, std::size_t index) {
  launcher_.Stop(connector.stored.name, {connector.tasks[index]});
  NoteRestart(connector.stored.name, static_cast<int>(index));
  auto task = launcher_.Start(connector.stored, *connector.plugin, static_cast<int>(index));
  herd_.Change([&] { connector.tasks[index] = std::move(task); });
}

}  // namespace framespool::worker
