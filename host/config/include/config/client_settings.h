#pragma once

#include <cstdint>
#include <string>

#include <broker/broker.h>
#include <framespool/config_def.h>

namespace framespool::config {

/// How long a transaction is kept open with transaction.boundary = interval, unless transaction.boundary.interval.ms
/// says.
constexpr std::int64_t kTransactionIntervalMs = 1000;

/// What a connector's config says of its broker clients: producer.override.*, topic, transaction.boundary.
broker::ClientSettings ProducerSettingsOf(const std::string& connector, const RawConfig& config);
/// consumer.override.*
broker::ClientSettings ReaderSettingsOf(const std::string& connector, const RawConfig& config);

}  // namespace framespool::config
