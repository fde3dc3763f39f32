#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <herder/herder.h>

namespace framespool::fakes {

/// The herder of one worker that runs nothing: it keeps configs and states in memory, and has a real thread for
/// changes. Tests set `health`, `version` … before they start a server on it.
class FakeHerder final : public herder::ConnectorReads, public herder::StoredReads, public herder::ConnectorChanges {
 public:
  FakeHerder() : thread_([this] { Run(); }) {}
  ~FakeHerder() override {
    Release();
    {
      const std::lock_guard lock(mutex_);
      ended_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  /// Keeps the herder's thread from its next change until Release().
  void Hold() {
    const std::lock_guard lock(mutex_);
    held_ = true;
  }
  void Release() {
    {
      const std::lock_guard lock(mutex_);
      held_ = false;
    }
    changed_.notify_all();
  }
  /// Waits until `count` changes have been posted in all.
  bool WaitForPosts(std::size_t count, std::chrono::seconds deadline = std::chrono::seconds(60)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, deadline, [&] { return posted_ >= count; });
  }
  /// Waits until `count` changes have been carried out in all.
  bool WaitForDone(std::size_t count, std::chrono::seconds deadline = std::chrono::seconds(60)) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, deadline, [&] { return done_ >= count; });
  }
  /// Who asked for the newest change.
  std::string posted_by() const {
    const std::lock_guard lock(mutex_);
    return posted_by_;
  }
  /// The names of the changes made so far, in order, e.g. "pause a".
  std::vector<std::string> changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  void SetHealth(herder::Health health) {
    const std::lock_guard lock(mutex_);
    health_ = std::move(health);
  }
  void SetCluster(herder::ClusterInfo cluster) {
    const std::lock_guard lock(mutex_);
    cluster_ = std::move(cluster);
  }
  void SetTask(const std::string& name, int task, runtime::TaskStatus status) {
    const std::lock_guard lock(mutex_);
    auto& tasks = connectors_.at(name).tasks;
    status.id = task;
    tasks.at(static_cast<std::size_t>(task)) = std::move(status);
  }
  /// Where it is not the connector's own.
  void SetTaskConfig(const std::string& name, int task, RawConfig config) {
    const std::lock_guard lock(mutex_);
    task_configs_[{name, task}] = std::move(config);
  }
  /// As Create(), but from any thread and with `tasks` tasks.
  void Add(const std::string& name, RawConfig config, int tasks = 1) {
    const std::lock_guard lock(mutex_);
    AddLocked(name, std::move(config), runtime::State::kRunning, tasks);
  }

  void Post(std::string by, std::function<void()> work) override {
    {
      const std::lock_guard lock(mutex_);
      queue_.push_back(std::move(work));
      posted_by_ = std::move(by);
      ++posted_;
    }
    changed_.notify_all();
  }

