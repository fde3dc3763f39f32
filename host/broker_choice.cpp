#include "broker_choice.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <broker_embedded/embedded_broker.h>
#include <broker_kafka/kafka_broker.h>

namespace framespool {

namespace {

std::uint64_t LimitOf(Bytes bytes) { return bytes.count < 0 ? 0 : static_cast<std::uint64_t>(bytes.count); }

broker::EmbeddedOptions EmbeddedOptionsOf(const config::WorkerConfig& config) {
  broker::EmbeddedOptions options;
  options.directory = std::filesystem::path(config.data_dir) / "topics";
  options.sync_interval = config.flush_interval;
  options.default_partitions = config.partitions;
  options.segment_bytes = LimitOf(config.segment_bytes);
  options.retention_bytes = LimitOf(config.retention_bytes);
  options.retention_time = std::max(config.retention, std::chrono::milliseconds(0));
  options.total_bytes = LimitOf(config.total_bytes);
  options.free_space_floor = LimitOf(config.free_floor);
  options.max_record_bytes = LimitOf(config.message_max);
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
  options.group_id = config::GroupOf(config);
  options.exactly_once = config.exactly_once == config::ExactlyOnceSource::kEnabled;
  options.offsets_topic = config.offsets_topic;
  options.offsets_partitions = config.offsets_partitions;
  options.offsets_replication = static_cast<std::int16_t>(config.offsets_replication);
  options.offsets_by_place = !config.config_topic.empty();
  options.create_topics = config.create_topics;
  options.message_max_bytes = config.message_max.count;
  return options;
}

}  // namespace

std::unique_ptr<broker::Broker> ChooseBroker(const config::WorkerConfig& config) {
  if (config.bootstrap_servers.empty()) return broker::OpenEmbeddedBroker(EmbeddedOptionsOf(config));
  return broker::OpenKafkaBroker(KafkaOptionsOf(config));
}

}  // namespace framespool
