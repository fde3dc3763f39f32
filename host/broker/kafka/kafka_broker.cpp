#include "broker_kafka/kafka_broker.h"

#include <algorithm>
#include <array>
#include <limits>

#include <base/log.h>
#include <framespool/errors.h>

#include "client_defaults.h"
#include "extents.h"
#include "group_commits.h"
#include "offsets_topic.h"
#include "producer.h"
#include "topic_settings.h"
#include "transactional_producer.h"

namespace framespool::broker {

namespace {

using namespace std::chrono_literals;

TopicSpec OffsetsSpec(const KafkaOptions& options) {
  return {.name = options.offsets_topic,
          .partitions = options.offsets_partitions,
          .config = {{"cleanup.policy", "compact"}},
          .replication_factor = options.offsets_replication};
}

class KafkaBroker final : public Broker {
 public:
  explicit KafkaBroker(const KafkaOptions& options)
      : options_(options),
        connection_(std::make_shared<Connection>(options.bootstrap_servers)),
        cluster_(AdminConfig(options), connection_),
        gate_(cluster_, options.create_topics, options.message_max_bytes),
        offsets_(cluster_, OffsetsSpec(options), LookupConfig(options), connection_),
        probe_(LookupConfig(options), connection_),
        extents_(cluster_, probe_),
        reaper_(std::make_shared<Reaper>()),
        commits_(options, connection_),
        watch_([this](std::stop_token stop) { Watch(stop); }) {
    // What connectors will be opened with is known to work before the first one is.
    ProducerConfig(options_, {}, options_.message_max_bytes).Build();
    OffsetReset unused{};
    ReaderConfig(options_, {}, unused).Build();
  }

  std::string ClusterId() override { return connection_->cluster_id(); }
  Health GetHealth() override { return connection_->GetHealth(); }

  void EnsureTopic(const TopicSpec& spec) override { gate_.Ensure(spec); }

  std::optional<TopicInfo> Describe(const std::string& topic) override {
    const auto count = cluster_.PartitionCount(topic);
    if (!count) return std::nullopt;
    auto infos = Describe(std::map<std::string, std::int32_t>{{topic, *count}});
    return std::move(infos.front());
  }

  std::vector<TopicInfo> Topics() override { return Describe(cluster_.PartitionCounts()); }

  bool DeleteTopic(const std::string& topic) override {
    if (auto problem = TopicNameProblem(topic)) throw BrokerError(*problem);
    if (topic == options_.offsets_topic || topic.starts_with("__")) {
      throw BrokerError("topic " + topic + " is kept by " +
                        (topic.starts_with("__") ? "Kafka" : "this worker (offset.storage.topic)") +
                        " for itself and is not deleted here; kafka-topics --delete does it, if it must be");
    }
    const bool deleted = cluster_.Delete(topic);
    gate_.Forget(topic);
    return deleted;
  }

  std::unique_ptr<Producer> OpenProducer(const std::string& connector, int task, AckHandler on_ack) override {
    return OpenProducerWith({.connector = connector, .overrides = {}, .topics = {}}, connector, task,
                            std::move(on_ack));
  }

  std::unique_ptr<Producer> OpenProducerWith(const ClientSettings& settings, const std::string& connector, int task,
                                             AckHandler on_ack) override {
    std::int64_t limit = std::numeric_limits<std::int64_t>::max();
    for (const std::string& topic : settings.topics) {
      gate_.Require(topic);
      limit = std::min(limit, gate_.BatchLimitOf(topic).value_or(kUsualBatchLimit));
    }
    cluster_.Require("opening a producer");
    if (!options_.exactly_once) {
      return std::make_unique<KafkaProducer>(ProducerConfig(options_, settings, limit), connection_, gate_, sequence_,
                                             settings.topics, std::move(on_ack));
    }
    TransactionalProducer::Identity identity{
        .connector = connector,
        .transactional_id = options_.group_id + "-" + connector + "-" + std::to_string(task),
        .interval = settings.transaction_interval};
    auto config = TransactionalConfig(options_, settings, limit, identity.transactional_id);
    return std::make_unique<TransactionalProducer>(std::move(identity), std::move(config), connection_, gate_, offsets_,
                                                   sequence_, settings.topics, std::move(on_ack));
  }

