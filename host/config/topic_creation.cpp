#include "config/topic_creation.h"

#include <set>
#include <string_view>
#include <vector>

#include <config/value_checks.h>

#include "patterns.h"

namespace framespool::config {

namespace {

constexpr std::string_view kTopicCreation = "topic.creation.";
/// Patterns of one config, all together: each is compiled, and anybody may send one.
constexpr std::size_t kLongestPatterns = 10000;

std::vector<std::string> ListAt(const RawConfig& config, const std::string& key) {
  std::vector<std::string> items;
  if (const auto found = config.find(key); found != config.end()) ParseValue(found->second, items);
  return items;
}

/// Whether the whole of `topic` is matched by one of the comma-separated patterns that `key` holds.
bool Matches(const RawConfig& config, const std::string& key, const std::string& topic) {
  try {
    return MatchesOneOf(ListAt(config, key), topic);
  } catch (const ConfigError& error) {
    throw ConfigError(Problem{.field = key, .message = error.what()});
  }
}

/// `bytes` is how much there has been before.
std::optional<std::string> PatternsProblem(const std::string& value, std::size_t& bytes) {
  if (bytes + value.size() > kLongestPatterns) {
    return "must be at most " + std::to_string(kLongestPatterns) +
           " bytes together with all other .include and .exclude, but has " + std::to_string(value.size());
  }
  bytes += value.size();
  std::vector<std::string> patterns;
  ParseValue(value, patterns);
  for (const std::string& pattern : patterns) {
    if (auto problem = PatternProblem(pattern)) return problem;
  }
  return std::nullopt;
}

std::optional<std::string> NumberProblem(const std::string& value) {
  std::int32_t number = 0;
  if (!ParseValue(Trim(value), number)) return "must be a whole number, but is " + Quoted(value);
  if (number != -1 && (number < 1 || number > 32767)) return "must be -1 or 1 to 32767, but is " + Quoted(value);
  return std::nullopt;
}

/// `setting` is what follows the group in a key.
std::optional<std::string> SettingProblem(std::string_view setting, const std::string& value, std::size_t& bytes) {
  if (setting == "include" || setting == "exclude") return PatternsProblem(value, bytes);
  if (setting == "partitions" || setting == "replication.factor") return NumberProblem(value);
  if (setting.empty()) return "names no setting; write it behind the last dot, as in retention.ms";
  return std::nullopt;
}

/// For each key topic.creation.GROUP.SETTING of a group that there is: see(key, setting, value).
template <class F>
void ForEachSetting(const RawConfig& config, F see) {
  const auto named = ListAt(config, std::string(kTopicCreation) + "groups");
  std::set<std::string> groups(named.begin(), named.end());
  groups.insert("default");
  for (const std::string& group : groups) {
    const std::string prefix = std::string(kTopicCreation) + group + ".";
    for (auto at = config.lower_bound(prefix); at != config.end() && at->first.starts_with(prefix); ++at)
      see(at->first, at->first.substr(prefix.size()), at->second);
  }
}

/// Adds what the keys of one group say.
void Apply(const RawConfig& config, const std::string& group, broker::TopicSpec& spec) {
  const std::string prefix = std::string(kTopicCreation) + group + ".";
  for (const auto& [key, value] : config) {
    if (!key.starts_with(prefix)) continue;
    const std::string name = key.substr(prefix.size());
    if (name == "partitions" || name == "replication.factor") {
      if (const auto problem = NumberProblem(value)) throw ConfigError(Problem{.field = key, .message = *problem});
      std::int32_t number = 0;
      ParseValue(Trim(value), number);
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

std::vector<Problem> TopicCreationProblems(const RawConfig& config) {
  std::vector<Problem> errors;
  std::size_t bytes = 0;
  ForEachSetting(config, [&](const std::string& key, const std::string& setting, const std::string& value) {
    if (auto problem = SettingProblem(setting, value, bytes))
      errors.push_back({.field = key, .message = std::move(*problem)});
  });
  return errors;
}

std::vector<Problem> TopicSettingProblems(const RawConfig& config, const broker::Broker& broker) {
  std::vector<Problem> errors;
  ForEachSetting(config, [&](const std::string& key, const std::string& setting, const std::string& value) {
    std::size_t unused = 0;
    if (setting == "include" || setting == "exclude" || SettingProblem(setting, value, unused)) return;
    if (auto problem = broker.TopicSettingProblem(setting, value))
      errors.push_back({.field = key, .message = std::move(*problem), .kind = kind::kNotAllowed});
  });
  return errors;
}

std::optional<broker::TopicSpec> ConfiguredTopic(const RawConfig& config) {
  const auto topic = config.find("topic");
  if (topic == config.end()) return std::nullopt;
  broker::TopicSpec spec{.name = topic->second, .partitions = std::nullopt, .config = {}};
  Apply(config, "default", spec);
  for (const std::string& group : ListAt(config, std::string(kTopicCreation) + "groups")) {
    const std::string prefix = std::string(kTopicCreation) + group + ".";
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

}  // namespace framespool::config
