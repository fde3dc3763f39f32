#include "kafka_keys.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <broker/topic_name.h>

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

/// State in topics needs Kafka, and each kind a topic of its own.
std::optional<Problem> StateTopicProblem(const WorkerConfig& config) {
  if (config.config_topic.empty()) return std::nullopt;
  if (config.bootstrap_servers.empty()) {
    return Problem{.message =
                       "keeps this worker's state in Kafka, but bootstrap.servers is not set; set it, or remove "
                       "config.storage.topic to keep the state in data.dir"};
  }
  std::map<std::string, std::string> kinds;
  const StateTopicNames names = StateTopicsOf(config);
  for (const auto& [key, name] : {std::pair{"config.storage.topic", names.config},
                                  {"offset.storage.topic", names.offsets},
                                  {"status.storage.topic", names.status},
                                  {"framespool.storage.topic", names.own}}) {
    if (auto problem = broker::TopicNameProblem(name)) return Problem{.message = std::string(key) + ": " + *problem};
    if (const auto [same, is_new] = kinds.emplace(name, key); !is_new) {
      return Problem{.message = "must be a topic of its own, as must all that keep state, but " + same->second +
                                " and " + key + " are both " + name};
    }
  }
  return std::nullopt;
}

/// A label is what `placement` can name.
std::optional<Problem> LabelsProblem(const WorkerConfig& config) {
  std::set<std::string_view> names;
  for (const std::string& label : config.worker_labels) {
    const std::string_view name = std::string_view(label).substr(0, label.find('='));
    const bool can_be_named = !name.empty() && label.find_first_of(" \t!&|()") == std::string::npos &&
                              std::count(label.begin(), label.end(), '=') <= 1;
    if (!can_be_named) {
      return Problem{.message =
                         "must be names or name=value as in site=berlin, gpu, without blanks and = ! & | ( ), "
                         "comma-separated, but has \"" +
                         label + "\""};
    }
    if (name == "worker")
      return Problem{.message = "cannot have worker, which is worker.id", .kind = kind::kNotAllowed};
    if (!names.insert(name).second) return Problem{.message = "has " + std::string(name) + " twice"};
  }
  return std::nullopt;
}

std::optional<Problem> HeartbeatProblem(const WorkerConfig& config) {
  if (config.heartbeat_interval < config.session_timeout) return std::nullopt;
  return Problem{.message = "must be less than session.timeout.ms (" + std::to_string(config.session_timeout.count()) +
                            "), but is " + std::to_string(config.heartbeat_interval.count())};
}

}  // namespace

StateTopicNames StateTopicsOf(const WorkerConfig& config) {
  const auto or_beside = [&](const std::string& name, const char* suffix) {
    return name.empty() ? config.config_topic + suffix : name;
  };
  return {.config = config.config_topic,
          .offsets = config.offsets_topic,
          .status = or_beside(config.status_topic, "-status"),
          .own = or_beside(config.own_topic, "-framespool")};
}

std::map<std::string, std::string> LabelsOf(const WorkerConfig& config) {
  std::map<std::string, std::string> labels;
  for (const std::string& label : config.worker_labels) {
    const auto equals = std::min(label.find('='), label.size());
    labels[label.substr(0, equals)] = equals < label.size() ? label.substr(equals + 1) : "";
  }
  return labels;
}

std::string GroupOf(const WorkerConfig& config) { return config.group_id.empty() ? "framespool" : config.group_id; }

bool IsInCluster(const WorkerConfig& config) { return !config.config_topic.empty() && !config.group_id.empty(); }

