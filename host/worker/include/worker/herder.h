#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <framespool/config_def.h>
#include <framespool/record.h>
#include <worker/changes.h>
#include <worker/inspection.h>

namespace framespool::worker {

enum class ConnectorType { kSource, kSink };
/// Kafka Connect's states, as REST spells them.
enum class State { kUnassigned, kRunning, kPaused, kStopped, kFailed, kRestarting };
enum class InitialState { kRunning, kPaused, kStopped };

std::string_view ToText(State state);
std::string_view ToText(ConnectorType type);  // "source", "sink"

/// Why a request was not carried out: an HTTP status and a message for the caller.
struct Refusal {
  int code = 500;
  std::string message;
};

/// A value, or why there is none.
template <class T>
using Outcome = std::variant<T, Refusal>;
struct Done {};

struct ConnectorInfo {
  std::string name;
  RawConfig config;  // as sent, and with `name`
  std::vector<int> tasks;
  ConnectorType type = ConnectorType::kSource;
};

struct TaskStatus {
  int id = 0;
  State state = State::kUnassigned;
  std::string worker_id;
  std::string version;
  std::string trace;  // only when FAILED
  Fields metrics;     // what the task last reported; empty when nothing
};

struct ConnectorStatus {
  std::string name;
  State state = State::kUnassigned;
  std::string worker_id;
  std::string version;
  std::string trace;
  std::vector<TaskStatus> tasks;
  ConnectorType type = ConnectorType::kSource;
};

/// A connector at one moment. Immutable and shared: the same objects are handed out until what they say has changed, so
/// that whoever made something of one may keep that for as long as the pointer is the same.
struct ConnectorView {
  std::shared_ptr<const ConnectorInfo> info;
  std::shared_ptr<const ConnectorStatus> status;
};
/// All connectors, by name; shared in the same way. Never null.
using ConnectorViews = std::shared_ptr<const std::vector<ConnectorView>>;

struct PluginInfo {
  std::string class_name;
  ConnectorType type = ConnectorType::kSource;
  std::string version;
};

/// What is odd about a config and no error: a key that nobody reads.
struct ConfigWarning {
  std::string field;
  std::string message;                    // a sentence
  std::optional<std::string> suggestion;  // the key that may have been meant
};

struct ConfigReport {
  struct Key {
    FieldSpec spec;
    FieldResult result;
    int order = 0;  // within its group, from 1
  };
  std::string name;  // the connector class
  int error_count = 0;
  std::vector<std::string> groups;
  // The common keys first, then the connector's own, then those that nobody declares and that have errors.
  std::vector<Key> keys;
  std::vector<ConfigWarning> warnings = {};
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
  virtual std::optional<ConnectorInfo> Connector(const std::string& name) const = 0;
  virtual std::optional<ConnectorStatus> Status(const std::string& name) const = 0;
  virtual ConnectorViews Views() const = 0;
  virtual std::vector<PluginInfo> Plugins() const = 0;
  /// The config keys of a plugin (class name or alias), or 404.
  virtual Outcome<std::vector<ConfigReport::Key>> PluginConfig(const std::string& plugin) const = 0;
  /// The version of a plugin (class name or alias); empty when there is none of that name.
  virtual std::string PluginVersion(const std::string& plugin) const = 0;
  /// What is odd about a config that has been accepted.
  virtual std::vector<ConfigWarning> Warnings(const RawConfig& config) const = 0;
  virtual WorkerReport Report() const = 0;
  virtual MetricsReport Metrics(Resolution resolution, const std::string& connector) const = 0;
  /// The topics that a connector has used since it was created or reset; none for a name that is not known, as in
  /// Connect.
  virtual std::vector<std::string> ActiveTopics(const std::string& connector) const = 0;
  /// Those behind sequence `after`, oldest first.
  virtual std::vector<Event> Events(std::uint64_t after) const = 0;

  // Looks that may wait for the broker or the store: on the inspector's thread only.
  virtual void PostInspection(std::function<void()> work) = 0;
  virtual std::vector<TopicReport> Topics() = 0;
  virtual Outcome<TopicReport> Topic(const std::string& name) = 0;
  virtual Outcome<std::vector<OffsetEntry>> Offsets(const std::string& connector) = 0;
  /// The newest `most` changes, oldest first; also of a connector that has been deleted.
  virtual Outcome<std::vector<HistoryEntry>> History(const std::string& connector, int most) = 0;

  // Checks that may wait for the file system: on the checks' thread only.
  virtual void PostCheck(std::function<void()> work) = 0;
  /// Checks `config` for `plugin`, and where its paths lead. Works from the manifest, never opens a library.
  virtual Outcome<ConfigReport> Validate(const std::string& plugin, const RawConfig& config) const = 0;

  // Opening a source only to look at it: on the probe's thread only.
  virtual void PostProbe(std::function<void()> work) = 0;
  /// The first frames of the source that `config` describes; it need not be a connector, and has no name unless it says
  /// one. 400 as Create() does. Writes nothing.
  virtual Outcome<ProbeReport> Probe(const std::string& plugin, const RawConfig& config) = 0;

  // Changes: on the herder's thread only.
  /// Its first task finds `offsets`.
  virtual Outcome<ConnectorInfo> Create(const std::string& name, const RawConfig& config, InitialState initial,
                                        const std::vector<OffsetEntry>& offsets) = 0;
  /// Whether Create() would do it, with all its checks. Changes nothing.
  virtual Outcome<Done> Check(const std::string& name, const RawConfig& config, InitialState initial) = 0;
  /// Makes the connectors those of `wanted`; others stay unless `prune`. All of `wanted` is checked before anything is
  /// changed. Returns what was done, or with `dry_run` what would be.
  virtual Outcome<std::vector<PlannedChange>> Apply(const std::map<std::string, RawConfig>& wanted, bool prune,
                                                    bool dry_run) = 0;
  /// `created` says whether the connector is new.
  struct PutResult {
    ConnectorInfo info;
    bool created = false;
  };
  virtual Outcome<PutResult> PutConfig(const std::string& name, const RawConfig& config) = 0;
  /// Changes the keys named; nullopt takes one out.
  virtual Outcome<ConnectorInfo> PatchConfig(const std::string& name,
                                             const std::map<std::string, std::optional<std::string>>& changes) = 0;
  virtual Outcome<Done> Delete(const std::string& name, bool with_offsets) = 0;
  /// Sets or resets the offsets named; the connector must be STOPPED.
  virtual Outcome<Done> AlterOffsets(const std::string& name, const std::vector<OffsetEntry>& offsets) = 0;
  /// Resets all of them; the connector must be STOPPED.
  virtual Outcome<Done> ResetOffsets(const std::string& name) = 0;
  virtual Outcome<Done> ResetActiveTopics(const std::string& name) = 0;
  virtual Outcome<Done> Pause(const std::string& name) = 0;
  virtual Outcome<Done> Resume(const std::string& name) = 0;
  virtual Outcome<Done> StopConnector(const std::string& name) = 0;
  /// Restarts the connector, and its tasks with `include_tasks`; only those that failed with `only_failed`. The status
  /// is the one with the restarted parts RESTARTING.
  virtual Outcome<ConnectorStatus> Restart(const std::string& name, bool include_tasks, bool only_failed) = 0;
  virtual Outcome<Done> RestartTask(const std::string& name, int task) = 0;
  /// 409 while a connector names the topic. Waits for the broker.
  virtual Outcome<Done> DeleteTopic(const std::string& topic) = 0;
};

}  // namespace framespool::worker
