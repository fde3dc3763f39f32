#include "worker/worker_herder.h"

#include <atomic>
#include <future>
#include <mutex>
#include <utility>

#include <log/log.h>

#include "connector_config.h"
#include "connector_offsets.h"
#include "herded_connector.h"
#include "inspector.h"
#include "plugin_check.h"
#include "sink_runner.h"
#include "source_offsets.h"
#include "source_runner.h"
#include "work_queue.h"

namespace framespool::worker {

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

State StateFor(TargetState target) {
  switch (target) {
    case TargetState::kRunning: return State::kRunning;
    case TargetState::kPaused: return State::kPaused;
    case TargetState::kStopped: return State::kStopped;
  }
  return State::kRunning;
}

Refusal NotFound(const std::string& name) { return {404, "Connector " + name + " not found"}; }

class StandaloneHerder final : public WorkerHerder {
 public:
  StandaloneHerder(HerderOptions options, plugins::PluginRegistry& plugins, store::Store& store, broker::Broker& broker)
      : options_(std::move(options)),
        plugins_(plugins),
        store_(store),
        broker_(broker),
        offsets_(store, broker, options_.offset_flush_interval),
        inspector_(broker, [this] { return All(InfoOf); },
                   [this] { return All([this](const HerdedConnector& c) { return StatusOf(c, worker_id_); }); }),
        queue_("herder") {}

  void Start(std::string worker_id, std::vector<NamedConfig> connectors) override {
    {
      std::lock_guard lock(mutex_);
      worker_id_ = std::move(worker_id);
    }
    Post([this, connectors = std::move(connectors)] {
      for (auto& stored : store_.Connectors()) Restore(std::move(stored));
      for (const NamedConfig& named : connectors) {
        const auto put = PutConfig(named.name, named.config);
        if (const auto* refusal = std::get_if<Refusal>(&put)) log::Error(kLogger, named.name + ": not created: " + refusal->message);
      }
      started_ = true;
    });
  }

  std::vector<std::string> Stop() override {
    std::promise<std::vector<std::string>> left;
    Post([this, &left] { left.set_value(StopAll()); });
    return left.get_future().get();
  }

  void Post(std::function<void()> work) override { queue_.Post(std::move(work)); }

  WorkerInfo Info() const override {
    std::lock_guard lock(mutex_);
    return {options_.version, options_.commit, broker_.ClusterId(), worker_id_};
  }

  Health GetHealth() const override {
    if (stopping_) return {Health::Status::kUnhealthy, "Worker is stopping."};
    if (!started_) return {Health::Status::kStarting, "Worker is still starting up."};
    // The worker serves and waits: that is no reason to restart it.
    if (const auto health = broker_.GetHealth(); !health.reachable) return {Health::Status::kHealthy, health.message};
    return {Health::Status::kHealthy, "Worker has completed startup and is ready to handle requests."};
  }

