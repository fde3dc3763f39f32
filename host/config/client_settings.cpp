#include "config/client_settings.h"

#include <string_view>

namespace framespool::config {

namespace {

broker::ClientSettings SettingsOf(const std::string& connector, const RawConfig& config, std::string_view prefix) {
  broker::ClientSettings settings{.connector = connector, .overrides = {}, .topics = {}};
  for (const auto& [key, value] : config) {
    if (key.starts_with(prefix)) settings.overrides[key.substr(prefix.size())] = value;
  }
  return settings;
}

}  // namespace

broker::ClientSettings ProducerSettingsOf(const std::string& connector, const RawConfig& config) {
  auto settings = SettingsOf(connector, config, "producer.override.");
  if (const auto topic = config.find("topic"); topic != config.end()) settings.topics.push_back(topic->second);
  if (const auto boundary = config.find("transaction.boundary");
      boundary != config.end() && boundary->second == "interval") {
    std::int64_t interval_ms = kTransactionIntervalMs;
    if (const auto given = config.find("transaction.boundary.interval.ms"); given != config.end()) {
      detail::FromText(detail::Trim(given->second), interval_ms);
    }
    settings.transaction_interval = std::chrono::milliseconds(interval_ms);
  }
  return settings;
}

broker::ClientSettings ReaderSettingsOf(const std::string& connector, const RawConfig& config) {
  return SettingsOf(connector, config, "consumer.override.");
}

}  // namespace framespool::config
