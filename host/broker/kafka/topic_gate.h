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
  /// The largest batch that the topic takes, which must also fit into one of its segments; nothing when that is not
  /// known.
  std::optional<std::int64_t> BatchLimitOf(const std::string& topic);
  /// Look again: it may be gone.
  void Forget(const std::string& topic);

 private:
  /// What may be seen of the topic's settings.
  struct Limits {
    std::optional<std::int64_t> message_bytes;  // max.message.bytes
    std::optional<std::int64_t> segment_bytes;
  };

  Cluster& cluster_;
  const bool create_;
  const std::int64_t max_message_bytes_;
  std::mutex mutex_;
  std::map<std::string, Limits> known_;
};

/// Connects a producer to the leaders of a topic, so that its first record does not wait for that. Leaves no trace.
void ConnectToLeaders(const Client& client, rd_kafka_topic_t* handle, const std::string& topic);

}  // namespace framespool::broker
