#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "framespool/connector.h"
#include "topic_source_config.h"

namespace re2 {
class RE2;
}

namespace framespool::topic_source {

/// A partition as Kafka's tools write it: "numbers-0".
std::string NameOf(const TopicPartition& partition);
/// Nothing where `name` is none.
std::optional<TopicPartition> PartitionNamed(std::string_view name);

/// Which topics and partitions a config chooses. One thread.
class TopicChoice {
 public:
  explicit TopicChoice(const TopicSourceConfig& config);
  ~TopicChoice();
  TopicChoice(const TopicChoice&) = delete;
  TopicChoice& operator=(const TopicChoice&) = delete;

  /// A pattern takes the topics whose whole name it matches, but for the one that is written to. One that is no regular
  /// expression (RE2) takes none: to say so is the worker's.
  bool Holds(const std::string& topic) const;
  /// All that there is to read, in order. A topic that is named and does not exist yet has its first partition, so that
  /// a task waits for it. May wait for I/O; throws as the context does.
  std::vector<TopicPartition> Partitions(ConnectorContext& context) const;

 private:
  const std::vector<std::string> names_;
  const std::string written_;
  std::unique_ptr<const re2::RE2> pattern_;  // null where the topics are named
  std::set<TopicPartition> only_;            // empty: all
};

}  // namespace framespool::topic_source
