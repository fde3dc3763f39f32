#include "client_defaults.h"

#include <algorithm>

#include <framespool/errors.h>

namespace framespool::broker {

namespace {

using Settings = std::map<std::string, std::string>;

Settings CommonDefaults(const std::string& client_id) {
  return {{"client.id", client_id},
          {"socket.keepalive.enable", "true"},
          {"socket.nagle.disable", "true"},
          // A broker that is back is found within a second.
          {"reconnect.backoff.ms", "100"},
          {"reconnect.backoff.max.ms", "1000"}};
}

bool ConfHasSetting(const char* name) {
  const ConfHandle conf(rd_kafka_conf_new(), &rd_kafka_conf_destroy);
  std::size_t size = 0;
  return rd_kafka_conf_get(conf.get(), name, nullptr, &size) == RD_KAFKA_CONF_OK;
}

Settings With(Settings base, const Settings& more) {
  for (const auto& [name, value] : more) base[name] = value;
  return base;
}

Settings Fixed(const KafkaOptions& options, const Settings& more) {
  return With(more, {{"bootstrap.servers", options.bootstrap_servers}});
}

ClientConfig ProducerConfigWith(const KafkaOptions& options, const ClientSettings& settings, const Settings& defaults,
                                const Settings& fixed) {
  ClientConfig config(With(CommonDefaults("connector-producer-" + settings.connector), defaults),
                      Fixed(options, fixed));
  config.Add({"", options.clients});
  config.Add({"producer.", options.producer});
  config.Add({kProducerOverride, settings.overrides});
  return config;
}

std::string BatchSize(std::int64_t batch_limit) {
  constexpr std::int64_t kBatchBytes = 2000000;  // half the CPU of 1,000,000 for records of 100 KB
  constexpr std::int64_t kBatchHead = 512;
  return std::to_string(std::clamp<std::int64_t>(batch_limit - kBatchHead, 1, kBatchBytes));
}

Settings ProducerDefaults(const KafkaOptions& options, std::int64_t batch_limit) {
  const std::int64_t record = std::clamp<std::int64_t>(options.message_max_bytes, 1000, 1000000000);
  return {{"acks", "all"},
          {"linger.ms", "0"},
          {"compression.type", "none"},
          {"partitioner", "murmur2_random"},
          {"message.max.bytes", std::to_string(record)},
          {"batch.size", BatchSize(batch_limit)},
          {"queue.buffering.max.kbytes", "32768"}};
}

Settings ConsumerDefaults() {
  Settings settings = {{"fetch.wait.max.ms", "40"},  // a jump waits for the fetch under way, and may take 50 ms in all
                       {"fetch.error.backoff.ms", "50"},
                       {"queued.max.messages.kbytes", "8192"},
                       {"isolation.level", "read_committed"}};
  // Newer ones have a setting for how soon they read on when there is room again: see FetchQueue::ReadOn().
  if (ConfHasSetting("fetch.queue.backoff.ms")) settings["fetch.queue.backoff.ms"] = "20";
  return settings;
}

/// The reader deals with offsets itself.
const Settings kConsumerFixed = {{"enable.auto.commit", "false"},
                                 {"enable.auto.offset.store", "false"},
                                 {"auto.offset.reset", "error"},
                                 {"enable.partition.eof", "true"}};

OffsetReset ResetOf(const std::string& key, const std::string& text) {
  if (text == "earliest") return OffsetReset::kEarliest;
  if (text == "latest") return OffsetReset::kLatest;
  if (text == "none") return OffsetReset::kNone;
  throw ConfigError(Problem{.field = key,
                            .message = "must be one of earliest, latest, none, but is \"" + text + "\"",
                            .kind = kind::kNotAllowed});
}

}  // namespace

ClientConfig AdminConfig(const KafkaOptions& options) {
  // Offsets are asked for as they are, with those of open transactions.
  ClientConfig config(With(CommonDefaults("framespool-admin"), {{"isolation.level", "read_uncommitted"}}),
                      Fixed(options, {{"allow.auto.create.topics", "false"}}));
  config.Add({"", options.clients});
  config.Add({"admin.", options.admin});
  return config;
}

ClientConfig ProducerConfig(const KafkaOptions& options, const ClientSettings& settings, std::int64_t batch_limit) {
  // As Connect: no idempotence by default, one request in flight keeps the order; records wait for Kafka for ever.
  return ProducerConfigWith(
      options, settings,
      With(ProducerDefaults(options, batch_limit), {{"max.in.flight", "1"}, {"message.timeout.ms", "0"}}), {});
}

void LimitBatches(ClientConfig& config, std::int64_t batch_limit) {
  config.SetDefault("batch.size", BatchSize(batch_limit));
}

ClientConfig TransactionalConfig(const KafkaOptions& options, const ClientSettings& settings, std::int64_t batch_limit,
                                 const std::string& transactional_id) {
  // Any topic may come, and an open producer keeps its limit.
  const std::int64_t limit = std::min(batch_limit, kUsualBatchLimit);
  return ProducerConfigWith(options, settings,
                            With(ProducerDefaults(options, limit), {{"transaction.timeout.ms", "60000"}}),
                            {{"transactional.id", transactional_id}, {"enable.idempotence", "true"}, {"acks", "all"}});
}

ClientConfig StateWriterConfig(const KafkaOptions& options, const std::string& transactional_id) {
  // A transaction of a worker that was killed is given up after its timeout, and holds back readers until then.
  ClientConfig config(
      With(CommonDefaults("framespool-state"),
           {{"transaction.timeout.ms", "10000"}, {"linger.ms", "0"}, {"partitioner", "murmur2_random"}}),
      Fixed(options, {{"transactional.id", transactional_id}, {"enable.idempotence", "true"}, {"acks", "all"}}));
  config.Add({"", options.clients});
  return config;
}

ClientConfig ReaderConfig(const KafkaOptions& options, const ClientSettings& settings, OffsetReset& reset) {
  ClientConfig config(With(CommonDefaults("connector-consumer-" + settings.connector), ConsumerDefaults()),
                      Fixed(options, kConsumerFixed));
  const auto add = [&](const std::string& prefix, Settings layer) {
    if (const auto found = layer.find("auto.offset.reset"); found != layer.end()) {
      reset = ResetOf(prefix + found->first, found->second);
      layer.erase(found);
    }
    config.Add({prefix, layer});
  };
  add("", options.clients);
  add("consumer.", options.consumer);
  add(kConsumerOverride, settings.overrides);
  return config;
}

ClientConfig ConsumerConfig(const KafkaOptions& options, const ClientSettings& settings, std::size_t partitions,
                            OffsetReset& reset) {
  ClientConfig config = ReaderConfig(options, settings, reset);
  // librdkafka asks for more only when it has an answer: four times as many bytes in each are a quarter of the waits.
  // An answer holds that much of every partition, and all of them share one read-ahead: with many it would be one
  // answer, and nothing be on its way while that is worked off.
  constexpr std::size_t kFetchBytes = 4 << 20;
  constexpr std::size_t kReadAheadKilobytes = 8192;
  config.SetDefault("fetch.message.max.bytes",
                    std::to_string(std::clamp(4 * kFetchBytes / partitions, kFetchBytes / 4, kFetchBytes)));
  config.SetDefault(
      "queued.max.messages.kbytes",
      std::to_string(std::clamp(partitions * kReadAheadKilobytes, kReadAheadKilobytes, 4 * kReadAheadKilobytes)));
  return config;
}

ClientConfig LookupConfig(const KafkaOptions& options) {
  OffsetReset unused{};
  ClientConfig config = ReaderConfig(options, {.connector = "lookup"}, unused);
  config.Add({"", {{"isolation.level", "read_committed"}, {"fetch.message.max.bytes", "65536"}}});
  return config;
}

ClientConfig GroupConfig(const KafkaOptions& options, const std::string& group) {
  ClientConfig config(With(CommonDefaults("framespool-offsets"), {}),
                      Fixed(options, {{"group.id", group}, {"enable.auto.commit", "false"}}));
  config.Add({"", options.clients});
  Settings consumer = options.consumer;
  consumer.erase("auto.offset.reset");
  consumer.erase("group.id");
  config.Add({"consumer.", consumer});
  return config;
}

}  // namespace framespool::broker
