#include "broker_kafka/kafka_broker.h"

#include <algorithm>
#include <array>
#include <limits>

#include <base/log.h>
#include <broker/topic_name.h>
#include <framespool/errors.h>
#include <librdkafka/rdkafka.h>

#include "client_defaults.h"
#include "consumer.h"
#include "extents.h"
#include "fencing.h"
#include "group_commits.h"
#include "kafka_state_topics.h"
#include "offsets_topic.h"
#include "producer.h"
#include "topic_settings.h"
#include "transactional_producer.h"
#include "worker_group.h"

namespace framespool::broker {

namespace {

using namespace std::chrono_literals;

StateTopicSpec OffsetsSpec(const KafkaOptions& options) {
  return {.topic = {.name = options.offsets_topic,
                    .partitions = options.offsets_partitions,
                    .config = {},
                    .replication_factor = options.offsets_replication},
          .setting = "offset.storage.topic",
          .keeps_tombstones = true};
}

class KafkaBroker final : public Broker {
 public:
  explicit KafkaBroker(const KafkaOptions& options)
      : options_(options),
        connection_(std::make_shared<Connection>(options.bootstrap_servers)),
        cluster_(AdminConfig(options), connection_),
        gate_(cluster_, options.create_topics, options.message_max_bytes),
        state_(cluster_, options, connection_, sequence_),
        offsets_(state_, OffsetsSpec(options), options.offsets_by_place),
        groups_(cluster_, options, connection_),
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
    // Who looks for one under a name that none can have finds none; librdkafka would call that an error.
    if (!IsTopicName(topic)) return std::nullopt;
    const auto count = cluster_.PartitionCount(topic);
    if (!count) return std::nullopt;
    auto infos = Describe(std::map<std::string, std::int32_t>{{topic, *count}});
    return std::move(infos.front());
  }

  std::vector<TopicInfo> Topics() override { return Describe(cluster_.PartitionCounts()); }

  std::map<std::string, std::int32_t> PartitionCounts() override { return cluster_.PartitionCounts(); }

  bool DeleteTopic(const std::string& topic) override {
    if (auto problem = TopicNameProblem(topic)) throw BrokerError(*problem);
    if (const std::string owner = KeeperOf(topic); !owner.empty()) {
      throw BrokerError(
          Problem{.message = "topic " + topic + " is kept by " + owner +
                             " for itself and is not deleted here; kafka-topics --delete does it, if it must be",
                  .kind = "topic-reserved",
                  .facts = {{"topic", topic}}});
    }
    const bool deleted = cluster_.Delete(topic);
    gate_.Forget(topic);
    return deleted;
  }

  std::string KeeperOf(const std::string& topic) const override {
    const std::string setting = topic == options_.offsets_topic ? offsets_.spec().setting : state_.SettingOf(topic);
    if (!setting.empty()) return "this worker (" + setting + ")";
    if (groups_.MeetAt(topic)) return "this worker (group.id)";
    return topic.starts_with("__") ? "Kafka" : "";
  }

  std::unique_ptr<Producer> OpenProducer(const ClientSettings& settings, AckHandler on_ack) override {
    std::int64_t limit = std::numeric_limits<std::int64_t>::max();
    for (const std::string& topic : settings.topics) {
      gate_.Require(topic);
      limit = std::min(limit, gate_.BatchLimitOf(topic).value_or(kUsualBatchLimit));
    }
    cluster_.Require("opening a producer");
    if (!options_.exactly_once || !settings.keeps_source_offsets) {
      return std::make_unique<KafkaProducer>(ProducerConfig(options_, settings, limit), connection_, gate_, sequence_,
                                             settings.topics, std::move(on_ack));
    }
    TransactionalProducer::Identity identity{
        .connector = settings.connector,
        .transactional_id = TransactionalIdOf(options_.group_id, settings.connector, settings.task),
        .interval = settings.transaction_interval,
        .may_write = settings.may_write};
    auto config = TransactionalConfig(options_, settings, limit, identity.transactional_id);
    return std::make_unique<TransactionalProducer>(std::move(identity), std::move(config), connection_, gate_, offsets_,
                                                   sequence_, state_.process(), settings.topics, std::move(on_ack),
                                                   on_recovered_);
  }

  void FenceProducers(const std::string& connector, std::span<const int> tasks) override {
    cluster_.Require("fencing the producers of tasks that are gone");
    for (const int task : tasks) {
      const std::string id = TransactionalIdOf(options_.group_id, connector, task);
      const ClientSettings settings{.connector = connector, .task = task};
      Client client(RD_KAFKA_PRODUCER, TransactionalConfig(options_, settings, kUsualBatchLimit, id), connection_);
      InitTransactions(client, id, 3s);
    }
  }

  std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source, const ClientSettings& settings) override {
    ReaderSettings reader{.owner = settings.connector, .reset = OffsetReset::kAsked};
    const auto queue = OpenQueue(ReaderConfig(options_, settings, reader.reset));
    return OpenReaderOn(queue, reader, source);
  }

  std::unique_ptr<Consumer> OpenConsumer(std::span<const TopicPartition> sources,
                                         const ClientSettings& settings) override {
    ReaderSettings reader{.owner = settings.connector, .reset = OffsetReset::kAsked};
    const auto queue = OpenQueue(ConsumerConfig(options_, settings, sources.size(), reader.reset));
    std::vector<std::unique_ptr<KafkaReader>> readers;
    for (const TopicPartition& source : sources) readers.push_back(OpenReaderOn(queue, reader, source));
    return std::make_unique<KafkaConsumer>(queue, std::move(readers));
  }

