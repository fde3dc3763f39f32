#include "topic_settings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include <framespool/config_def.h>

namespace framespool::broker {

namespace {

constexpr std::int64_t kMostInt = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostLong = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeastLong = std::numeric_limits<std::int64_t>::min();

struct NumberSetting {
  std::string_view name;
  std::int64_t min;
  std::int64_t max;
};

/// The least that any version of Kafka takes: newer ones ask for more of some (segment.bytes).
constexpr std::array<NumberSetting, 23> kNumbers = {{
    {"compression.gzip.level", -1, 9},
    {"compression.lz4.level", 1, 17},
    {"compression.zstd.level", -131072, 22},
    {"delete.retention.ms", 0, kMostLong},
    {"file.delete.delay.ms", 0, kMostLong},
    {"flush.messages", 1, kMostLong},
    {"flush.ms", 0, kMostLong},
    {"index.interval.bytes", 0, kMostInt},
    {"local.retention.bytes", -2, kMostLong},
    {"local.retention.ms", -2, kMostLong},
    {"max.compaction.lag.ms", 1, kMostLong},
    {"max.message.bytes", 0, kMostInt},
    {"message.timestamp.after.max.ms", 0, kMostLong},
    {"message.timestamp.before.max.ms", 0, kMostLong},
    {"message.timestamp.difference.max.ms", 0, kMostLong},
    {"min.compaction.lag.ms", 0, kMostLong},
    {"min.insync.replicas", 1, kMostInt},
    // Kafka takes any negative number as "no limit".
    {"retention.bytes", kLeastLong, kMostLong},
    {"retention.ms", -1, kMostLong},
    {"segment.bytes", 14, kMostInt},
    {"segment.index.bytes", 4, kMostInt},
    {"segment.jitter.ms", 0, kMostLong},
    {"segment.ms", 1, kMostLong},
}};

struct WordSetting {
  std::string_view name;
  std::vector<std::string_view> words;
  bool list = false;
};

const std::vector<WordSetting>& Words() {
  static const std::vector<std::string_view> yes_no{"true", "false"};
  static const std::vector<WordSetting> words{
      {.name = "cleanup.policy", .words = {"delete", "compact"}, .list = true},
      {.name = "compression.type", .words = {"uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"}},
      {.name = "message.downconversion.enable", .words = yes_no},
      {.name = "message.timestamp.type", .words = {"CreateTime", "LogAppendTime"}},
      {.name = "preallocate", .words = yes_no},
      {.name = "remote.log.copy.disable", .words = yes_no},
      {.name = "remote.log.delete.on.disable", .words = yes_no},
      {.name = "remote.storage.enable", .words = yes_no},
      {.name = "unclean.leader.election.enable", .words = yes_no},
  };
  return words;
}

std::string ButIs(const std::string& value) { return ", but is \"" + value.substr(0, 100) + "\""; }

std::optional<std::string> NumberProblem(const NumberSetting& setting, const std::string& value) {
  std::string_view text = Trim(value);
  if (text.starts_with('+')) text.remove_prefix(1);  // Java's parser takes it
  std::int64_t number = 0;
  if (ParseValue(text, number) && number >= setting.min && number <= setting.max) return std::nullopt;
  std::string wanted = "must be a whole number";
  if (setting.min != kLeastLong) wanted += " of at least " + std::to_string(setting.min);
  if (setting.max != kMostLong) wanted += ", at most " + std::to_string(setting.max);
  return wanted + ButIs(value);
}

std::optional<std::string> WordProblem(const WordSetting& setting, const std::string& value) {
  std::vector<std::string> items{std::string(Trim(value))};
  if (setting.list) ParseValue(value, items);
  const bool is_bool = setting.words.front() == "true";
  const bool good = std::all_of(items.begin(), items.end(), [&](const std::string& item) {
    bool unused = false;
    if (is_bool) return ParseValue(item, unused);
    return std::find(setting.words.begin(), setting.words.end(), item) != setting.words.end();
  });
  if (good) return std::nullopt;
  std::string wanted;
  for (const std::string_view word : setting.words) wanted.append(wanted.empty() ? "" : ", ").append(word);
  return (setting.list ? "must be a list of " : "must be one of ") + wanted + ButIs(value);
}

std::optional<std::string> RatioProblem(const std::string& value) {
  double ratio = -1;
  if (ParseValue(Trim(value), ratio) && ratio >= 0 && ratio <= 1) return std::nullopt;
  return "must be a number between 0 and 1" + ButIs(value);
}

}  // namespace

std::optional<std::string> KafkaTopicSettingProblem(const std::string& setting, const std::string& value) {
  const auto is = [&](const auto& each) { return each.name == setting; };
  if (const auto number = std::find_if(kNumbers.begin(), kNumbers.end(), is); number != kNumbers.end())
    return NumberProblem(*number, value);
  if (const auto word = std::find_if(Words().begin(), Words().end(), is); word != Words().end())
    return WordProblem(*word, value);
  if (setting == "min.cleanable.dirty.ratio") return RatioProblem(value);
  return std::nullopt;
}

}  // namespace framespool::broker
