#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include <worker/worker_herder.h>

#include "active_topics.h"
#include "admission.h"
#include "config_changes.h"
#include "health_report.h"
#include "herd.h"
#include "inspector.h"
#include "source_offsets.h"
#include "source_probe.h"
#include "task_launcher.h"
#include "work_queue.h"

namespace framespool::worker {

/// The herder of a worker that is alone. What it may store is Admission's, what runs the TaskLauncher's, and who looks
/// on the Inspector's. Its "herder" thread carries out the changes.
class StandaloneHerder final : public WorkerHerder {
 public:
  StandaloneHerder(HerderOptions options, plugins::PluginRegistry& plugins, store::Store& store,
                   broker::Broker& broker);

  // worker_herder.cpp
  void Start(std::string worker_id, std::vector<NamedConfig> connectors) override;
  std::vector<std::string> Stop() override;
  void Post(std::string by, std::function<void()> work) override;

  WorkerInfo Info() const override;
  Health GetHealth() const override;
  std::vector<std::string> Connectors() const override { return herd_.Names(); }
  std::optional<ConnectorInfo> Connector(const std::string& name) const override { return herd_.Info(name); }
  std::optional<ConnectorStatus> Status(const std::string& name) const override { return herd_.Status(name); }
  ConnectorViews Views() const override { return herd_.Views(); }
  std::vector<PluginInfo> Plugins() const override;
  Outcome<std::vector<ConfigReport::Key>> PluginConfig(const std::string& plugin) const override;
  std::string PluginVersion(const std::string& plugin) const override;
  std::vector<ConfigWarning> Warnings(const RawConfig& config) const override;
  WorkerReport Report() const override;
  MetricsReport Metrics(Resolution resolution, const std::string& connector) const override;
  std::vector<std::string> ActiveTopics(const std::string& name) const override { return active_topics_.Of(name); }
  std::vector<Event> Events(std::uint64_t after) const override { return inspector_.events().After(after); }

  void PostInspection(std::function<void()> work) override { inspector_.Post(std::move(work)); }
  std::vector<TopicReport> Topics() override { return inspector_.Topics(); }
  Outcome<TopicReport> Topic(const std::string& name) override { return inspector_.Topic(name); }
  Outcome<std::vector<OffsetEntry>> Offsets(const std::string& name) override;
  Outcome<std::vector<HistoryEntry>> History(const std::string& name, int most) override;

  void PostCheck(std::function<void()> work) override { checks_.Post(std::move(work)); }
  Outcome<ConfigReport> Validate(const std::string& plugin, const RawConfig& config) const override;

  void PostProbe(std::function<void()> work) override { probe_.Post(std::move(work)); }
  Outcome<ProbeReport> Probe(const std::string& plugin, const RawConfig& config) override;

  // herder_changes.cpp
  Outcome<ConnectorInfo> Create(const std::string& name, const RawConfig& config, InitialState initial,
                                const std::vector<OffsetEntry>& offsets) override;
  Outcome<Done> Check(const std::string& name, const RawConfig& config, InitialState initial) override;
  Outcome<std::vector<PlannedChange>> Apply(const std::map<std::string, RawConfig>& wanted, bool prune,
                                            bool dry_run) override;
  Outcome<PutResult> PutConfig(const std::string& name, const RawConfig& config) override;
  Outcome<ConnectorInfo> PatchConfig(const std::string& name,
                                     const std::map<std::string, std::optional<std::string>>& changes) override;
  Outcome<Done> AlterOffsets(const std::string& name, const std::vector<OffsetEntry>& entries) override;
  Outcome<Done> ResetOffsets(const std::string& name) override;
  Outcome<Done> Delete(const std::string& name, bool with_offsets) override;
  Outcome<Done> ResetActiveTopics(const std::string& name) override;
  Outcome<Done> Pause(const std::string& name) override { return SetTarget(name, store::TargetState::kPaused); }
  Outcome<Done> Resume(const std::string& name) override { return SetTarget(name, store::TargetState::kRunning); }
  Outcome<Done> StopConnector(const std::string& name) override {
    return SetTarget(name, store::TargetState::kStopped);
  }
  Outcome<ConnectorStatus> Restart(const std::string& name, bool include_tasks, bool only_failed) override;
  Outcome<Done> RestartTask(const std::string& name, int task) override;
  Outcome<Done> DeleteTopic(const std::string& topic) override;

 private:
  // On the herder's thread.
  template <class F>
  Outcome<Done> Change(const std::string& name, F change);
  template <class F>
  Outcome<Done> ChangeStopped(const std::string& name, F change);
  Outcome<store::StoredConnector> Accept(const std::string& name, const RawConfig& config, store::TargetState target);
  /// The same, where the connectors that answer somewhere are `others`.
  Outcome<store::StoredConnector> Accept(const std::string& name, const RawConfig& config, store::TargetState target,
                                         const std::map<std::string, RawConfig>& others);
  std::map<std::string, RawConfig> Answering() const;
  /// All entries are checked before one is set.
  Outcome<Done> CheckAndSetOffsets(const ConnectorInfo& info, const std::vector<OffsetEntry>& entries);
  /// Stores the connector, in place of one of its name, and starts its tasks.
  Outcome<ConnectorInfo> Run(store::StoredConnector stored);
  Outcome<Done> SetTarget(const std::string& name, store::TargetState target);
  void StartTasks(HerdedConnector& connector);
  /// Of a worker that was started with --safe: as it is stored, with no task.
  void Hold(HerdedConnector& connector);
  void StopTasks(HerdedConnector& connector);
  void NoteRestart(const std::string& connector, int task);
  void ReplaceTask(HerdedConnector& connector, std::size_t index);
  std::vector<std::string> StopAll();
  void StartStored(const std::vector<NamedConfig>& connectors);
  void CompareWithTopics();
  store::StoredChange Noted(const std::string& name, std::string action, const ConfigChanges& changes = {}) const;

  const HerderOptions options_;
  plugins::PluginRegistry& plugins_;
  store::Store& store_;
  broker::Broker& broker_;
  HealthReport health_;
  SourceOffsets offsets_;
  worker::ActiveTopics active_topics_;
  Herd herd_;
  Admission admission_;
  std::string by_;  // who asked for the change under way
  std::atomic<bool> started_ = false;
  std::atomic<bool> stopping_ = false;
  Inspector inspector_;
  TaskLauncher launcher_;
  SourceProbe probe_;
  WorkQueue checks_;
  WorkQueue queue_;  // last: its thread uses all of the above
};

/// Connect's answer to a name that there is not.
Refusal NoSuchConnector(const std::string& name);

}  // namespace framespool::worker
