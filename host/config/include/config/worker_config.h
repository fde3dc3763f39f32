#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <base/log.h>
#include <base/secrets.h>
#include <config/config_providers.h>
#include <framespool/config_def.h>
#include <plugins/plugin_registry.h>

namespace framespool::config {

enum class ExactlyOnceSource { kDisabled, kPreparing, kEnabled };

/// What a worker is started with. Kafka Connect's and Kafka's names where they have the thing.
struct WorkerConfig {
  std::string listeners = "http://127.0.0.1:8083";
  std::vector<std::string> plugin_path;
  std::string data_dir = "data";
  std::vector<std::string> file_roots;
  std::string users_file;
  std::string https_certificate;  // a file of PEM; empty: no https
  std::string https_key;          // another one; empty: it is in the certificate's
  std::string https_key_password;
  std::vector<std::string> allowed_hosts;
  std::string advertised_host;
  std::vector<std::string> allow_origins;
  bool insecure = false;
  bool trust_forwarded = false;
  std::string worker_id;
  std::string log_level = "info";
  std::string log_format = "text";
  std::chrono::milliseconds offset_flush_interval{60'000};
  std::chrono::milliseconds shutdown_timeout{5'000};
  std::chrono::milliseconds stall_timeout{60'000};
  std::chrono::duration<std::int32_t, std::ratio<60>> offsets_retention{7 * 24 * 60};
  std::int32_t partitions = 1;
  Bytes segment_bytes{64 << 20};
  std::chrono::milliseconds flush_interval{100};
  std::chrono::milliseconds retention = std::chrono::hours(7 * 24);  // -1 ms: no limit
  Bytes retention_bytes{4LL << 30};
  Bytes total_bytes{0};
  Bytes free_floor{512LL << 20};
  Bytes message_max{64 << 20};
  std::string bootstrap_servers;  // empty: the embedded broker
  std::string group_id;
  ExactlyOnceSource exactly_once = ExactlyOnceSource::kDisabled;
  std::string offsets_topic = "framespool-offsets";
  std::int32_t offsets_partitions = 25;
  std::int32_t offsets_replication = -1;
  std::string config_topic;  // empty: state is kept in data.dir
  std::int32_t config_replication = -1;
  std::string status_topic;
  std::int32_t status_partitions = 5;
  std::int32_t status_replication = -1;
  std::string own_topic;
  std::int32_t own_partitions = 5;
  std::int32_t own_replication = -1;
  std::chrono::milliseconds session_timeout{10'000};
  std::chrono::milliseconds heartbeat_interval{3'000};
  std::chrono::milliseconds rebalance_delay{0};
  std::chrono::milliseconds return_grace{0};
  std::vector<std::string> worker_labels;  // name=value, or a name alone
  bool create_topics = true;
  std::string override_policy = "All";
  std::vector<std::string> config_providers;
  base::Secrets secrets{};    // that config providers said of what follows
  RawConfig converters{};     // key.converter and value.converter, each with its keys: of connectors that name none
  RawConfig client_settings;  // producer.*, consumer.*, admin.*, security.*, sasl.*, ssl.*, as they are written

  static const ConfigDef<WorkerConfig>& Describe();
};

/// group.id, or what it is where it is not set.
std::string GroupOf(const WorkerConfig& config);
/// Whether the worker shares its connectors with others: it keeps its state in Kafka and has a group.
bool IsInCluster(const WorkerConfig& config);

/// worker.labels by name; a name alone is there with an empty value.
std::map<std::string, std::string> LabelsOf(const WorkerConfig& config);

/// The topics that a worker keeps its state in, those as well that its config leaves to be named.
struct StateTopicNames {
  std::string config;
  std::string offsets;
  std::string status;
  std::string own;  // framespool.storage.topic
};
/// Of a worker that sets config.storage.topic.
StateTopicNames StateTopicsOf(const WorkerConfig& config);

/// The keys of a worker as they are written: in a .properties file, overridden by the environment (FRAMESPOOL_DATA_DIR
/// for data.dir).
struct WorkerKeys {
  std::string file;
  RawConfig own{};              // those that WorkerConfig declares
  RawConfig client_settings{};  // of Kafka's clients
  RawConfig converters{};
  RawConfig providers{};                        // config.providers and what stands below it
  std::map<std::string, std::string> origin{};  // by key: the file, or the variable of the environment
  /// What is odd and refuses nothing: an unknown key, with the nearest known one.
  std::vector<std::pair<LogLevel, std::string>> remarks{};

  /// Where the libraries are, those of config providers as well: it cannot come from one itself.
  std::vector<std::string> plugin_path() const;
  /// How to log, before config providers can be asked.
  log::Format log_format() const;
};

/// Throws ConfigError naming the file that cannot be read. Logs nothing: how is one of the keys. `environment` is
/// envp-like: NAME=value.
WorkerKeys ReadWorkerKeys(const std::filesystem::path& file, const std::vector<std::string>& environment);
/// Logs what is odd about them.
void LogRemarks(const WorkerKeys& keys);

/// The providers that `keys` name. Throws ConfigError naming file, key and what is allowed.
ConfigProviders ProvidersOf(const WorkerKeys& keys, plugins::PluginRegistry& plugins);

/// What `keys` say, with the values of their variables. Throws ConfigError naming file, key, value and what is allowed;
/// a provider's value is not told.
WorkerConfig WorkerConfigOf(const WorkerKeys& keys, const ConfigProviders& providers);

/// All of that, of a worker without config providers.
WorkerConfig LoadWorkerConfig(const std::filesystem::path& file, const std::vector<std::string>& environment);

}  // namespace framespool::config
