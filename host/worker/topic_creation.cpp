#include "topic_creation.h"

#include <regex>
#include <string_view>
#include <vector>

namespace framespool::worker {

namespace {

/// Whether the whole of `topic` is matched by one of the comma-separated patterns that `key` holds.
bool Matches(const RawConfig& config, const std::string& key, const std::string& topic) {
  std::vector<std::string> patterns;
  if (const auto found = config.find(key); found != config.end()) detail::FromText(found->second, patterns);
  for (const std::string& pattern : patterns) {
    try {
      if (std::regex_match(topic, std::regex(pattern))) return true;
    } catch (const std::regex_error& error) {
      throw ConfigError(key + " must be regular expressions, but \"" + pattern + "\" is none: " + error.what());
    }
  }
  return false;
}

/// Adds what the keys of one group say.
void Apply(const RawConfig& config, const std::string& group, broker::TopicSpec& spec) {
  const std::string prefix = "topic.creation." + group + ".";
  for (const auto& [key, value] : config) {
    if (!key.starts_with(prefix)) continue;
    const std::string name = key.substr(prefix.size());
    if (name == "partitions" || name == "replication.factor") {
      std::int32_t number = 0;
      if (!detail::FromText(detail::Trim(value), number))
        throw ConfigError(key + " must be a whole number, but is \"" + value + "\"");
      if (number != -1 && (number < 1 || number > 32767))
        throw ConfigError(key + " must be -1 or 1 to 32767, but is \"" + value + "\"");
      // Connect: -1 is the broker's default.
      if (name == "partitions") {
        spec.partitions = number == -1 ? std::nullopt : std::optional(number);
      } else {
        spec.replication_factor = number == -1 ? std::nullopt : std::optional(static_cast<std::int16_t>(number));
      }
    } else if (name != "include" && name != "exclude") {
      spec.config[name] = value;
    }
  }
}

}  // namespace

std::optional<broker::TopicSpec> ConfiguredTopic(const RawConfig& config) {
  const auto topic = config.find("topic");
  if (topic == config.end()) return std::nullopt;
  broker::TopicSpec spec{.name = topic->second, .partitions = std::nullopt, .config = {}};
  Apply(config, "default", spec);
  std::vector<std::string> groups;
  if (const auto found = config.find("topic.creation.groups"); found != config.end())
    detail::FromText(found->second, groups);
  for (const std::string& group : groups) {
    const std::string prefix = "topic.creation." + group + ".";
    if (!Matches(config, prefix + "include", spec.name) || Matches(config, prefix + "exclude", spec.name)) continue;
    // The first group that wants it; of the default's it has the numbers that it does not say itself.
    spec.config.clear();
    Apply(config, group, spec);
    break;
  }
  return spec;
}

void CreateConfiguredTopic(const RawConfig& config, broker::Broker& broker) {
  const auto spec = ConfiguredTopic(config);
  if (spec && (spec->partitions || spec->replication_factor || !spec->config.empty())) broker.EnsureTopic(*spec);
}

}  // namespace framespool::worker
