#include "topic_creation.h"

#include <string_view>

namespace framespool::worker {

void CreateConfiguredTopic(const RawConfig& config, broker::Broker& broker) {
  constexpr std::string_view kPrefix = "topic.creation.default.";
  const auto topic = config.find("topic");
  if (topic == config.end()) return;
  broker::TopicSpec spec{.name = topic->second, .partitions = std::nullopt, .config = {}};
  for (const auto& [key, value] : config) {
    if (!key.starts_with(kPrefix)) continue;
    const std::string name = key.substr(kPrefix.size());
    if (name == "partitions") {
      std::int32_t partitions = 0;
      if (!detail::FromText(value, partitions)) throw ConfigError(key + " must be a whole number, but is \"" + value + "\"");
      // Connect: -1 is the broker's default.
      if (partitions != -1) spec.partitions = partitions;
    } else if (name != "replication.factor" && name != "include" && name != "exclude") {
      spec.config[name] = value;
    }
  }
  if (spec.partitions || !spec.config.empty()) broker.EnsureTopic(spec);
}

}  // namespace framespool::worker
