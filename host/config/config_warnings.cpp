#include "config/config_warnings.h"

#include <algorithm>
#include <array>

#include <config/connector_config.h>
#include <config/dead_letter_checks.h>
#include <config/properties.h>
#include <config/value_checks.h>

namespace framespool::config {

namespace {

/// Keys of every connector in Kafka Connect that mean nothing here: a config written for it is not called odd.
constexpr std::array<std::string_view, 7> kOfConnect = {"tasks.max.enforce",
                                                        "offsets.storage.topic",
                                                        "connector.plugin.version",
                                                        "key.converter.plugin.version",
                                                        "value.converter.plugin.version",
                                                        "header.converter.plugin.version",
                                                        "topic.creation.enable"};
/// Of these the rest is a setting of something else's.
constexpr std::array<std::string_view, 8> kPrefixes = {"producer.override.", "consumer.override.", "admin.override.",
                                                       "transforms.",        "predicates.",        "key.converter.",
                                                       "value.converter.",   "header.converter."};

bool IsOfConnect(const std::string& key) {
  return std::find(kOfConnect.begin(), kOfConnect.end(), key) != kOfConnect.end() ||
         std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view each) { return key.starts_with(each); });
}

/// topic.creation.GROUP.SETTING of a group that there is.
bool IsOfAGroup(const std::string& key, const std::vector<std::string>& groups) {
  return std::any_of(groups.begin(), groups.end(),
                     [&](const std::string& group) { return key.starts_with("topic.creation." + group + "."); });
}

std::vector<ConfigWarning> UnknownKeysOf(const plugins::PluginClass& plugin, const RawConfig& config) {
  std::vector<std::string> known;
  for (const auto& key : KeysOf(plugin)) known.push_back(key.spec.name);
  std::vector<std::string> groups;
  if (TypeOf(plugin) == ConnectorType::kSource) {
    groups = CommonConfigOf(config).creation_groups;
    groups.emplace_back("default");
  }
  std::vector<ConfigWarning> warnings;
  for (const auto& [key, value] : config) {
    if (std::find(known.begin(), known.end(), key) != known.end() || IsOfConnect(key) || IsOfAGroup(key, groups))
      continue;
    ConfigWarning warning{.field = key, .message = {}, .suggestion = {}};
    // What is longer is no slip of the hand, and comparing takes time.
    constexpr std::size_t kLongestKey = 100;
    if (const std::string nearest = key.size() > kLongestKey ? "" : Nearest(key, known); !nearest.empty()) {
      warning.message = "is no key of " + plugin.class_name + " and has no effect; did you mean " + nearest + "?";
      warning.suggestion = nearest;
    } else {
      warning.message = "is no key of " + plugin.class_name + " and has no effect.";
    }
    warnings.push_back(std::move(warning));
    constexpr std::size_t kMostWarnings = 100;
    if (warnings.size() == kMostWarnings) break;
  }
  return warnings;
}

}  // namespace

std::vector<ConfigWarning> KeyWarnings(const plugins::PluginClass& plugin, const RawConfig& config) {
  std::vector<ConfigWarning> warnings = UnknownKeysOf(plugin, config);
  if (plugin.IsConnector() && TypeOf(plugin) == ConnectorType::kSink) {
    for (ConfigWarning& warning : DeadLetterWarnings(config)) warnings.push_back(std::move(warning));
  }
  return warnings;
}

}  // namespace framespool::config
