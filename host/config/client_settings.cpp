#include "config/client_settings.h"

#include <string_view>

#include <config/common_config.h>

namespace framespool::config {

namespace {

broker::ClientSettings SettingsOf(const std::string& connector, const RawConfig& config, std::string_view prefix) {
  broker::ClientSettings settings{.connector = connector};
  for (auto at = config.lower_bound(std::string(prefix)); at != config.end() && at->first.starts_with(prefix); ++at)
    settings.overrides[at->first.substr(prefix.size())] = at->second;
  return settings;
}

}  // namespace

broker::ClientSettings ProducerSettingsOf(const std::string& connector, const RawConfig& config) {
  auto settings = SettingsOf(connector, config, kProducerOverride);
  const CommonConfig common = CommonConfigOf(config);
  settings.topics = TopicsOf(ConnectorType::kSource, common).names;
  if (common.transaction_boundary == TransactionBoundary::kInterval)
    settings.transaction_interval = common.transaction_interval;
  return settings;
}

broker::ClientSettings ReaderSettingsOf(const std::string& connector, const RawConfig& config) {
  return SettingsOf(connector, config, kConsumerOverride);
}

}  // namespace framespool::config
