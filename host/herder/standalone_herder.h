#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <base/outcome.h>
#include <base/turn_queue.h>
#include <base/work_queue.h>
#include <config/passwords.h>
#include <herder/worker_herder.h>
#include <runtime/active_topics.h>
#include <runtime/source_offsets.h>
#include <runtime/task_launcher.h>

#include "admission.h"
#include "config_changes.h"
#include "health_report.h"
#include "herd.h"
#include "quarantine.h"
#include "reload_watch.h"

namespace framespool::herder {

/// The herder of a worker that is alone. What it may store is Admission's, what runs the TaskLauncher's. Its "herder"
/// queue carries out the changes. DistributedHerder overrides what is decided elsewhere where workers share their
/// connectors.
class StandaloneHerder : public WorkerHerder {
 public:
  StandaloneHerder(HerderOptions options, plugins::PluginRegistry& plugins, store::Store& store, broker::Broker& broker,
                   EventListener tell);
  StandaloneHerder(const StandaloneHerder&) = delete;
  StandaloneHerder& operator=(const StandaloneHerder&) = delete;
  /// Nobody posts to the queue any more when it goes.
  ~StandaloneHerder() override { reload_.Stop(); }

  void Start(std::string worker_id, std::vector<config::NamedConfig> connectors) override;
  std::vector<std::string> Stop() override;
  void Post(std::string by, std::function<void()> work) override;

  WorkerInfo Info() const override;
  const runtime::StartMeters& ConnectorStarts() const noexcept override { return connector_starts_; }
  const runtime::StartMeters& TaskStarts() const noexcept override { return launcher_.starts(); }
  Health GetHealth() const override;
  ClusterInfo Cluster() const override;
  std::vector<std::string> Connectors() const override { return herd_.Names(); }
  std::optional<runtime::ConnectorInfo> Connector(const std::string& name) const override { return herd_.Info(name); }
  std::optional<runtime::ConnectorStatus> Status(const std::string& name) const override { return herd_.Status(name); }
  runtime::ConnectorViews Views() const override { return herd_.Views(); }
  std::vector<PluginInfo> Plugins() const override;
  base::Outcome<std::vector<MetricSpec>> PluginMetrics(const std::string& plugin) const override;
  base::Outcome<std::vector<config::ConfigReport::Key>> PluginConfig(const std::string& plugin) const override;
  std::string PluginVersion(const std::string& plugin) const override;
  RawConfig WithoutPasswords(const RawConfig& config, const RawConfig& also) const override {
    return config::WithoutPasswords(config, plugins_, also);
  }
  std::vector<config::ConfigWarning> Warnings(const RawConfig& config) const override;
  std::vector<std::string> ActiveTopics(const std::string& name) const override { return active_topics_.Of(name); }

  base::Outcome<std::vector<OffsetEntry>> Offsets(const std::string& name) override;
  base::Outcome<std::vector<HistoryEntry>> History(const std::string& name, int most) override;

  void PostCheck(std::function<void()> work) override { checks_.Post(std::move(work)); }
  base::Outcome<config::ConfigReport> Validate(const std::string& plugin, const RawConfig& config) override;

  base::Outcome<void> AdmitProbe(const std::string& plugin, const RawConfig& config) override;

  base::Outcome<runtime::ConnectorInfo> Create(const std::string& name, const RawConfig& config, InitialState initial,
                                               const std::vector<OffsetEntry>& offsets) override;
  base::Outcome<runtime::ConnectorInfo> Check(const std::string& name, const RawConfig& config,
                                              InitialState initial) override;
  base::Outcome<std::vector<PlannedChange>> Apply(const std::map<std::string, RawConfig>& wanted, bool prune,
                                                  bool dry_run) override;
  base::Outcome<PutResult> PutConfig(const std::string& name, const RawConfig& config) override;
  base::Outcome<runtime::ConnectorInfo> PatchConfig(
      const std::string& name, const std::map<std::string, std::optional<std::string>>& changes) override;
  base::Outcome<void> AlterOffsets(const std::string& name, const std::vector<OffsetEntry>& entries) override;
  base::Outcome<void> ResetOffsets(const std::string& name) override;
  base::Outcome<void> Delete(const std::string& name, bool with_offsets) override;
  base::Outcome<void> ResetActiveTopics(const std::string& name) override;
  base::Outcome<void> Pause(const std::string& name) override { return SetTarget(name, store::TargetState::kPaused); }
  base::Outcome<void> Resume(const std::string& name) override { return SetTarget(name, store::TargetState::kRunning); }
  base::Outcome<void> StopConnector(const std::string& name) override {
    return SetTarget(name, store::TargetState::kStopped);
  }
  base::Outcome<runtime::ConnectorStatus> Restart(const std::string& name, bool include_tasks,
                                                  bool only_failed) override;
  base::Outcome<void> RestartTask(const std::string& name, int task) override;
  base::Outcome<void> DeleteTopic(const std::string& topic) override;

 protected:
  /// What is to become of one of its name that is there.
  enum class IfThere { kReplace, kRefuse };

  /// Who asked, over what others ask for meanwhile.
  class AskedBy {
   public:
    explicit AskedBy(std::string& by) : by_(by), kept_(by) {}
    AskedBy(const AskedBy&) = delete;
    AskedBy& operator=(const AskedBy&) = delete;
    ~AskedBy() { by_ = std::move(kept_); }

   private:
    std::string& by_;
    std::string kept_;
  };

