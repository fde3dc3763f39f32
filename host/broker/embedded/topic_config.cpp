#include "topic_config.h"

#include <algorithm>
#include <limits>
#include <sstream>
#include <string_view>

#include <base/numbers.h>
#include <broker/topic_name.h>
#include <framespool/config_def.h>

#include "record_format.h"

namespace framespool::broker::embedded {

namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

struct Key {
  const char* name;
  std::int64_t min;
  std::int64_t max;
  bool unlimited;  // -1 is allowed
};

constexpr Key kKeys[] = {{"max.message.bytes", 1, static_cast<std::int64_t>(kLargestRecord), false},
                         {"retention.bytes", 0, kMost, true},
                         {"retention.ms", 0, kMost, true},
                         {"segment.bytes", 4096, kMost, false}};

/// White space around it does not count, as in Kafka.
std::optional<std::int64_t> ToNumber(std::string_view text) { return base::ToInteger<std::int64_t>(Trim(text)); }

}  // namespace

std::chrono::milliseconds TopicLimits::SegmentAge() const {
  return std::min<std::chrono::milliseconds>(retention_time / 8, std::chrono::hours(1));
}

void RequireTopicName(const std::string& name) {
  if (auto problem = TopicNameProblem(name)) throw BrokerError(*problem);
}

std::optional<std::string> TopicSettingProblem(const std::string& name, const std::string& value) {
  const auto key = std::find_if(std::begin(kKeys), std::end(kKeys), [&](const Key& k) { return name == k.name; });
  if (key == std::end(kKeys)) {
    std::string known;
    for (const Key& k : kKeys) known += (known.empty() ? "" : ", ") + std::string(k.name);
    return "is no topic config of the embedded broker; it knows " + known;
  }
  const auto number = ToNumber(value);
  if (number && ((*number >= key->min && *number <= key->max) || (key->unlimited && *number == -1)))
    return std::nullopt;
  return "must be a whole number of at least " + std::to_string(key->min) +
         (key->max == kMost ? "" : ", at most " + std::to_string(key->max)) +
         (key->unlimited ? ", or -1 for no limit" : "") + ", but is \"" + value.substr(0, 100) + "\"";
}

TopicLimits LimitsOf(const std::string& topic, const TopicConfig& config, const EmbeddedOptions& defaults) {
  TopicLimits limits{.segment_bytes = defaults.segment_bytes,
                     .retention_bytes = defaults.retention_bytes,
                     .retention_time = defaults.retention_time,
                     .max_record_bytes = std::min(defaults.max_record_bytes, kLargestRecord)};
  for (const auto& [name, text] : config) {
    if (const auto problem = TopicSettingProblem(name, text))
      throw BrokerError("topic " + topic + ": " + name + " " + *problem);
    const std::int64_t value = ToNumber(text).value_or(0);
    // As in Kafka 0 keeps nothing, which is not "no limit": what is a millisecond old, and what is behind a byte, goes.
    const std::int64_t limit = value == 0 ? 1 : std::max<std::int64_t>(value, 0);
    if (name == "segment.bytes") limits.segment_bytes = static_cast<std::uint64_t>(limit);
    if (name == "retention.bytes") limits.retention_bytes = static_cast<std::uint64_t>(limit);
    if (name == "retention.ms") limits.retention_time = std::chrono::milliseconds(limit);
    if (name == "max.message.bytes") limits.max_record_bytes = static_cast<std::uint64_t>(limit);
  }
  return limits;
}

TopicConfig ToConfig(const TopicLimits& limits, const TopicConfig& own) {
  const auto text = [](auto limit) { return limit == 0 ? std::string("-1") : std::to_string(limit); };
  TopicConfig config{{"max.message.bytes", std::to_string(limits.max_record_bytes)},
                     {"retention.bytes", text(limits.retention_bytes)},
                     {"retention.ms", text(limits.retention_time.count())},
                     {"segment.bytes", std::to_string(limits.segment_bytes)}};
  for (const auto& [name, value] : own) config[name] = Trim(value);
  return config;
}

void WriteTopicMeta(FileOps& files, const std::filesystem::path& folder, const TopicMeta& meta) {
  std::string text = "partitions=" + std::to_string(meta.partitions) + "\n";
  for (const auto& [name, value] : meta.config) text += name + "=" + value + "\n";
  ReplaceFile(files, folder / kMetaFile, text);
}

std::optional<TopicMeta> ReadTopicMeta(const std::filesystem::path& folder) {
  constexpr std::size_t kMostText = 1u << 20;
  const auto text = ReadSmallFile(folder / kMetaFile, kMostText);
  if (!text) return std::nullopt;
  std::istringstream file(*text);
  TopicMeta meta;
  for (std::string line; std::getline(file, line);) {
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) return std::nullopt;
    const std::string name = line.substr(0, equals);
    const std::string value = line.substr(equals + 1);
    if (name != "partitions") {
      meta.config[name] = value;
    } else if (const auto count = base::ToInteger<std::int32_t>(value); count && *count >= 1) {
      meta.partitions = *count;
    } else {
      return std::nullopt;
    }
  }
  return meta.partitions > 0 ? std::optional(meta) : std::nullopt;
}

}  // namespace framespool::broker::embedded
