#include "kafka_keys.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace framespool::config {

namespace {

constexpr std::array<std::string_view, 7> kClientPrefixes = {"producer.", "consumer.", "admin.", "security.",
                                                             "sasl.",     "ssl.",      "client."};

std::optional<Problem> AddressProblem(const WorkerConfig& config) {
  std::vector<std::string> servers;
  ParseValue(config.bootstrap_servers, servers);
  for (const std::string& server : servers) {
    const auto colon = server.rfind(':');
    std::int32_t port = 0;
    const bool good = colon != std::string::npos && colon > 0 && ParseValue(server.substr(colon + 1), port) &&
                      port > 0 && port < 65536;
    if (!good) return Problem{.message = "must be host:port, comma-separated, but has \"" + server + "\""};
  }
  return std::nullopt;
}

}  // namespace

void DeclareKafkaKeys(ConfigDef<WorkerConfig>& def) {
  def.Field("bootstrap.servers", &WorkerConfig::bootstrap_servers,
            "Kafka: host:port, comma-separated. Empty: topics are kept in data.dir, by the embedded broker. Clients "
            "are set "
            "with producer.*, consumer.* and admin.*, all of them with security.protocol, sasl.* and ssl.*.")
      .Field("group.id", &WorkerConfig::group_id,
             "Kafka: begins the transactional ids. Workers that share a cluster each need their own.")
      .Field("exactly.once.source.support", &WorkerConfig::exactly_once,
             "Kafka: whether records and source offsets are committed in one transaction.",
             {{"disabled", ExactlyOnceSource::kDisabled},
              {"preparing", ExactlyOnceSource::kPreparing},
              {"enabled", ExactlyOnceSource::kEnabled}})
      .Field("offset.storage.topic", &WorkerConfig::offsets_topic,
             "Kafka: the compacted topic of source offsets, with exactly.once.source.support=enabled.")
      .Field("offset.storage.partitions", &WorkerConfig::offsets_partitions,
             "Kafka: its partitions when it is created.")
      .Range(1, 1000)
      .Field("offset.storage.replication.factor", &WorkerConfig::offsets_replication,
             "Kafka: its replication when it is created; -1: the cluster's default.")
      .Range(-1, 32767)
      .Field("topic.creation.enable", &WorkerConfig::create_topics,
             "Kafka: whether topics that connectors name are created when they are missing.")
      .Field("connector.client.config.override.policy", &WorkerConfig::override_policy,
             "Kafka: which of producer.override.* and consumer.override.* connectors may set.")
      .OneOf({"All", "Principal", "None"})
      .Rule("bootstrap.servers", AddressProblem);
}

bool IsClientKey(std::string_view key) {
  return std::any_of(kClientPrefixes.begin(), kClientPrefixes.end(),
                     [&](std::string_view prefix) { return key.starts_with(prefix); });
}

std::optional<std::string> ClientKeyOfVariable(std::string_view name) {
  std::string key(name);
  std::transform(key.begin(), key.end(), key.begin(),
                 [](unsigned char c) { return c == '_' ? '.' : static_cast<char>(std::tolower(c)); });
  return IsClientKey(key) ? std::optional(key) : std::nullopt;
}

}  // namespace framespool::config
