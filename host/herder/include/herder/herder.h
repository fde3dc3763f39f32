#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <base/outcome.h>
#include <config/config_report.h>
#include <framespool/config_def.h>
#include <framespool/record.h>
#include <herder/changes.h>
#include <inspect/inspection.h>
#include <runtime/task_status.h>

namespace framespool::herder {

enum class InitialState { kRunning, kPaused, kStopped };

struct PluginInfo {
  std::string class_name;
  config::ConnectorType type = config::ConnectorType::kSource;
  std::string version;
};

struct WorkerInfo {
  std::string version;
  std::string commit;
  std::string cluster_id;
  std::string worker_id;
};

/// Something that an operator should see to; it is listed as long as it lasts.
struct Problem {
  std::string subject;  // what it is about: "topic frames"
  std::string kind;     // a word for programs
  std::string message;  // what was found and what to do
  Timestamp since{};
};

struct Health {
  /// kCannotStore: it runs, but what it is given would be lost, or cannot be taken.
  enum class Status { kHealthy, kStarting, kCannotStore, kUnhealthy } status = Status::kStarting;
  std::string message;
  std::vector<Problem> problems{};  // also of a healthy worker
};

/// Decides what runs on this worker, and is the only door through which REST reaches it.
///
/// Threads: reads are safe from any thread, take a short lock and do no I/O. Changes wait for the store and for tasks
/// to stop, so they run on the herder's own thread: Post() a function that makes the call and answers from there. They
/// are carried out one after the other. A connector's name is checked by the herder, not by the caller. Looks at topics
/// wait for the broker, so they run on a third kind of thread: PostInspection(). A probe waits for a source:
/// PostProbe(). A check of a config waits for the file system: PostCheck().
class Herder {
 public:
  virtual ~Herder() = default;

  /// Runs `work` on the herder's thread, in order of posting; the history has the changes it makes as made by `by`.
  /// After Stop() has begun, `work` is run all the same, and each change in it answers 503.
  virtual void Post(std::string by, std::function<void()> work) = 0;

  // Reads.
  virtual WorkerInfo Info() const = 0;
  virtual Health GetHealth() const = 0;
  virtual std::vector<std::string> Connectors() const = 0;
  virtual std::optional<runtime::ConnectorInfo> Connector(const std::string& name) const = 0;
  virtual std::optional<runtime::ConnectorStatus> Status(const std::string& name) const = 0;
  virtual runtime::ConnectorViews Views() const = 0;
  virtual std::vector<PluginInfo> Plugins() const = 0;
  /// The config keys of a plugin (class name or alias), or 404.
  virtual base::Outcome<std::vector<config::ConfigReport::Key>> PluginConfig(const std::string& plugin) const = 0;
  /// The version of a plugin (class name or alias); empty when there is none of that name.
  virtual std::string PluginVersion(const std::string& plugin) const = 0;
  /// What is odd about a config that has been accepted.
  virtual std::vector<config::ConfigWarning> Warnings(const RawConfig& config) const = 0;
  virtual inspect::WorkerReport Report() const = 0;
  virtual inspect::MetricsReport Metrics(inspect::Resolution resolution, const std::string& connector) const = 0;
  /// The topics that a connector has used since it was created or reset; none for a name that is not known, as in
  /// Connect.
  virtual std::vector<std::string> ActiveTopics(const std::string& connector) const = 0;
  /// Those behind sequence `after`, oldest first.
  virtual std::vector<inspect::Event> Events(std::uint64_t after) const = 0;

  // Looks that may wait for the broker or the store: on the inspector's thread only.
  virtual void PostInspection(std::function<void()> work) = 0;
  virtual std::vector<inspect::TopicReport> Topics() = 0;
  virtual base::Outcome<inspect::TopicReport> Topic(const std::string& name) = 0;
  virtual base::Outcome<std::vector<OffsetEntry>> Offsets(const std::string& connector) = 0;
  /// The newest `most` changes, oldest first; also of a connector that has been deleted.
  virtual base::Outcome<std::vector<HistoryEntry>> History(const std::string& connector, int most) = 0;

  // Checks that may wait for the file system: on the checks' thread only.
  virtual void PostCheck(std::function<void()> work) = 0;
  /// Checks `config` for `plugin`, and where its paths lead. Works from the manifest, never opens a library.
  virtual base::Outcome<config::ConfigReport> Validate(const std::string& plugin, const RawConfig& config) const = 0;

  // Opening a source only to look at it: on the probe's thread only.
  virtual void PostProbe(std::function<void()> work) = 0;
  /// The first frames of the source that `config` describes; it need not be a connector, and has no name unless it says
  /// one. 400 as Create() does. Writes nothing.
  virtual base::Outcome<inspect::ProbeReport> Probe(const std::string& plugin, const RawConfig& config) = 0;

  // Changes: on the herder's thread only.
  /// Its first task finds `offsets`.
  virtual base::Outcome<runtime::ConnectorInfo> Create(const std::string& name, const RawConfig& config,
                                                       InitialState initial,
                                                       const std::vector<OffsetEntry>& offsets) = 0;
  /// Whether Create() would do it, with all its checks. Changes nothing.
  virtual base::Outcome<base::Done> Check(const std::string& name, const RawConfig& config, InitialState initial) = 0;
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
  virtual base::Outcome<base::Done> Delete(const std::string& name, bool with_offsets) = 0;
  /// Sets or resets the offsets named; the connector must be STOPPED.
  virtual base::Outcome<base::Done> AlterOffsets(const std::string& name, const std::vector<OffsetEntry>& offsets) = 0;
  /// Resets all of them; the connector must be STOPPED.
  virtual base::Outcome<base::Done> ResetOffsets(const std::string& name) = 0;
  virtual base::Outcome<base::Done> ResetActiveTopics(const std::string& name) = 0;
  virtual base::Outcome<base::Done> Pause(const std::string& name) = 0;
  virtual base::Outcome<base::Done> Resume(const std::string& name) = 0;
  virtual base::Outcome<base::Done> StopConnector(const std::string& name) = 0;
  /// Restarts the connector, and its tasks with `include_tasks`; only those that failed with `only_failed`. The status
  /// is the one with the restarted parts RESTARTING.
  virtual base::Outcome<runtime::ConnectorStatus> Restart(const std::string& name, bool include_tasks,
                                                          bool only_failed) = 0;
  virtual base::Outcome<base::Done> RestartTask(const std::string& name, int task) = 0;
  /// 409 while a connector names the topic. Waits for the broker.
  virtual base::Outcome<base::Done> DeleteTopic(const std::string& topic) = 0;
};

}  // namespace framespool::herder
