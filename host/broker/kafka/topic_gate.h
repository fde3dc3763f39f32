#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "cluster.h"
#include "record_message.h"

namespace framespool::broker {

/// Sees to it that a topic exists before it is used, or says why it cannot. Owned by the broker; any thread.
class TopicGate {
 public:
  TopicGate(Cluster& cluster, bool create, std::int64_t max_message_bytes)
      : cluster_(cluster), create_(create), max_message_bytes_(max_message_bytes) {}

  /// Creates the topic when it is missing and topic.creation.enable allows. Waits for I/O.
  void Ensure(const TopicSpec& spec);
  /// The same for a topic about which nothing is known. Waits for I/O the first time only.
  void Require(const std::string& topic);
  /// The topic's max.message.bytes; nothing when it is not known.
  std::optional<std::int64_t> LimitOf(const std::string& topic);
  /// Look again: it may be gone.
  void Forget(const std::string& topic);

 private:
  Cluster& cluster_;
  const bool create_;
  const std::int64_t max_message_bytes_;
  std::mutex mutex_;
  std::map<std::string, std::optional<std::int64_t>> known_;  // with its max.message.bytes, where that may be seen
};

/// Connects a producer to the leaders of a topic, so that its first record does not wait for that. Leaves no trace.
void WarmUp(const Client& client, rd_kafka_topic_t* handle, const std::string& topic);

}  // namespace framespool::broker
