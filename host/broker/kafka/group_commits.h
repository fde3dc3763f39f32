#pragma once

#include <broker_kafka/kafka_broker.h>

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "client.h"

namespace framespool::broker {

/// Tells Kafka's consumer groups how far the sinks are, for kafka-consumer-groups and its like. Nothing is read back:
/// the store keeps the truth. Owned by the broker; the thread "kafka-commit" is its own.
class GroupCommits {
 public:
  GroupCommits(const KafkaOptions& options, std::shared_ptr<Connection> connection);
  GroupCommits(const GroupCommits&) = delete;
  GroupCommits& operator=(const GroupCommits&) = delete;

  /// Any thread; returns at once. The newest offset is committed within about a second, and taken away where there is
  /// none.
  void Note(const std::string& group, const TopicPartition& source, std::optional<std::int64_t> offset);

 private:
  using Clock = std::chrono::steady_clock;
  using Offsets = std::map<TopicPartition, std::optional<std::int64_t>>;
  struct Member {
    std::unique_ptr<Client> client;
    Clock::time_point used;
  };
  void Work(const std::stop_token& stop);
  /// Whether Kafka has them, or never will.
  bool Commit(const std::string& group, const Offsets& offsets);
  static rd_kafka_resp_err_t Set(const Client& client, const Offsets& offsets);
  static rd_kafka_resp_err_t Delete(const Client& client, const std::string& group, const Offsets& offsets);

  const KafkaOptions options_;
  const std::shared_ptr<Connection> connection_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Offsets> pending_;
  std::map<std::string, Member> members_;  // the thread's own, as is what follows
  std::set<std::string> refused_;          // groups whose refusal is in the log
  std::jthread thread_;
};

}  // namespace framespool::broker
