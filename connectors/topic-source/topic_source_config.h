#pragma once

#include <string>
#include <vector>

namespace framespool::topic_source {

/// What a TopicSource is told. One of `source_topics` and `source_topics_regex` says what to read.
struct TopicSourceConfig {
  enum class PartitionBy { kKey, kSource };

  std::vector<std::string> source_topics;
  std::string source_topics_regex;
  std::vector<std::string> source_partitions;  // of those, "numbers-0"; empty: all that there are
  std::string topic;
  PartitionBy partition_by = PartitionBy::kKey;
};

}  // namespace framespool::topic_source