void DeclareKafkaKeys(ConfigDef<WorkerConfig>& def) {
  def.Field("bootstrap.servers", &WorkerConfig::bootstrap_servers,
            "Kafka: host:port, comma-separated. Empty: topics are kept in data.dir, by the embedded broker. Clients "
            "are set "
            "with producer.*, consumer.* and admin.*, all of them with security.protocol, sasl.* and ssl.*.")
      .Field(
          "group.id", &WorkerConfig::group_id,
          "Kafka: begins the transactional ids. With config.storage.topic the workers that have the same share their "
          "connectors; without, each needs its own. Empty: framespool, and alone.")
      .Field("exactly.once.source.support", &WorkerConfig::exactly_once,
             "Kafka: whether records and source offsets are committed in one transaction.",
             {{"disabled", ExactlyOnceSource::kDisabled},
              {"preparing", ExactlyOnceSource::kPreparing},
              {"enabled", ExactlyOnceSource::kEnabled}})
      .Field("offset.storage.topic", &WorkerConfig::offsets_topic,
             "Kafka: the compacted topic of source offsets, with exactly.once.source.support=enabled or "
             "config.storage.topic.")
      .Field("offset.storage.partitions", &WorkerConfig::offsets_partitions,
             "Kafka: its partitions when it is created.")
      .Range(1, 1000)
      .Field("offset.storage.replication.factor", &WorkerConfig::offsets_replication,
             "Kafka: its replication when it is created; -1: the cluster's default.")
      .Range(-1, 32767)
      .Field("config.storage.topic", &WorkerConfig::config_topic,
             "Kafka: the compacted topic, of one partition, of connectors and their target states. Set, all state is "
             "kept in Kafka, and the worker needs no disk. Empty: in data.dir.")
      .Field("config.storage.replication.factor", &WorkerConfig::config_replication,
             "Kafka: its replication when it is created; -1: the cluster's default.")
      .Range(-1, 32767)
      .Field("status.storage.topic", &WorkerConfig::status_topic,
             "Kafka: the compacted topic of how tasks are and of topics in use, with config.storage.topic. Empty: that "
             "and -status.")
      .Field("status.storage.partitions", &WorkerConfig::status_partitions, "Kafka: its partitions when it is created.")
      .Range(1, 1000)
      .Field("status.storage.replication.factor", &WorkerConfig::status_replication,
             "Kafka: its replication when it is created; -1: the cluster's default.")
      .Range(-1, 32767)
      .Field("framespool.storage.topic", &WorkerConfig::own_topic,
             "Kafka: the compacted topic of positions of sinks and viewers, and of who changed what, with "
             "config.storage.topic. Empty: that and -framespool.")
      .Field("framespool.storage.partitions", &WorkerConfig::own_partitions,
             "Kafka: its partitions when it is created.")
      .Range(1, 1000)
      .Field("framespool.storage.replication.factor", &WorkerConfig::own_replication,
             "Kafka: its replication when it is created; -1: the cluster's default.")
      .Range(-1, 32767)
      .Field("session.timeout.ms", &WorkerConfig::session_timeout,
             "Kafka, workers of one group.id: for how long a worker may not be heard of until others run its tasks.")
      .Range(1000, 3600000)
      .Field("heartbeat.interval.ms", &WorkerConfig::heartbeat_interval,
             "Kafka, workers of one group.id: how often a worker is heard of; less than session.timeout.ms, a third "
             "of it or so.")
      .Range(100, 1200000)
      .Field("scheduled.rebalance.max.delay.ms", &WorkerConfig::rebalance_delay,
             "Kafka, workers of one group.id: for how long the tasks of a worker that died wait for it.")
      .Range(0, 86400000)
      .Field("worker.return.grace.ms", &WorkerConfig::return_grace,
             "Kafka, workers of one group.id: for how long the tasks of this worker wait for it when it is stopped, as "
             "for a restart; 0: others have them at once.")
      .Range(0, 86400000)
      .Field("worker.labels", &WorkerConfig::worker_labels,
             "Kafka, workers of one group.id: what this worker is or has, for placement in connectors' configs: "
             "site=berlin, gpu. Its id is the label worker.")
      .Field("topic.creation.enable", &WorkerConfig::create_topics,
             "Kafka: whether topics that connectors name are created when they are missing.")
      .Field("connector.client.config.override.policy", &WorkerConfig::override_policy,
             "Kafka: which of producer.override.* and consumer.override.* connectors may set.")
      .OneOf({"All", "Principal", "None"})
      .Rule("bootstrap.servers", AddressProblem)
      .Rule("config.storage.topic", StateTopicProblem)
      .Rule("worker.labels", LabelsProblem)
      .Rule("heartbeat.interval.ms", HeartbeatProblem);
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