  // With the turn of the queue ("on the herder's thread"), which is the herd's: who holds a HerdedConnector over Away()
  // finds it anew.
  template <class F>
  auto Away(F wait) {
    const AskedBy kept(by_);
    return queue_.Away(std::move(wait));
  }
  template <class F>
  base::Outcome<void> Change(const std::string& name, F change);
  template <class F>
  base::Outcome<void> ChangeStopped(const std::string& name, F change);
  base::Outcome<Admission::Accepted> Accept(const std::string& name, const RawConfig& config,
                                            store::TargetState target);
  /// The same, where the connectors that answer somewhere are `others`.
  base::Outcome<Admission::Accepted> Accept(const std::string& name, const RawConfig& config, store::TargetState target,
                                            const std::map<std::string, RawConfig>& others);
  /// The configs of those that have, or are to have, tasks; also of those that are about to.
  std::map<std::string, RawConfig> Answering() const;
  /// Adds that its records come back to it through `others`, where they do.
  void WarnOfCircle(const plugins::PluginClass& plugin, Admission::Accepted& accepted,
                    const std::map<std::string, RawConfig>& others) const;
  /// All entries are checked before one is set.
  base::Outcome<void> CheckAndSetOffsets(const runtime::ConnectorInfo& info, const std::vector<OffsetEntry>& entries);
  /// Of one that may be stored, before it is.
  runtime::ConnectorInfo InfoOfNew(const Admission::Accepted& accepted) const;
  /// Stores the connector, in place of one of its name, and starts its tasks.
  virtual base::Outcome<runtime::ConnectorInfo> Run(Admission::Accepted accepted, IfThere if_there);
  virtual base::Outcome<void> SetTarget(const std::string& name, store::TargetState target);
  /// Of one that has none.
  virtual void StartTasks(HerdedConnector& connector);
  /// Asks the connector how its work is split, from now on.
  void StartRunner(HerdedConnector& connector);
  /// Where it splits its work; its tasks go on.
  void RestartRunner(HerdedConnector& connector);
  /// Waits until the connector has been asked, so that the answer to a change has the tasks that come of it.
  void AwaitSplit(HerdedConnector& connector);
  /// The newest split is that of its tasks from now on.
  virtual void TakeSplit(HerdedConnector& connector);
  /// Its tasks have these shares from now on. Those go on that have one already, with the same config.
  void Share(HerdedConnector& connector, std::vector<runtime::TaskShare> split);
  /// The same with what the connector makes of another config; of one that runs and splits its work.
  void ShareAnew(HerdedConnector& connector, store::StoredConnector stored);
  /// Of a worker that was started with --safe: as it is stored, with no task.
  void Hold(HerdedConnector& connector);
  /// As it is stored, with no task: it has ended a worker, and nobody has asked for it since.
  void Confine(HerdedConnector& connector, const Quarantine::Reason& reason);
  /// Whose the crash of the last worker was.
  Culprits CulpritsOf(const Crash& crash, const std::vector<store::StoredConnector>& connectors) const;
  /// Says it. `fate_of_suspects`: a sentence without its end, where there are several.
  void NoteCrash(const Crash& crash, const Culprits& culprits, std::string_view fate_of_suspects);
  /// Finds out, says it, and has them run no more where that is just.
  void ConfineCulprits(const Crash& crash, const std::vector<store::StoredConnector>& connectors);
  void StopTasks(HerdedConnector& connector);
  void NoteRestart(const std::string& connector, int task, const std::string& by = "");
  /// `by`: what restarts it, when nobody does.
  virtual void ReplaceTask(HerdedConnector& connector, std::size_t index, const std::string& by = "");
  /// On a task's thread: what providers have said of the config that it begins with.
  void NoteResolution(const store::StoredConnector& connector, const config::Resolution& resolution);
  /// On the "reload" thread: they say something else.
  void Reload(const std::string& name, const std::set<config::Variable>& changed);
  void RestartForReload(const std::string& name, const std::set<config::Variable>& changed);
  /// On a task's thread: it has FAILED.
  void NoteFailure(const std::string& name, int task);
  /// Restarts it later, where restart.policy says so.
  void PlanRestart(const std::string& name, std::size_t task);
  /// It is `when` that was planned.
  void RestartPlanned(const std::string& name, std::size_t task, Timestamp when);
  virtual std::vector<std::string> StopAll();
  virtual void StartStored(const std::vector<config::NamedConfig>& connectors);
  void CompareWithTopics();
  store::StoredChange Noted(const std::string& name, std::string action, const ConfigChanges& changes = {}) const;

  const HerderOptions options_;
  const Timestamp begun_ = Now();
  const EventListener tell_;
  plugins::PluginRegistry& plugins_;
  store::Store& store_;
  broker::Broker& broker_;
  HealthReport health_;
  runtime::SourceOffsets offsets_;
  runtime::ActiveTopics active_topics_;
  Herd herd_;
  std::map<std::string, RawConfig> coming_;  // by name: as resolved, of those that are being stored just now
  Admission admission_;
  Quarantine quarantine_;
  std::string by_;  // who asked for the change under way
  runtime::StartMeters connector_starts_;
  std::atomic<bool> started_ = false;
  std::atomic<bool> stopping_ = false;
  runtime::TaskLauncher launcher_;
  ReloadWatch reload_;
  base::WorkQueue checks_;
  base::TurnQueue queue_;  // last: its threads use all of the above
};

}  // namespace framespool::herder