  std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source) override {
    return OpenReaderWith({.connector = "reader", .overrides = {}, .topics = {}}, source);
  }

  std::unique_ptr<TopicReader> OpenReaderWith(const ClientSettings& settings, const TopicPartition& source) override {
    gate_.Ensure({.name = source.topic, .partitions = {}, .config = {}});
    const std::int32_t count = cluster_.PartitionCount(source.topic).value_or(0);
    if (source.partition < 0 || source.partition >= count) {
      throw BrokerError("topic " + source.topic + " has no partition " + std::to_string(source.partition) +
                        ", it has " + std::to_string(count));
    }
    ReaderSettings reader{.owner = settings.connector, .reset = OffsetReset::kAsked, .read_ahead_bytes = 0};
    const ClientConfig config = ReaderConfig(options_, settings, reader.reset);
    detail::FromText(config.Get("queued.max.messages.kbytes"), reader.read_ahead_bytes);
    reader.read_ahead_bytes *= 1000;
    auto client = ShareClient(std::make_unique<Client>(RD_KAFKA_CONSUMER, config, connection_), reaper_);
    extents_.Watch(source);
    return std::make_unique<KafkaReader>(source, std::move(reader), std::move(client), extents_, cluster_);
  }

  std::vector<FieldError> CheckConnector(const RawConfig& config) override;
  std::optional<std::string> TopicSettingProblem(const std::string& setting, const std::string& value) const override {
    return KafkaTopicSettingProblem(setting, value);
  }
  std::optional<RecordLimit> LargestRecord(const TopicSpec& spec, const ClientSettings& settings) override;

  bool KeepsCheckpoints() const noexcept override { return false; }
  /// A producer tells the offsets of its connector when it is opened: only then can no other change them any more.
  std::vector<SourceOffset> RecoverSourceOffsets(const Checkpoint& since) override {
    sequence_.Raise(since.sequence);
    return {};
  }
  Checkpoint Sync() override { return {.ends = {}, .sequence = sequence_.Last()}; }
  std::uint64_t NextSequence() override { return sequence_.Next(); }

  void NoteConsumerOffset(const std::string& group, const TopicPartition& source,
                          std::optional<std::int64_t> offset) override {
    commits_.Note(group, source, offset);
  }

 private:
  std::vector<TopicInfo> Describe(const std::map<std::string, std::int32_t>& counts) {
    std::vector<std::string> names;
    std::vector<TopicPartition> partitions;
    for (const auto& [name, count] : counts) {
      names.push_back(name);
      for (std::int32_t i = 0; i < count; ++i) partitions.push_back({name, i});
    }
    const auto ranges = cluster_.Ranges(partitions);
    const auto configs = cluster_.Configs(names);
    std::vector<TopicInfo> infos;
    for (const auto& [name, count] : counts) {
      TopicInfo info{.name = name, .partitions = {}, .bytes = 0, .config = {}};
      for (std::int32_t i = 0; i < count; ++i) {
        const auto range = ranges.find({name, i});
        info.partitions.push_back(range == ranges.end() ? Extent{}
                                                        : Extent{range->second.first, range->second.end, {}, {}});
      }
      if (const auto config = configs.find(name); config != configs.end()) info.config = config->second;
      infos.push_back(std::move(info));
    }
    return infos;
  }

  void Watch(const std::stop_token& stop) {
    log::NameThread("kafka-watch");
    while (!stop.stop_requested()) {
      try {
        if (cluster_.Probe(connection_->reachable() ? 2s : 1s)) extents_.Refresh();
      } catch (const std::exception& error) {
        log::Debug("kafka", std::string("extents: ") + error.what());
      }
      connection_->AwaitTrouble(stop, 1s);
    }
  }

