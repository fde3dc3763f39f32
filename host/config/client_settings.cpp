#include "config/client_settings.h"

#include <string_view>

#include <config/common_config.h>

namespace framespool::config {

namespace {

constexpr std::string_view kProducer = "producer.override.";
constexpr std::string_view kConsumer = "consumer.override.";

/// The keys below `prefix`, without it.
std::map<std::string, std::string> Overrides(const RawConfig& config, std::string_view prefix) {
  std::map<std::string, std::string> overrides;
  for (auto at = config.lower_bound(std::string(prefix)); at != config.end() && at->first.starts_with(prefix); ++at)
    overrides[at->first.substr(prefix.size())] = at->second;
  return overrides;
}

broker::ClientSettings SettingsOf(const std::string& connector, const RawConfig& config, std::string_view prefix) {
  return {.connector = connector, .overrides = Overrides(config, prefix), .topics = {}};
}

}  // namespace

broker::ClientSettings ProducerSettingsOf(const std::string& connector, const RawConfig& config) {
  auto settings = SettingsOf(connector, config, kProducer);
  const CommonConfig common = CommonConfigOf(config);
  settings.topics = TopicsOf(ConnectorType::kSource, common);
  if (common.transaction_boundary == TransactionBoundary::kInterval)
    settings.transaction_interval = common.transaction_interval;
  return settings;
}

broker::ConnectorSettings ConnectorSettingsOf(const RawConfig& config) {
  const CommonConfig common = CommonConfigOf(config);
  return {.producer = Overrides(config, kProducer),
          .consumer = Overrides(config, kConsumer),
          .topic = common.topic,
          .requires_exactly_once = common.exactly_once == ExactlyOnceSupport::kRequired,
          .own_transactions = common.transaction_boundary == TransactionBoundary::kConnector};
}

broker::ClientSettings ReaderSettingsOf(const std::string& connector, const RawConfig& config) {
  return SettingsOf(connector, config, kConsumer);
}

}  // namespace framespool::config
