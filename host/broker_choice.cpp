#include "broker_choice.h"

#include <filesystem>

#include <broker_embedded/embedded_broker.h>
#include <broker_kafka/kafka_broker.h>

namespace framespool {

namespace {

std::uint64_t LimitOf(std::int64_t bytes) { return bytes < 0 ? 0 : static_cast<std::uint64_t>(bytes); }

broker::EmbeddedOptions EmbeddedOptionsOf(const config::WorkerConfig& config) {
  broker::EmbeddedOptions options;
  options.directory = std::filesystem::path(config.data_dir) / "topics";
  options.sync_interval = std::chrono::milliseconds(config.flush_interval_ms);
  options.default_partitions = config.partitions;
  options.segment_bytes = LimitOf(config.segment_bytes);
  options.retention_bytes = LimitOf(config.retention_bytes);
  options.retention_time = std::chrono::milliseconds(config.retention_ms < 0 ? 0 : config.retention_ms);
  options.total_bytes = LimitOf(config.total_bytes);
  options.free_space_floor = LimitOf(config.free_floor_bytes);
  options.max_record_bytes = LimitOf(config.message_max_bytes);
  return options;
}

broker::KafkaOptions KafkaOptionsOf(const config::WorkerConfig& config) {
  broker::KafkaOptions options;
  options.bootstrap_servers = config.bootstrap_servers;
  for (const auto& [key, value] : config.client_settings) {
    const auto dot = key.find('.');
    const std::string kind = key.substr(0, dot);
    auto& settings = kind == "producer"   ? options.producer
                     : kind == "consumer" ? options.consumer
                     : kind == "admin"    ? options.admin
                                          : options.clients;
    settings[&settings == &options.clients ? key : key.substr(dot + 1)] = value;
  }
  options.override_policy = config.override_policy;
  options.group_id = config.group_id;
  options.exactly_once = config.exactly_once == "enabled";
  options.offsets_topic = config.offsets_topic;
  options.offsets_partitions = config.offsets_partitions;
  options.offsets_replication = static_cast<std::int16_t>(config.offsets_replication);
  options.create_topics = config.create_topics;
  options.message_max_bytes = config.message_max_bytes;
  return options;
}

}  // namespace

std::unique_ptr<broker::Broker> ChooseBroker(const config::WorkerConfig& config) {
  if (config.bootstrap_servers.empty()) return broker::OpenEmbeddedBroker(EmbeddedOptionsOf(config));
  return broker::OpenKafkaBroker(KafkaOptionsOf(config));
}

}  // namespace framespool
