#pragma once

#include <broker/broker.h>
#include <broker_kafka/kafka_broker.h>

#include <string>

#include "client_config.h"
#include "reader.h"

namespace framespool::broker {

/// The settings of every client that this room makes: defaults for frames, then the worker's, then the connector's. All
/// throw ConfigError naming the key.

/// How messages name a connector's own settings.
inline constexpr const char* kProducerOverride = "producer.override.";
inline constexpr const char* kConsumerOverride = "consumer.override.";

/// What a topic takes in one batch unless it says otherwise, about: max.message.bytes is 1,048,588 by default.
constexpr std::int64_t kUsualBatchLimit = 1000000;

/// The worker's own: metadata, topics, offsets by time.
ClientConfig AdminConfig(const KafkaOptions& options);
/// `batch_limit`: of the topics known so far the smallest; a larger batch Kafka refuses whole.
ClientConfig ProducerConfig(const KafkaOptions& options, const ClientSettings& settings, std::int64_t batch_limit);
/// Another topic has come, with this limit.
void LimitBatches(ClientConfig& config, std::int64_t batch_limit);
ClientConfig TransactionalConfig(const KafkaOptions& options, const ClientSettings& settings, std::int64_t batch_limit,
                                 const std::string& transactional_id);
/// What the settings say of auto.offset.reset goes to `reset`.
ClientConfig ReaderConfig(const KafkaOptions& options, const ClientSettings& settings, OffsetReset& reset);
/// Of one that hands on all that it reads of so many partitions: fetches more at once, where ReaderConfig is quick to
/// jump.
ClientConfig ConsumerConfig(const KafkaOptions& options, const ClientSettings& settings, std::size_t partitions,
                            OffsetReset& reset);
/// Writes the worker's own state, in transactions of `transactional_id`.
ClientConfig StateWriterConfig(const KafkaOptions& options, const std::string& transactional_id);
/// Reads the worker's own state, and single records.
ClientConfig LookupConfig(const KafkaOptions& options);
/// Commits offsets for a consumer group that it never joins.
ClientConfig GroupConfig(const KafkaOptions& options, const std::string& group);

}  // namespace framespool::broker
