#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <base/outcome.h>
#include <base/standing_problem.h>
#include <config/config_report.h>
#include <framespool/plugin.h>
#include <herder/changes.h>
#include <herder/cluster_info.h>
#include <runtime/start_meters.h>
#include <runtime/task_status.h>

namespace framespool::herder {

enum class InitialState { kRunning, kPaused, kStopped };

struct PluginInfo {
  std::string class_name;
  PluginKind kind = PluginKind::kSource;
  std::string version;
};

struct WorkerInfo {
  std::string version;
  std::string commit;
  std::string cluster_id;
  std::string worker_id;
};

struct Health {
  /// kCannotStore: it runs, but what it is given would be lost, or cannot be taken.
  enum class Status { kHealthy, kStarting, kCannotStore, kUnhealthy } status = Status::kStarting;
  std::string message;
  std::vector<base::StandingProblem> problems{};  // also of a healthy worker
};

/// Of a change of a config that another worker has changed meanwhile: nothing was done, and this worker shows the other
/// one now. Only where workers share their connectors.
inline constexpr ProblemKind kChangedMeanwhile = "precondition-failed";

/// Connect's answer to a name that there is not.
base::Refused NoSuchConnector(const std::string& name);

/// What a worker says of its connectors. Any thread: takes a short lock and does no I/O.
class ConnectorReads {
 public:
  virtual ~ConnectorReads() = default;
  virtual WorkerInfo Info() const = 0;
  virtual const runtime::StartMeters& ConnectorStarts() const noexcept = 0;
  virtual const runtime::StartMeters& TaskStarts() const noexcept = 0;
  virtual Health GetHealth() const = 0;
  virtual ClusterInfo Cluster() const = 0;
  virtual std::vector<std::string> Connectors() const = 0;
  virtual std::optional<runtime::ConnectorInfo> Connector(const std::string& name) const = 0;
  virtual std::optional<runtime::ConnectorStatus> Status(const std::string& name) const = 0;
  virtual runtime::ConnectorViews Views() const = 0;
  /// The topics that a connector has used since it was created or reset; none for a name that is not known, as in
  /// Connect.
  virtual std::vector<std::string> ActiveTopics(const std::string& connector) const = 0;
};

/// The classes of connectors, and what their configs may be. What is const is for any thread and does no I/O.
class PluginReads {
 public:
  virtual ~PluginReads() = default;
  /// Of every kind.
  virtual std::vector<PluginInfo> Plugins() const = 0;
  /// The config keys of a plugin of any kind (class name or alias), or Reason::kNotFound.
  virtual base::Outcome<std::vector<config::ConfigReport::Key>> PluginConfig(const std::string& plugin) const = 0;
  /// What the tasks of a connector class report; none for another kind of plugin. Refuses as above.
  virtual base::Outcome<std::vector<MetricSpec>> PluginMetrics(const std::string& plugin) const = 0;
  /// The version of a plugin (class name or alias); empty when there is none of that name.
  virtual std::string PluginVersion(const std::string& plugin) const = 0;
  /// What is odd about a config that has been accepted.
  virtual std::vector<config::ConfigWarning> Warnings(const RawConfig& config) const = 0;

  /// `config` as those may read it who are no admins. `also` as config::WithoutPasswords() has it.
  virtual RawConfig WithoutPasswords(const RawConfig& config, const RawConfig& also) const = 0;

