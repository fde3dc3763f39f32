#include "topic_config.h"

#include <algorithm>
#include <limits>
#include <sstream>
#include <string_view>

#include <base/numbers.h>

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
                         {"retention.bytes", 1, kMost, true},
                         {"retention.ms", 1, kMost, true},
                         {"segment.bytes", 4096, kMost, false}};

}  // namespace

std::chrono::milliseconds TopicLimits::SegmentAge() const {
  return std::min<std::chrono::milliseconds>(retention_time / 8, std::chrono::hours(1));
}

void RequireTopicName(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  if (!name.empty() && name.size() <= 249 && name != "." && name != ".." &&
      std::all_of(name.begin(), name.end(), allowed)) {
    return;
  }
  throw BrokerError(
      "a topic's name must be 1 to 249 of a-z, A-Z, 0-9, '.', '_' and '-', and not \".\" or \"..\", but is \"" +
      name.substr(0, 300) + "\"" + (name.size() > 249 ? " (" + std::to_string(name.size()) + " characters)" : ""));
}

TopicLimits LimitsOf(const std::string& topic, const TopicConfig& config, const EmbeddedOptions& defaults) {
  TopicLimits limits{.segment_bytes = defaults.segment_bytes,
                     .retention_bytes = defaults.retention_bytes,
                     .retention_time = defaults.retention_time,
                     .max_record_bytes = std::min(defaults.max_record_bytes, kLargestRecord)};
  for (const auto& [name, text] : config) {
    const auto key = std::find_if(std::begin(kKeys), std::end(kKeys), [&](const Key& k) { return name == k.name; });
    if (key == std::end(kKeys)) {
      std::string known;
      for (const Key& k : kKeys) known += (known.empty() ? "" : ", ") + std::string(k.name);
      throw BrokerError("topic " + topic + ": " + name + " is no topic config of the embedded broker; it knows " +
                        known);
    }
    const auto number = base::ToInteger<std::int64_t>(text);
    const std::int64_t value = number.value_or(0);
    if (!number || ((value < key->min || value > key->max) && !(key->unlimited && value == -1))) {
      throw BrokerError("topic " + topic + ": " + name + " must be a whole number of at least " +
                        std::to_string(key->min) + (key->max == kMost ? "" : ", at most " + std::to_string(key->max)) +
                        (key->unlimited ? ", or -1 for no limit" : "") + ", but is \"" + text + "\"");
    }
    const auto limit = static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
    if (name == "segment.bytes") limits.segment_bytes = limit;
    if (name == "retention.bytes") limits.retention_bytes = limit;
    if (name == "retention.ms") limits.retention_time = std::chrono::milliseconds(std::max<std::int64_t>(value, 0));
    if (name == "max.message.bytes") limits.max_record_bytes = limit;
  }
  return limits;
}

TopicConfig ToConfig(const TopicLimits& limits) {
  const auto text = [](auto limit) { return limit == 0 ? std::string("-1") : std::to_string(limit); };
  return {{"max.message.bytes", std::to_string(limits.max_record_bytes)},
          {"retention.bytes", text(limits.retention_bytes)},
          {"retention.ms", text(limits.retention_time.count())},
          {"segment.bytes", std::to_string(limits.segment_bytes)}};
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