  const KafkaOptions options_;
  const std::shared_ptr<Connection> connection_;
  Cluster cluster_;
  TopicGate gate_;
  OffsetsTopic offsets_;
  TimeProbe probe_;
  Extents extents_;
  Sequence sequence_;
  const std::shared_ptr<Reaper> reaper_;
  GroupCommits commits_;
  std::jthread watch_;  // last: its thread uses all of the above
};

constexpr std::array<std::string_view, 2> kOverridePrefixes = {"producer.override.", "consumer.override."};
/// What connector.client.config.override.policy = Principal lets connectors say.
constexpr std::array<std::string_view, 6> kPrincipalKeys = {"security.protocol", "sasl.jaas.config", "sasl.mechanism",
                                                            "sasl.username",     "sasl.password",    "sasl.mechanisms"};
/// What each connector has from the worker.
constexpr std::array<std::string_view, 3> kReserved = {"group.id", "transactional.id", "bootstrap.servers"};

template <class List>
bool Holds(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::vector<FieldError> KafkaBroker::CheckConnector(const RawConfig& config) {
  std::vector<FieldError> errors;
  ClientSettings producer;
  ClientSettings consumer;
  for (const auto& [key, value] : config) {
    for (const std::string_view prefix : kOverridePrefixes) {
      if (!key.starts_with(prefix)) continue;
      const std::string name = key.substr(prefix.size());
      if (options_.override_policy == "None" ||
          (options_.override_policy == "Principal" && !Holds(kPrincipalKeys, name))) {
        errors.push_back({key, "is not allowed: the worker's connector.client.config.override.policy is " +
                                   options_.override_policy + "; remove it"});
      } else if (Holds(kReserved, name)) {
        errors.push_back({key, "is the worker's to say (group.id, bootstrap.servers, connect-<name>); remove it"});
      } else {
        (prefix.starts_with("producer") ? producer : consumer).overrides[name] = value;
      }
    }
  }
  const auto check = [&](auto build, std::string_view prefix) {
    try {
      build();
    } catch (const ConfigError& error) {
      // The message begins with the key.
      const std::string text = error.what();
      const auto space = text.find(' ');
      const bool names = text.starts_with(prefix) && space != std::string::npos;
      errors.push_back(
          {names ? text.substr(0, space) : std::string(prefix) + "*", names ? text.substr(space + 1) : text});
    }
  };
  check([&] { ProducerConfig(options_, producer, options_.message_max_bytes).Build(); }, kOverridePrefixes[0]);
  OffsetReset unused{};
  check([&] { ReaderConfig(options_, consumer, unused).Build(); }, kOverridePrefixes[1]);
  const auto is = [&](const char* key, const char* value) {
    const auto found = config.find(key);
    return found != config.end() && found->second == value;
  };
  if (is("exactly.once.support", "required") && !options_.exactly_once) {
    errors.push_back(
        {"exactly.once.support", "is required, but the worker's exactly.once.source.support is disabled; enable that"});
  }
  if (is("transaction.boundary", "connector")) {
    errors.push_back(
        {"transaction.boundary", "= connector: no connector here defines transactions; use poll or interval"});
  }
  if (const auto topic = config.find("topic"); topic != config.end()) {
    if (auto problem = TopicNameProblem(topic->second)) errors.push_back({"topic", *problem});
  }
  return errors;
}

std::optional<RecordLimit> KafkaBroker::LargestRecord(const TopicSpec& spec, const ClientSettings& settings) {
  const ClientConfig client = ProducerConfig(options_, settings, options_.message_max_bytes);
  RecordLimit limit{.bytes = 0, .setting = client.Origin("message.max.bytes")};
  detail::FromText(client.Get("message.max.bytes"), limit.bytes);
  if (limit.setting.empty()) limit.setting = "the worker's message.max.bytes";
  const auto lower = [&](const std::string& text, const std::string& setting) {
    std::int64_t bytes = 0;
    if (detail::FromText(text, bytes) && bytes < limit.bytes) limit = {.bytes = bytes, .setting = setting};
  };
  std::map<std::string, std::string> config = spec.config;
  try {
    if (connection_->reachable()) {
      if (const auto found = cluster_.Configs({&spec.name, 1}, true); found.contains(spec.name))
        config = found.at(spec.name);
    }
  } catch (const std::exception& error) {
    log::Debug("kafka", std::string("the limit of topic ") + spec.name + " cannot be told now: " + error.what());
  }
  if (const auto own = config.find("max.message.bytes"); own != config.end()) {
    lower(own->second, "max.message.bytes of topic " + spec.name);
  }
  return limit;
}

}  // namespace

std::unique_ptr<Broker> OpenKafkaBroker(const KafkaOptions& options) { return std::make_unique<KafkaBroker>(options); }

}  // namespace framespool::broker
