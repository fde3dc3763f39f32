#include "store_choice.h"

#include <filesystem>
#include <fstream>
#include <utility>

#include <base/log.h>
#include <base/private_files.h>
#include <broker/state_topics.h>
#include <store_kafka/kafka_store.h>

namespace framespool {

namespace {

std::filesystem::path DatabaseOf(const config::WorkerConfig& config) {
  return std::filesystem::path(config.data_dir) / "framespool.db";
}

/// Holds the topic's name where the state is in Kafka, so that a database from before is not taken for it.
std::filesystem::path MarkOf(const std::filesystem::path& data_dir) { return data_dir / "STATE_IN_KAFKA"; }

void Mark(const config::WorkerConfig& config) {
  const auto mark = MarkOf(config.data_dir);
  std::error_code ignored;  // whoever looks at it only says less without
  if (!KeepsStateInKafka(config)) {
    std::filesystem::remove(mark, ignored);
    return;
  }
  std::ofstream(mark) << config.config_topic << "\n";
  ignored = base::MakePrivate(mark);
}

broker::StateTopicSpec SpecOf(const char* setting, const std::string& name, std::int32_t partitions,
                              std::int32_t replication) {
  return {.topic = {.name = name,
                    .partitions = partitions,
                    .config = {},
                    .replication_factor = static_cast<std::int16_t>(replication)},
          .setting = setting};
}

/// Of a worker that shares its topics with others; its id follows.
std::string StoreWriterOf(const config::WorkerConfig& config) {
  return "framespool-store-" + config::GroupOf(config) + "-";
}

}  // namespace

bool KeepsStateInKafka(const config::WorkerConfig& config) { return !config.config_topic.empty(); }

std::unique_ptr<store::DataDirLock> TakeDataDir(const config::WorkerConfig& config) {
  try {
    auto lock = std::make_unique<store::DataDirLock>(config.data_dir);
    Mark(config);
    return lock;
  } catch (const store::StoreError& error) {
    if (!KeepsStateInKafka(config)) throw;
    log::Warn("worker", std::string(error.what()) +
                            ". The state is in Kafka, so this worker runs without; but which connector it was would "
                            "not be known if it crashed");
    return nullptr;
  }
}

std::optional<std::string> TopicOfState(const std::filesystem::path& data_dir) {
  std::ifstream mark(MarkOf(data_dir));
  std::string topic;
  if (!std::getline(mark, topic)) return std::nullopt;
  return topic;
}

std::unique_ptr<store::Store> OpenDatabase(const config::WorkerConfig& config) {
  if (!KeepsStateInKafka(config)) {
    return store::OpenSqliteStore(DatabaseOf(config), {.time = config.offsets_retention});
  }
  std::error_code ignored;
  if (std::filesystem::exists(DatabaseOf(config), ignored)) {
    log::Warn("store", "this worker keeps its state in Kafka (config.storage.topic); what is in " +
                           DatabaseOf(config).string() +
                           " is not looked at. framespool store move takes it over to Kafka, once; remove the file "
                           "when that is done");
  }
  return nullptr;
}

std::optional<herder::ClusterSetup> ClusterOf(const config::WorkerConfig& config, const std::string& worker_id) {
  if (!config::IsInCluster(config)) return std::nullopt;
  const config::StateTopicNames names = config::StateTopicsOf(config);
  herder::ClusterSetup setup{
      .group = config.group_id,
      .worker_id = worker_id,
      .state = SpecOf("config.storage.topic", names.config, 1, config.config_replication),
      .requests = SpecOf("config.storage.topic", names.config + "-requests", 1, config.config_replication),
      .told = SpecOf("framespool.storage.topic", names.own, config.own_partitions, config.own_replication),
      .status = SpecOf("status.storage.topic", names.status, config.status_partitions, config.status_replication),
      .store_writer = StoreWriterOf(config),
      .session_timeout = config.session_timeout,
      .heartbeat_interval = config.heartbeat_interval,
      .return_delay = config.rebalance_delay,
      .return_grace = config.return_grace,
      .labels = config::LabelsOf(config)};
  setup.state.one_partition = true;
  setup.requests.one_partition = true;
  setup.requests.is_log = true;
  setup.requests.topic.config = {{"cleanup.policy", "delete"}, {"retention.ms", "3600000"}};
  return setup;
}

std::unique_ptr<store::Store> OpenStateInKafka(const config::WorkerConfig& config, broker::Broker& broker,
                                               const std::string& worker_id, std::function<bool()> stopped,
                                               std::function<void(const std::string&)> on_superseded) {
  if (!KeepsStateInKafka(config)) return nullptr;
  const config::StateTopicNames names = config::StateTopicsOf(config);
  store::KafkaStoreOptions options{
      .config = SpecOf("config.storage.topic", names.config, 1, config.config_replication),
      .offsets = SpecOf("offset.storage.topic", names.offsets, config.offsets_partitions, config.offsets_replication),
      .status = SpecOf("status.storage.topic", names.status, config.status_partitions, config.status_replication),
      .own = SpecOf("framespool.storage.topic", names.own, config.own_partitions, config.own_replication),
      .writer = config::IsInCluster(config) ? StoreWriterOf(config) + worker_id
                                            : "framespool-store-" + config::GroupOf(config),
      .worker_id = worker_id,
      .is_shared = config::IsInCluster(config),
      .retention = {.time = config.offsets_retention},
      .stopped = std::move(stopped),
      .on_superseded = std::move(on_superseded)};
  options.config.one_partition = true;
  options.offsets.keeps_tombstones = true;
  return store::OpenKafkaStore(*broker.state_topics(), options);
}

}  // namespace framespool
