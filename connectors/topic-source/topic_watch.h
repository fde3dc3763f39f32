#pragma once

#include <chrono>
#include <thread>
#include <vector>

#include "framespool/connector.h"
#include "partition_shares.h"
#include "topic_source_config.h"

namespace framespool::topic_source {

/// One config for each task: the partitions that it reads. One that reads topics by their names alone follows them by
/// itself, and is told nothing. May wait for I/O; throws as the context does.
std::vector<RawConfig> SplitOf(const TopicSourceConfig& config, ConnectorContext& context, int max_tasks);

/// Looks for topics and partitions that have come or gone again and again, and asks for a new split then.
class TopicWatch final : public ConnectorWatch {
 public:
  TopicWatch(TopicSourceConfig config, ConnectorContext& context, std::chrono::milliseconds pause);

  /// Whether the last split is one that changes with the topics.
  static bool IsWanted(const ConnectorContext& context);

 private:
  void Look(const std::stop_token& stop);

  const TopicSourceConfig config_;
  ConnectorContext& context_;
  const std::chrono::milliseconds pause_;
  std::jthread thread_;
};

}  // namespace framespool::topic_source