  std::vector<std::string> Connectors() const override {
    std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, connector] : connectors_) names.push_back(name);
    return names;
  }

  std::optional<ConnectorInfo> Connector(const std::string& name) const override {
    std::lock_guard lock(mutex_);
    const auto found = connectors_.find(name);
    return found == connectors_.end() ? std::nullopt : std::optional(InfoOf(found->second));
  }

  std::optional<ConnectorStatus> Status(const std::string& name) const override {
    std::lock_guard lock(mutex_);
    const auto found = connectors_.find(name);
    return found == connectors_.end() ? std::nullopt : std::optional(StatusOf(found->second, worker_id_));
  }

  std::vector<PluginInfo> Plugins() const override {
    std::vector<PluginInfo> plugins;
    for (const auto* plugin : plugins_.Classes()) plugins.push_back({plugin->class_name, TypeOf(*plugin), plugin->version});
    return plugins;
  }

  Outcome<std::vector<ConfigReport::Key>> PluginConfig(const std::string& name) const override {
    const auto* plugin = plugins_.Find(name);
    if (plugin == nullptr) return Refusal{404, UnknownClass(name)};
    return KeysOf(*plugin);
  }

  Outcome<ConfigReport> Validate(const std::string& name, const RawConfig& config) const override {
    const auto* plugin = plugins_.Find(name);
    if (plugin == nullptr) return Refusal{404, UnknownClass(name)};
    return CheckKeys(*plugin, config);
  }

  WorkerReport Report() const override {
    WorkerReport report = inspector_.Report();
    report.data_dir = options_.data_dir;
    report.broker = options_.broker;
    report.sample_video = options_.sample_video;
    report.plugins_refused = plugins_.refusals();
    return report;
  }
  MetricsReport Metrics(Resolution resolution, const std::string& connector) const override {
    return inspector_.Metrics(resolution, connector);
  }
  std::vector<Event> Events(std::uint64_t after) const override { return inspector_.events().After(after); }

  void PostInspection(std::function<void()> work) override { inspector_.Post(std::move(work)); }
  std::vector<TopicReport> Topics() override { return inspector_.Topics(); }
  Outcome<TopicReport> Topic(const std::string& name) override { return inspector_.Topic(name); }
  Outcome<std::vector<OffsetEntry>> Offsets(const std::string& name) override {
    const auto info = Connector(name);
    if (!info) return NotFound(name);
    return OffsetsOf(*info, offsets_, store_);
  }

  Outcome<ConnectorInfo> Create(const std::string& name, const RawConfig& config, InitialState initial) override {
    if (connectors_.contains(name)) return Refusal{409, "Connector " + name + " already exists"};
    auto stored = Accept(name, config, ToTarget(initial));
    if (auto* refusal = std::get_if<Refusal>(&stored)) return std::move(*refusal);
    return Run(std::get<store::StoredConnector>(std::move(stored)));
  }

  Outcome<PutResult> PutConfig(const std::string& name, const RawConfig& config) override {
    const auto found = connectors_.find(name);
    const bool created = found == connectors_.end();
    auto stored = Accept(name, config, created ? TargetState::kRunning : found->second.stored.target);
    if (auto* refusal = std::get_if<Refusal>(&stored)) return std::move(*refusal);
    auto& connector = std::get<store::StoredConnector>(stored);
    if (!created && connector.config == found->second.stored.config) return PutResult{InfoOf(found->second), false};
    auto info = Run(std::move(connector));
    if (auto* refusal = std::get_if<Refusal>(&info)) return std::move(*refusal);
    return PutResult{std::get<ConnectorInfo>(std::move(info)), created};
  }

  Outcome<ConnectorInfo> PatchConfig(const std::string& name,
                                     const std::map<std::string, std::optional<std::string>>& changes) override {
    const auto found = connectors_.find(name);
    if (found == connectors_.end()) return NotFound(name);
    RawConfig config = found->second.stored.config;
    for (const auto& [key, value] : changes) {
      if (value) config[key] = *value;
      else config.erase(key);
    }
    auto put = PutConfig(name, config);
    if (auto* refusal = std::get_if<Refusal>(&put)) return std::move(*refusal);
    return std::get<PutResult>(std::move(put)).info;
  }

  Outcome<Done> AlterOffsets(const std::string& name, const std::vector<OffsetEntry>& entries) override {
    return ChangeStopped(name, [&](const ConnectorInfo& info) { return SetOffsets(info, entries, offsets_, store_); });
  }

  Outcome<Done> ResetOffsets(const std::string& name) override {
    return ChangeStopped(name, [&](const ConnectorInfo& info) {
      auto entries = OffsetsOf(info, offsets_, store_);
      for (OffsetEntry& entry : entries) entry.offset.reset();
      return SetOffsets(info, entries, offsets_, store_);
    });
  }

  Outcome<Done> Delete(const std::string& name) override {
    return Change(name, [&](HerdedConnector& connector) {
      StopTasksOf(connector);
      store_.DeleteConnector(name);
      inspector_.events().Add(name, -1, "DELETED");
      std::lock_guard lock(mutex_);
      connectors_.erase(name);
    });
  }

  Outcome<Done> Pause(const std::string& name) override { return SetTarget(name, TargetState::kPaused); }
  Outcome<Done> Resume(const std::string& name) override { return SetTarget(name, TargetState::kRunning); }
  Outcome<Done> StopConnector(const std::string& name) override { return SetTarget(name, TargetState::kStopped); }

  Outcome<ConnectorStatus> Restart(const std::string& name, bool include_tasks, bool only_failed) override {
    std::optional<ConnectorStatus> status;
    auto outcome = Change(name, [&](HerdedConnector& connector) {
      status = StatusOf(connector, worker_id_);
      const bool restarts = connector.stored.target != TargetState::kStopped;
      if (connector.state == State::kFailed) {
        status->state = State::kRestarting;
        StartTasks(connector);  // a connector that failed has no tasks
      } else if (!only_failed && restarts) {
        status->state = State::kRestarting;
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

  Outcome<Done> RestartTask(const std::string& name, int task) override {
    bool known = false;
    auto outcome = Change(name, [&](HerdedConnector& connector) {
      known = task >= 0 && static_cast<std::size_t>(task) < connector.tasks.size();
      if (known) ReplaceTask(connector, static_cast<std::size_t>(task));
    });
    if (std::holds_alternative<Done>(outcome) && !known) return Refusal{404, "Unknown task: " + name + "-" + std::to_string(task)};
    return outcome;
  }

 private:
  // Everything below runs on the herder's thread: it alone changes connectors_, under the lock that readers take, and
  // needs no lock to read.

  std::string UnknownClass(const std::string& name) const {
    std::string known;
    for (const auto* plugin : plugins_.Classes()) known += (known.empty() ? "" : ", ") + plugin->class_name;
    std::string message = "Failed to find any class that implements Connector and which name matches " + name +
                          ", available connectors are: " + (known.empty() ? "none; check plugin.path" : known);
    for (const std::string& refusal : plugins_.refusals()) message += "\n" + refusal;
    return message;
  }

  /// The connector to be stored, or why not.
  Outcome<store::StoredConnector> Accept(const std::string& name, const RawConfig& config, TargetState target) {
    if (stopping_) return Refusal{503, "This worker is stopping"};
    if (auto problem = NameProblem(name)) return Refusal{400, *problem};
    RawConfig named = config;
    named["name"] = name;
    const auto connector_class = config.find("connector.class");
    if (connector_class == config.end() || connector_class->second.empty()) {
      return Refusal{400, "Connector config {" + name + "} contains no connector type; set connector.class, see GET /connector-plugins"};
    }
    const auto* plugin = plugins_.Find(connector_class->second);
    if (plugin == nullptr) return Refusal{400, UnknownClass(connector_class->second)};
    ConfigReport report = CheckKeys(*plugin, named);
    if (auto complaint = Complaint(report)) return Refusal{400, *complaint};
    if (const auto errors = broker_.CheckConnector(named); !errors.empty()) return Refusal{400, ComplaintOf(errors)};
    // One that is to stay stopped may name a file or a port that is not there yet.
    if (target != TargetState::kStopped) {
      auto checked = CheckWithPlugin(plugins_, *plugin, name, named, std::move(report), options_.check_timeout);
      if (auto* refusal = std::get_if<Refusal>(&checked)) return std::move(*refusal);
      if (auto complaint = Complaint(std::get<ConfigReport>(checked))) return Refusal{400, *complaint};
    }
    WarnOfUnknownKeys(*plugin, named);
    return store::StoredConnector{name, std::move(named), target};
  }

  void WarnOfUnknownKeys(const plugins::PluginClass& plugin, const RawConfig& config) const {
    std::vector<std::string> known;
    for (const auto& key : KeysOf(plugin)) known.push_back(key.spec.name);
    for (const auto& [key, value] : config) {
      if (std::find(known.begin(), known.end(), key) != known.end()) continue;
      if (key.starts_with("topic.creation.") || key.find(".override.") != std::string::npos) continue;
      const std::string nearest = Nearest(key, known);
      log::Warn(kLogger, config.at("name") + ": unknown key " + key + (nearest.empty() ? "" : ", did you mean " + nearest + "?"));
    }
  }

  template <class F>
  std::vector<std::invoke_result_t<F, const HerdedConnector&>> All(F of) const {
    std::lock_guard lock(mutex_);
    std::vector<std::invoke_result_t<F, const HerdedConnector&>> all;
    for (const auto& [name, connector] : connectors_) all.push_back(of(connector));
    return all;
  }

  template <class F>
  Outcome<Done> ChangeStopped(const std::string& name, F change) {
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

  /// Stores the connector, in place of one of its name, and starts its tasks.
  Outcome<ConnectorInfo> Run(store::StoredConnector stored) {
    const std::string name = stored.name;
    store_.PutConnector(stored);
    const auto found = connectors_.find(name);
    inspector_.events().Add(name, -1, found == connectors_.end() ? "CREATED" : "CHANGED");
    if (found != connectors_.end()) StopTasksOf(found->second);
    Restore(std::move(stored));
    return InfoOf(connectors_.at(name));
  }

  /// Brings a stored connector to its target state.
  void Restore(store::StoredConnector stored) {
    const std::string name = stored.name;
    {
      std::lock_guard lock(mutex_);
      HerdedConnector connector;
      connector.stored = std::move(stored);
      connectors_.insert_or_assign(name, std::move(connector));
    }
    StartTasks(connectors_.at(name));
  }

  void StartTasks(HerdedConnector& connector) {
    const RawConfig& config = connector.stored.config;
    const auto connector_class = config.find("connector.class");
    const auto* plugin = connector_class == config.end() ? nullptr : plugins_.Find(connector_class->second);
    std::vector<std::shared_ptr<TaskRunner>> tasks;
    if (plugin && connector.stored.target != TargetState::kStopped) {
      tasks.push_back(MakeTask(connector.stored, *plugin, 0));
    }
    std::lock_guard lock(mutex_);
    connector.plugin = plugin;
    connector.state = plugin ? StateFor(connector.stored.target) : State::kFailed;
    connector.trace = plugin ? "" : UnknownClass(connector_class == config.end() ? "" : connector_class->second);
    connector.tasks = std::move(tasks);
  }

  std::shared_ptr<TaskRunner> MakeTask(const store::StoredConnector& stored, const plugins::PluginClass& plugin, int task) {
    TaskIdentity identity{.connector = stored.name, .task = task, .connector_class = plugin.class_name};
    auto listener = [this, name = stored.name, task](State state, const std::string& trace) {
      store_.NoteStatus(name, task, std::string(ToText(state)), trace);
      inspector_.events().Add(name, task, ToText(state), trace.substr(0, trace.find('\n')));
    };
    auto open = [this, &plugin]() -> const ConnectorEntry& { return plugins_.Open(plugin); };
    std::shared_ptr<TaskRunner> runner;
    if (TypeOf(plugin) == ConnectorType::kSource) {
      runner = std::make_shared<SourceRunner>(std::move(identity), std::move(listener), stored.config, std::move(open),
                                              broker_, offsets_);
    } else {
      runner = std::make_shared<SinkRunner>(std::move(identity), std::move(listener), stored.config, std::move(open),
                                            broker_, store_, options_.offset_flush_interval);
    }
    const auto abandoned = abandoned_.find(stored.name);
    runner->Start(stored.target == TargetState::kPaused,
                  abandoned == abandoned_.end() ? std::vector<std::shared_ptr<TaskRunner>>{} : abandoned->second);
    return runner;
  }

  void StopTasksOf(HerdedConnector& connector) {
    Abandon(connector.stored.name, StopTasks(connector.tasks, std::chrono::steady_clock::now() + options_.shutdown_timeout));
    std::lock_guard lock(mutex_);
    connector.tasks.clear();
  }

  void ReplaceTask(HerdedConnector& connector, std::size_t index) {
    Abandon(connector.stored.name,
            StopTasks({connector.tasks[index]}, std::chrono::steady_clock::now() + options_.shutdown_timeout));
    auto task = MakeTask(connector.stored, *connector.plugin, static_cast<int>(index));
    std::lock_guard lock(mutex_);
    connector.tasks[index] = std::move(task);
  }

  void Abandon(const std::string& connector, const std::vector<std::shared_ptr<TaskRunner>>& left) {
    for (const auto& task : left) {
      task->Abandon();
      abandoned_[connector].push_back(task);
      log::Error(kLogger, connector + ": a task did not stop within task.shutdown.graceful.timeout.ms (" +
                              std::to_string(options_.shutdown_timeout.count()) + " ms) and is left behind in its plugin");
    }
  }

  /// `change` to a connector that exists, on a worker that is not stopping.
  template <class F>
  Outcome<Done> Change(const std::string& name, F change) {
    if (stopping_) return Refusal{503, "This worker is stopping"};
    const auto found = connectors_.find(name);
    if (found == connectors_.end()) return NotFound(name);
    change(found->second);
    return Done{};
  }

  Outcome<Done> SetTarget(const std::string& name, TargetState target) {
    return Change(name, [&](HerdedConnector& connector) {
      const TargetState before = connector.stored.target;
      if (target == before) return;
      inspector_.events().Add(name, -1, ToText(StateFor(target)));
      store::StoredConnector stored = connector.stored;
      stored.target = target;
      store_.PutConnector(stored);
      {
        std::lock_guard lock(mutex_);
        connector.stored.target = target;
      }
      if (target == TargetState::kStopped) StopTasksOf(connector);
      if (target == TargetState::kStopped || before == TargetState::kStopped) {
        StartTasks(connector);
        return;
      }
      for (const auto& task : connector.tasks) task->SetPaused(target == TargetState::kPaused);
      std::lock_guard lock(mutex_);
      if (connector.state != State::kFailed) connector.state = StateFor(target);
    });
  }

  std::vector<std::string> StopAll() {
    stopping_ = true;
    std::vector<std::pair<std::string, std::shared_ptr<TaskRunner>>> tasks;
    for (const auto& [name, connector] : connectors_) {
      for (const auto& task : connector.tasks) {
        task->RequestStop();
        tasks.emplace_back(name, task);
      }
    }
    const auto deadline = std::chrono::steady_clock::now() + options_.shutdown_timeout;
    for (const auto& [name, task] : tasks) Abandon(name, StopTasks({task}, deadline));
    try {
      offsets_.Flush();
    } catch (...) {
      log::Error(kLogger, "source offsets could not be written; they are recovered from the topics at the next start: " +
                              DescribeCurrentException());
    }
    std::vector<std::string> left;
    for (const auto& [name, abandoned] : abandoned_) left.push_back(name);
    return left;
  }

  const HerderOptions options_;
  plugins::PluginRegistry& plugins_;
  store::Store& store_;
  broker::Broker& broker_;
  SourceOffsets offsets_;
  mutable std::mutex mutex_;
  std::string worker_id_;
  std::map<std::string, HerdedConnector> connectors_;
  std::map<std::string, std::vector<std::shared_ptr<TaskRunner>>> abandoned_;  // by connector
  std::atomic<bool> started_ = false;
  std::atomic<bool> stopping_ = false;
  Inspector inspector_;
  WorkQueue queue_;  // last: its thread uses all of the above
};

}  // namespace

std::unique_ptr<WorkerHerder> MakeHerder(HerderOptions options, plugins::PluginRegistry& plugins, store::Store& store,
                                         broker::Broker& broker) {
  return std::make_unique<StandaloneHerder>(std::move(options), plugins, store, broker);
}

}  // namespace framespool::worker
