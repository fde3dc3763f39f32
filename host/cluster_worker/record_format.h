#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <broker/state_topics.h>
#include <cluster/told.h>
#include <cluster/view.h>
#include <store/config_store.h>

/// What the cluster's records are in config.storage.topic, and what workers tell in framespool.storage.topic.
/// Connectors and target states are as Kafka Connect has them; values are JSON.
namespace framespool::cluster {

std::vector<broker::StateWrite> WritesOf(const Transaction& transaction, const std::string& topic);

/// Makes records of what is read, in its order: a connector is two records of the topic.
class RecordReader {
 public:
  /// Nothing: it is none of the cluster's, or it can not be read (`problem` says so then), or tells of a connector that
  /// is not there.
  std::optional<Record> Read(const broker::ReadRecord& read);
  const std::string& problem() const noexcept { return problem_; }

 private:
  std::optional<Record> Make(const broker::ReadRecord& read);
  std::optional<Record> Connector(const std::string& name);

  struct Parts {
    std::optional<RawConfig> config;
    store::TargetState target = store::TargetState::kRunning;
  };
  std::map<std::string, Parts> parts_;
  std::string problem_;
};

broker::StateWrite WriteOf(const std::string& topic, const std::string& worker, const TellingWorker& tells);
broker::StateWrite WriteOf(const std::string& topic, const TaskKey& key, const TaskReport& report);

inline constexpr std::string_view kWorkerPrefix = "[\"worker\",";
inline constexpr std::string_view kReportPrefix = "[\"task\",";
/// Brings what has been told to what this record says; what cannot be read counts as not told. False: it tells nothing
/// of workers or tasks.
bool TakeTold(const broker::ReadRecord& read, Told& told);

}  // namespace framespool::cluster
