#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "broker_embedded/embedded_broker.h"
#include "file_ops.h"

namespace framespool::broker::embedded {

/// Kafka's topic configs as far as the embedded log has them. Values are text, -1 is "unlimited" where Kafka has it so.
using TopicConfig = std::map<std::string, std::string>;

/// What a topic's partitions go by. 0: no limit.
struct TopicLimits {
  std::uint64_t segment_bytes = 0;
  std::uint64_t retention_bytes = 0;
  std::chrono::milliseconds retention_time{0};
  std::uint64_t max_record_bytes = 0;

  /// A segment takes no more records when its first is older than this, so that records of slow topics expire too.
  /// An eighth of the retention time, so that they outlive it by that much at most; an hour, so that an always-on
  /// camera makes a handful of files a day and not one for a week. 0: never.
  std::chrono::milliseconds SegmentAge() const;
};

/// Throws BrokerError when `name` is no topic name by Kafka's rules.
void RequireTopicName(const std::string& name);

/// What is wrong with a topic config, as a sentence without its name; nothing when it is good.
std::optional<std::string> TopicSettingProblem(const std::string& name, const std::string& value);

/// Throws BrokerError naming the topic, the key, what was found and what is allowed.
TopicLimits LimitsOf(const std::string& topic, const TopicConfig& config, const EmbeddedOptions& defaults);

/// Every key with the value in force, for Describe(); those of `own` as they were set.
TopicConfig ToConfig(const TopicLimits& limits, const TopicConfig& own);

/// Of one topic: each has files that are kept open.
inline constexpr std::int32_t kMostPartitions = 10000;

inline constexpr char kMetaFile[] = "topic.properties";

/// Of a folder beside a partition's: "0.compacting" is what compaction makes to take the place of "0", and then what
/// that has left. Nobody needs it once nobody compacts.
inline constexpr char kDraftSuffix[] = ".compacting";

/// What topic.properties, beside the partitions' folders, says.
struct TopicMeta {
  std::int32_t partitions = 0;
  TopicConfig config;  // only what was set for this topic
};
void WriteTopicMeta(FileOps& files, const std::filesystem::path& folder, const TopicMeta& meta);
/// Nothing when there is none, or it cannot be read as one. Throws RetriableError for lack of descriptors: it is not
/// missing then.
std::optional<TopicMeta> ReadTopicMeta(const std::filesystem::path& folder);

}  // namespace framespool::broker::embedded
