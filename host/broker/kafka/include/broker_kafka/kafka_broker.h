#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <broker/broker.h>

namespace framespool::broker {

/// How to reach a Kafka cluster and what to ask of it. Client settings have Kafka's own names, or librdkafka's.
struct KafkaOptions {
  std::string bootstrap_servers;                // host:port, comma-separated
  std::map<std::string, std::string> clients;   // security.*, sasl.*, ssl.*, client.*: of every client
  std::map<std::string, std::string> producer;  // the worker's producer.*, without that prefix; the same below
  std::map<std::string, std::string> consumer;
  std::map<std::string, std::string> admin;
  std::string group_id = "framespool";  // begins the transactional ids
  bool exactly_once = false;            // exactly.once.source.support=enabled
  std::string offsets_topic = "framespool-offsets";
  std::int32_t offsets_partitions = 25;
  std::int16_t offsets_replication = -1;  // -1: the broker's default
  /// Source offsets are ordered by their places in that topic, of which the worker has no other copy.
  bool offsets_by_place = false;
  bool create_topics = true;                  // topic.creation.enable
  std::int64_t message_max_bytes = 64 << 20;  // the largest record: of clients, and of topics that are created
};

/// A broker on librdkafka. Returns at once, whether the cluster can be reached or not: calls that need it throw
/// RetriableError until it can. Throws ConfigError naming the key for settings that cannot work. Owns three threads,
/// "kafka-watch", "kafka-commit" and "kafka-reaper", those of librdkafka, and "kafka-state" once a topic of state is
/// open.
std::unique_ptr<Broker> OpenKafkaBroker(const KafkaOptions& options);

/// Name and version of what this room is built on, as this process has loaded it: "librdkafka 2.0.2".
std::string KafkaLibrary();

}  // namespace framespool::broker