  /// Runs `work` on the checks' thread, in order of posting.
  virtual void PostCheck(std::function<void()> work) = 0;
  /// Checks `config` for `plugin`, and where its paths lead: waits for the file system, so on the checks' thread only.
  /// Works from the manifest, never opens a library.
  virtual base::Outcome<config::ConfigReport> Validate(const std::string& plugin, const RawConfig& config) = 0;
  /// Whether a source of `plugin` can be looked at with `config`, which has a name; refuses as Create() does. Asks the
  /// plugin, so on a thread that may wait.
  virtual base::Outcome<void> AdmitProbe(const std::string& plugin, const RawConfig& config) = 0;
};

/// What is kept of connectors. Waits for the store or the broker: on a thread that may.
class StoredReads {
 public:
  virtual ~StoredReads() = default;
  virtual base::Outcome<std::vector<OffsetEntry>> Offsets(const std::string& connector) = 0;
  /// The newest `most` changes, oldest first; also of a connector that has been deleted.
  virtual base::Outcome<std::vector<HistoryEntry>> History(const std::string& connector, int most) = 0;
};

/// Changes wait for the store and for tasks to stop, so they run on the herder's own thread, one after the other:
/// Post() a function that makes the call and answers from there. A connector's name is checked here, not by the caller.
class ConnectorChanges {
 public:
  virtual ~ConnectorChanges() = default;
  /// Runs `work` on the herder's thread, in order of posting; the history has the changes it makes as made by `by`.
  /// After Stop() has begun, `work` is run all the same, and each change in it is Reason::kUnavailable.
  virtual void Post(std::string by, std::function<void()> work) = 0;

  // All below: on the herder's thread only.
  /// Its first task finds `offsets`.
  virtual base::Outcome<runtime::ConnectorInfo> Create(const std::string& name, const RawConfig& config,
                                                       InitialState initial,
                                                       const std::vector<OffsetEntry>& offsets) = 0;
  /// What Create() would make, with all its checks; no task. Changes nothing.
  virtual base::Outcome<runtime::ConnectorInfo> Check(const std::string& name, const RawConfig& config,
                                                      InitialState initial) = 0;
  /// Makes the connectors those of `wanted`; others stay unless `prune`. All of `wanted` is checked before anything is
  /// changed. Returns what was done, or with `dry_run` what would be.
  virtual base::Outcome<std::vector<PlannedChange>> Apply(const std::map<std::string, RawConfig>& wanted, bool prune,
                                                          bool dry_run) = 0;
  /// `created` says whether the connector is new.
  struct PutResult {
    runtime::ConnectorInfo info;
    bool created = false;
  };
  virtual base::Outcome<PutResult> PutConfig(const std::string& name, const RawConfig& config) = 0;
  /// Changes the keys named; nullopt takes one out.
  virtual base::Outcome<runtime::ConnectorInfo> PatchConfig(
      const std::string& name, const std::map<std::string, std::optional<std::string>>& changes) = 0;
  virtual base::Outcome<void> Delete(const std::string& name, bool with_offsets) = 0;
  /// Sets or resets the offsets named; the connector must be STOPPED.
  virtual base::Outcome<void> AlterOffsets(const std::string& name, const std::vector<OffsetEntry>& offsets) = 0;
  /// Resets all of them; the connector must be STOPPED.
  virtual base::Outcome<void> ResetOffsets(const std::string& name) = 0;
  virtual base::Outcome<void> ResetActiveTopics(const std::string& name) = 0;
  virtual base::Outcome<void> Pause(const std::string& name) = 0;
  virtual base::Outcome<void> Resume(const std::string& name) = 0;
  virtual base::Outcome<void> StopConnector(const std::string& name) = 0;
  /// Restarts the connector, and its tasks with `include_tasks`; only those that failed with `only_failed`. The status
  /// is the one with the restarted parts RESTARTING.
  virtual base::Outcome<runtime::ConnectorStatus> Restart(const std::string& name, bool include_tasks,
                                                          bool only_failed) = 0;
  virtual base::Outcome<void> RestartTask(const std::string& name, int task) = 0;
  /// Reason::kConflict while a connector names the topic. Waits for the broker.
  virtual base::Outcome<void> DeleteTopic(const std::string& topic) = 0;
};

/// Decides what runs on this worker.
class Herder : public ConnectorReads, public PluginReads, public StoredReads, public ConnectorChanges {};

}  // namespace framespool::herder
