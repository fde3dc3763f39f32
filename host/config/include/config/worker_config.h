#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <framespool/config_def.h>

namespace framespool::config {

enum class ExactlyOnceSource { kDisabled, kPreparing, kEnabled };

/// What a worker is started with. Kafka Connect's and Kafka's names where they have the thing.
struct WorkerConfig {
  std::string listeners = "http://127.0.0.1:8083";
  std::vector<std::string> plugin_path;
  std::string data_dir = "data";
  std::vector<std::string> file_roots;
  std::vector<std::string> allowed_hosts;
  std::string advertised_host;
  std::vector<std::string> allow_origins;
  bool trust_forwarded = false;
  std::string worker_id;
  std::string log_level = "info";
  std::chrono::milliseconds offset_flush_interval{60'000};
  std::chrono::duration<std::int32_t, std::ratio<60>> offsets_retention{7 * 24 * 60};
  std::chrono::milliseconds shutdown_timeout{5'000};
  std::int32_t partitions = 1;
  Bytes segment_bytes{64 << 20};
  std::chrono::milliseconds flush_interval{100};
  std::chrono::milliseconds retention = std::chrono::hours(7 * 24);  // -1 ms: no limit
  Bytes retention_bytes{4LL << 30};
  Bytes total_bytes{0};
  Bytes free_floor{512LL << 20};
  Bytes message_max{64 << 20};
  std::string bootstrap_servers;  // empty: the embedded broker
  std::string group_id = "framespool";
  ExactlyOnceSource exactly_once = ExactlyOnceSource::kDisabled;
  std::string offsets_topic = "framespool-offsets";
  std::int32_t offsets_partitions = 25;
  std::int32_t offsets_replication = -1;
  bool create_topics = true;
  std::string override_policy = "All";
  RawConfig client_settings;  // producer.*, consumer.*, admin.*, security.*, sasl.*, ssl.*, as they are written

  static const ConfigDef<WorkerConfig>& Describe();
};

/// Where the keys of a worker come from: a .properties file, overridden by the environment (FRAMESPOOL_DATA_DIR for
/// data.dir). Throws ConfigError naming file, key, value and what is allowed; warns of an unknown key with the nearest
/// known one. `environment` is envp-like: NAME=value.
WorkerConfig LoadWorkerConfig(const std::filesystem::path& file, const std::vector<std::string>& environment);

}  // namespace framespool::config
