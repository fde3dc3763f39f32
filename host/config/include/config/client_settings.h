#pragma once

#include <string>
#include <string_view>

#include <broker/broker.h>
#include <framespool/config_def.h>

namespace framespool::config {

inline constexpr std::string_view kProducerOverride = "producer.override.";
inline constexpr std::string_view kConsumerOverride = "consumer.override.";

/// What a connector's config says of its broker clients: producer.override.*, topic, transaction.boundary.
broker::ClientSettings ProducerSettingsOf(const std::string& connector, const RawConfig& config);
/// consumer.override.*
broker::ClientSettings ReaderSettingsOf(const std::string& connector, const RawConfig& config);

}  // namespace framespool::config
