#pragma once

#include <string>

#include <broker/broker.h>
#include <framespool/config_def.h>

namespace framespool::config {

/// What a connector's config says of its broker clients: producer.override.*, topic, transaction.boundary.
broker::ClientSettings ProducerSettingsOf(const std::string& connector, const RawConfig& config);
/// What it asks of the broker, for Broker::CheckConnector().
broker::ConnectorSettings ConnectorSettingsOf(const RawConfig& config);
/// consumer.override.*
broker::ClientSettings ReaderSettingsOf(const std::string& connector, const RawConfig& config);

}  // namespace framespool::config