  herder::WorkerInfo Info() const override { return {"0.1.0", "abc1234", "embedded", "127.0.0.1:8083"}; }
  const runtime::StartMeters& ConnectorStarts() const noexcept override { return starts_; }
  const runtime::StartMeters& TaskStarts() const noexcept override { return starts_; }
  herder::Health GetHealth() const override {
    const std::lock_guard lock(mutex_);
    return health_;
  }
  herder::ClusterInfo Cluster() const override {
    const std::lock_guard lock(mutex_);
    return cluster_;
  }
  std::vector<std::string> Connectors() const override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, status] : connectors_) names.push_back(name);
    return names;
  }
  std::optional<runtime::ConnectorInfo> Connector(const std::string& name) const override {
    const std::lock_guard lock(mutex_);
    if (name == "throws") throw std::runtime_error("as asked");
    if (name == "must-wait") throw RetriableError("the broker is away");
    if (name == "throws-a-number") throw 42;
    return InfoLocked(name);
  }
  std::optional<runtime::ConnectorStatus> Status(const std::string& name) const override {
    const std::lock_guard lock(mutex_);
    const auto found = connectors_.find(name);
    if (found == connectors_.end()) return std::nullopt;
    return found->second;
  }
  /// New ones each time: what a herder may do.
  runtime::ConnectorViews Views() const override {
    const std::lock_guard lock(mutex_);
    std::vector<runtime::ConnectorView> views;
    for (const auto& [name, status] : connectors_) {
      views.push_back({std::make_shared<const runtime::ConnectorInfo>(*InfoLocked(name)),
                       std::make_shared<const runtime::ConnectorStatus>(status)});
    }
    return std::make_shared<const std::vector<runtime::ConnectorView>>(std::move(views));
  }
  std::vector<std::string> ActiveTopics(const std::string& name) const override {
    return Connector(name) ? std::vector<std::string>{"t"} : std::vector<std::string>{};
  }
  base::Outcome<std::vector<herder::HistoryEntry>> History(const std::string& name, int most) override {
    if (!Connector(name)) return NotFound(name);
    return std::vector<herder::HistoryEntry>(
        static_cast<std::size_t>(std::min(most, 2)),
        {Timestamp(std::chrono::milliseconds(5)), "127.0.0.1 test", "CHANGED", {{"fps", {std::nullopt, "30"}}}});
  }
  base::Outcome<std::vector<herder::OffsetEntry>> Offsets(const std::string& name) override {
    if (!Connector(name)) return NotFound(name);
    return std::vector<herder::OffsetEntry>{{{{"file", std::string("a.mp4")}}, Fields{{"frame", std::int64_t{12}}}}};
  }
  base::Outcome<void> DeleteTopic(const std::string& topic) override {
    const std::lock_guard lock(mutex_);
    changes_.push_back("delete topic " + topic);
    if (topic == "busy") return base::Refuse(base::Reason::kConflict, {.message = "Topic busy is used by a (source)"});
    if (topic != "t") return base::Refuse(base::Reason::kNotFound, {.message = "There is no topic " + topic});
    return {};
  }
  base::Outcome<void> AlterOffsets(const std::string& name, const std::vector<herder::OffsetEntry>& offsets) override {
    const std::lock_guard lock(mutex_);
    changes_.push_back("alter " + name + " " + std::to_string(offsets.size()));
    return {};
  }
  base::Outcome<void> ResetOffsets(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    changes_.push_back("reset " + name);
    return {};
  }
  base::Outcome<runtime::ConnectorInfo> PatchConfig(
      const std::string& name, const std::map<std::string, std::optional<std::string>>& changes) override {
    const std::lock_guard lock(mutex_);
    const auto found = configs_.find(name);
    if (found == configs_.end()) return NotFound(name);
    for (const auto& [key, value] : changes) {
      if (value)
        found->second[key] = *value;
      else
        found->second.erase(key);
    }
    return *InfoLocked(name);
  }

  base::Outcome<runtime::ConnectorInfo> Check(const std::string& name, const RawConfig& config,
                                              herder::InitialState /*initial*/) override {
    const std::lock_guard lock(mutex_);
    changes_.push_back("check " + name);
    if (connectors_.contains(name))
      return base::Refuse(base::Reason::kConflict, {.message = "Connector " + name + " already exists"});
    if (!config.contains("connector.class"))
      return base::Refuse(base::Reason::kInvalid, {.message = "connector.class is required"});
    return runtime::ConnectorInfo{.name = name, .config = config, .tasks = {}};
  }
  base::Outcome<std::vector<herder::PlannedChange>> Apply(const std::map<std::string, RawConfig>& wanted, bool prune,
                                                          bool dry_run) override {
    const std::lock_guard lock(mutex_);
    changes_.push_back(std::string("apply") + (prune ? " prune" : "") + (dry_run ? " dry" : ""));
    std::vector<herder::PlannedChange> plan;
    for (const auto& [name, config] : wanted) {
      plan.push_back({herder::PlannedChange::Action::kCreate, name, {{"name", {std::nullopt, name}}}});
    }
    return plan;
  }
  base::Outcome<void> ResetActiveTopics(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    changes_.push_back("reset topics " + name);
    return {};
  }
  base::Outcome<runtime::ConnectorInfo> Create(const std::string& name, const RawConfig& config,
                                               herder::InitialState initial,
                                               const std::vector<herder::OffsetEntry>& offsets) override {
    const std::lock_guard lock(mutex_);
    changes_.push_back("create " + name + (offsets.empty() ? "" : " at " + std::to_string(offsets.size())));
    if (name.empty())
      return base::Refuse(base::Reason::kInvalid, {.message = "The connector's name must not be empty"});
    if (connectors_.contains(name))
      return base::Refuse(base::Reason::kConflict, {.message = "Connector " + name + " already exists"});
    if (!config.contains("connector.class"))
      return base::Refuse(base::Reason::kInvalid, {.message = "connector.class is required"});
    if (config.at("connector.class") == "Throws") throw std::runtime_error("as asked");
    const auto state = initial == herder::InitialState::kPaused    ? runtime::State::kPaused
                       : initial == herder::InitialState::kStopped ? runtime::State::kStopped
                                                                   : runtime::State::kRunning;
    AddLocked(name, config, state, 1);
    return *InfoLocked(name);
  }
  base::Outcome<PutResult> PutConfig(const std::string& name, const RawConfig& config) override {
    const std::lock_guard lock(mutex_);
    changes_.push_back("put " + name);
    const bool created = !connectors_.contains(name);
    AddLocked(name, config, runtime::State::kRunning, 1);
    return PutResult{*InfoLocked(name), created};
  }
  base::Outcome<void> Delete(const std::string& name, bool with_offsets) override {
    const std::lock_guard lock(mutex_);
    changes_.push_back("delete " + name + (with_offsets ? " with offsets" : ""));
    configs_.erase(name);
    if (connectors_.erase(name) == 0) return NotFound(name);
    return {};
  }
  base::Outcome<void> Pause(const std::string& name) override { return Set("pause", name, runtime::State::kPaused); }
  base::Outcome<void> Resume(const std::string& name) override { return Set("resume", name, runtime::State::kRunning); }
  base::Outcome<void> StopConnector(const std::string& name) override {
    return Set("stop", name, runtime::State::kStopped);
  }
  base::Outcome<runtime::ConnectorStatus> Restart(const std::string& name, bool include_tasks,
                                                  bool only_failed) override {
    const std::lock_guard lock(mutex_);
    changes_.push_back("restart " + name + (include_tasks ? " tasks" : "") + (only_failed ? " failed" : ""));
    const auto found = connectors_.find(name);
    if (found == connectors_.end()) return NotFound(name);
    runtime::ConnectorStatus status = found->second;
    status.state = runtime::State::kRestarting;
    return status;
  }
  base::Outcome<void> RestartTask(const std::string& name, int task) override {
    const std::lock_guard lock(mutex_);
    changes_.push_back("restart " + name + " " + std::to_string(task));
    const auto found = connectors_.find(name);
    if (found == connectors_.end()) return NotFound(name);
    if (task >= static_cast<int>(found->second.tasks.size())) {
      return base::Refuse(base::Reason::kNotFound,
                          {.message = "No status found for task " + name + "-" + std::to_string(task)});
    }
    return {};
  }

 private:
  static base::Refused NotFound(const std::string& name) { return herder::NoSuchConnector(name); }

  base::Outcome<void> Set(const std::string& change, const std::string& name, runtime::State state) {
    const std::lock_guard lock(mutex_);
    changes_.push_back(change + " " + name);
    const auto found = connectors_.find(name);
    if (found == connectors_.end()) return NotFound(name);
    found->second.state = state;
    return {};
  }
  void AddLocked(const std::string& name, RawConfig config, runtime::State state, int tasks) {
    config["name"] = name;
    configs_[name] = std::move(config);
    runtime::ConnectorStatus status{
        .name = name, .state = state, .worker_id = "w", .version = "0.1.0", .trace = {}, .problems = {}, .tasks = {}};
    for (int id = 0; id < tasks; ++id) {
      status.tasks.push_back(
          {.id = id, .state = state, .worker_id = "w", .version = "0.1.0", .trace = {}, .problems = {}, .metrics = {}});
    }
    connectors_[name] = std::move(status);
  }
  std::optional<runtime::ConnectorInfo> InfoLocked(const std::string& name) const {
    const auto found = connectors_.find(name);
    if (found == connectors_.end()) return std::nullopt;
    runtime::ConnectorInfo info{
        .name = name, .config = configs_.at(name), .tasks = {}, .type = config::ConnectorType::kSource};
    if (const auto topics = info.config.find("topics"); topics != info.config.end()) {
      info.type = config::ConnectorType::kSink;
      info.topics.names = {topics->second};
    }
    for (const auto& task : found->second.tasks) {
      const auto own = task_configs_.find({name, task.id});
      info.tasks.push_back({.id = task.id, .config = own == task_configs_.end() ? info.config : own->second});
    }
    return info;
  }
  void Run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [&] { return ended_ || (!held_ && !queue_.empty()); });
      if (queue_.empty()) return;
      const auto work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
      lock.lock();
      ++done_;
      changed_.notify_all();
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool held_ = false;
  bool ended_ = false;
  std::size_t posted_ = 0;
  std::string posted_by_;
  std::size_t done_ = 0;
  std::vector<std::string> changes_;
  runtime::StartMeters starts_;
  herder::ClusterInfo cluster_{.group = {},
                               .worker = "127.0.0.1:8083",
                               .leader = "127.0.0.1:8083",
                               .workers = {{.id = "127.0.0.1:8083",
                                            .session = {},
                                            .version = "0.1.0",
                                            .started = Now(),
                                            .labels = {},
                                            .classes = {{"HeartbeatSource", {"1.0.0"}}},
                                            .is_there = true}},
                               .tasks = {},
                               .moves = {}};
  herder::Health health_{herder::Health::Status::kHealthy,
                         "Worker has completed startup and is ready to handle requests."};
  std::map<std::string, runtime::ConnectorStatus> connectors_;
  std::map<std::string, RawConfig> configs_;
  std::map<std::pair<std::string, int>, RawConfig> task_configs_;
  std::thread thread_;
};

}  // namespace framespool::fakes