  Capabilities capabilities() const noexcept override {
    return {.clients = true, .transactions = true, .exactly_once = options_.exactly_once};
  }
  StateTopics* state_topics() noexcept override { return &state_; }
  WorkerGroups* worker_groups() noexcept override { return &groups_; }
  std::vector<Problem> ClientSettingProblems(ClientKind client,
                                             const std::map<std::string, std::string>& overrides) const override;
  std::optional<std::string> TopicSettingProblem(const std::string& setting, const std::string& value) const override {
    return KafkaTopicSettingProblem(setting, value);
  }
  std::optional<RecordLimit> LargestRecord(const TopicSpec& spec, const ClientSettings& settings) override;

  /// Source offsets are told of by the transactional producers.
  void RecoverSourceOffsets(const Checkpoint& since, RecoveryHandler on_recovered) override {
    sequence_.Raise(since.sequence);
    foreign_ends_ = since.ends;
    on_recovered_ = std::move(on_recovered);
  }
  Checkpoint Acknowledged() override { return {.ends = foreign_ends_, .sequence = sequence_.Last()}; }
  void Sync() override {}
  std::uint64_t NextSequence() override { return sequence_.Next(); }

  void NoteConsumerOffset(const std::string& group, const TopicPartition& source,
                          std::optional<std::int64_t> offset) override {
    commits_.Note(group, source, offset);
  }

 private:
  std::shared_ptr<FetchQueue> OpenQueue(const ClientConfig& config) {
    std::size_t read_ahead_kilobytes = 0;
    ParseValue(config.Get("queued.max.messages.kbytes"), read_ahead_kilobytes);
    auto client = ShareClient(std::make_unique<Client>(RD_KAFKA_CONSUMER, config, connection_), reaper_);
    return std::make_shared<FetchQueue>(std::move(client), read_ahead_kilobytes * 1000);
  }

  std::unique_ptr<KafkaReader> OpenReaderOn(const std::shared_ptr<FetchQueue>& queue, const ReaderSettings& settings,
                                            const TopicPartition& source) {
    gate_.Ensure({.name = source.topic, .partitions = {}, .config = {}});
    const std::int32_t count = cluster_.PartitionCount(source.topic).value_or(0);
    if (source.partition < 0 || source.partition >= count) {
      throw BrokerError("topic " + source.topic + " has no partition " + std::to_string(source.partition) +
                        ", it has " + std::to_string(count));
    }
    extents_.Watch(source);
    return std::make_unique<KafkaReader>(source, settings, queue, extents_, cluster_);
  }

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
  Sequence sequence_;
  KafkaStateTopics state_;
  OffsetsTopic offsets_;
  KafkaWorkerGroups groups_;
  TimeProbe probe_;
  Extents extents_;
  std::map<TopicPartition, std::int64_t> foreign_ends_;  // of an embedded log beside the store; set before any producer
  RecoveryHandler on_recovered_;                         // likewise
  const std::shared_ptr<Reaper> reaper_;
  GroupCommits commits_;
  std::jthread watch_;  // last: its thread uses all of the above
};

/// What each connector has from the worker.
constexpr std::array<std::string_view, 3> kReserved = {"group.id", "transactional.id", "bootstrap.servers"};

std::vector<Problem> KafkaBroker::ClientSettingProblems(ClientKind client,
                                                        const std::map<std::string, std::string>& overrides) const {
  std::vector<Problem> problems;
  ClientSettings settings{.overrides = overrides};
  for (const std::string_view name : kReserved) {
    if (settings.overrides.erase(std::string(name)) == 0) continue;
    problems.push_back({.field = std::string(name),
                        .message = "is the worker's to say (group.id, bootstrap.servers, connect-<name>); remove it",
                        .kind = kind::kNotAllowed});
  }
  const bool producer = client == ClientKind::kProducer;
  try {
    OffsetReset unused{};
    if (producer) {
      ProducerConfig(options_, settings, options_.message_max_bytes).Build();
    } else {
      ReaderConfig(options_, settings, unused).Build();
    }
  } catch (const ConfigError& error) {
    const std::string_view prefix = producer ? kProducerOverride : kConsumerOverride;
    for (Problem problem : error.problems()) {
      // What cannot be used together is no setting's by itself; what the worker sets is none of the connector's.
      if (problem.field.starts_with(prefix)) {
        problem.field.erase(0, prefix.size());
      } else {
        problem = {.message = ToText(problem)};
      }
      problems.push_back(std::move(problem));
    }
  }
  return problems;
}

std::optional<RecordLimit> KafkaBroker::LargestRecord(const TopicSpec& spec, const ClientSettings& settings) {
  const ClientConfig client = ProducerConfig(options_, settings, options_.message_max_bytes);
  RecordLimit limit{.bytes = 0, .setting = client.Origin("message.max.bytes")};
  ParseValue(client.Get("message.max.bytes"), limit.bytes);
  if (limit.setting.empty()) limit.setting = "the worker's message.max.bytes";
  const auto lower = [&](const std::string& text, const std::string& setting) {
    std::int64_t bytes = 0;
    if (ParseValue(text, bytes) && bytes < limit.bytes) limit = {.bytes = bytes, .setting = setting};
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

std::string KafkaLibrary() { return std::string("librdkafka ") + rd_kafka_version_str(); }

}  // namespace framespool::broker
