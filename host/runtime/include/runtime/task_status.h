#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <config/common_config.h>
#include <config/config_report.h>
#include <framespool/config_def.h>
#include <framespool/metrics.h>
#include <framespool/problem.h>
#include <framespool/record.h>
#include <runtime/task_meters.h>

/// What a worker says of its connectors and their tasks: the shapes that everything above the runtime reads.
namespace framespool::runtime {

/// Kafka Connect's states, as REST spells them.
enum class State { kUnassigned, kRunning, kPaused, kStopped, kFailed, kRestarting };
std::string_view ToText(State state);

struct TaskStatus {
  int id = 0;
  State state = State::kUnassigned;
  std::string worker_id;
  std::string version;
  std::string trace;                     // only when FAILED
  std::vector<Problem> problems = {};    // the same for programs
  Fields metrics;                        // what the task last reported; empty when nothing
  std::shared_ptr<TaskMeters> meters{};  // what its runner counts meanwhile; null when nothing does
};

struct TaskInfo {
  int id = 0;
  RawConfig config;  // the connector's, with what the task's share of the work says instead
};

struct ConnectorInfo {
  std::string name;
  RawConfig config;  // as sent, and with `name`
  std::vector<TaskInfo> tasks;
  config::ConnectorType type = config::ConnectorType::kSource;
  std::shared_ptr<const std::vector<MetricSpec>> metrics{};  // what its tasks report; null when its class is not known
  config::NamedTopics topics{};
  std::vector<config::ConfigWarning> warnings{};  // of its own check; only in the answer to the change that it is for
};

/// What is tried again and again, and since when.
struct Waiting {
  std::string reason;
  Timestamp since{};
};

/// As a task says it in its metrics; nothing when it waits for nothing.
std::optional<Waiting> WaitingOf(const Fields& metrics);
/// The same of a task that does not come back from a call of its plugin, whose name is the reason.
std::optional<Waiting> StallOf(const Fields& metrics);

struct ConnectorStatus {
  std::string name;
  State state = State::kUnassigned;
  std::string worker_id;
  std::string version;
  std::string trace;
  std::vector<Problem> problems = {};  // why it, and not only a task of it, is FAILED
  std::optional<Waiting> waiting{};    // how its work is split cannot be told now; its tasks go on
  std::vector<TaskStatus> tasks;
  config::ConnectorType type = config::ConnectorType::kSource;
};

/// A connector at one moment. Immutable and shared: the same objects are handed out until what they say has changed, so
/// that whoever made something of one may keep that for as long as the pointer is the same.
struct ConnectorView {
  std::shared_ptr<const ConnectorInfo> info;
  std::shared_ptr<const ConnectorStatus> status;
};
/// All connectors, by name; shared in the same way. Never null.
using ConnectorViews = std::shared_ptr<const std::vector<ConnectorView>>;

}  // namespace framespool::runtime
