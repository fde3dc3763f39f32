#include "topic_choice.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace framespool::topic_source {
namespace {

constexpr std::int64_t kMostMemory = 1 << 20;

/// Matching takes time linear in the name, whatever the pattern is.
std::unique_ptr<const re2::RE2> Compile(const std::string& pattern) {
  if (pattern.empty()) return nullptr;
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostMemory);
  options.set_never_capture(true);
  return std::make_unique<re2::RE2>(pattern, options);
}

}  // namespace

std::string NameOf(const TopicPartition& partition) {
  return partition.topic + "-" + std::to_string(partition.partition);
}

std::optional<TopicPartition> PartitionNamed(std::string_view name) {
  const auto dash = name.rfind('-');
  if (dash == std::string_view::npos || dash == 0) return std::nullopt;
  const std::string_view digits = name.substr(dash + 1);
  TopicPartition partition{.topic = std::string(name.substr(0, dash))};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), partition.partition);
  if (error != std::errc() || end != digits.data() + digits.size() || partition.partition < 0) return std::nullopt;
  return partition;
}

TopicChoice::TopicChoice(const TopicSourceConfig& config)
    : names_(config.source_topics), written_(config.topic), pattern_(Compile(config.source_topics_regex)) {
  for (const std::string& name : config.source_partitions) {
    if (auto partition = PartitionNamed(name)) only_.insert(*std::move(partition));
  }
}

TopicChoice::~TopicChoice() = default;

bool TopicChoice::Holds(const std::string& topic) const {
  if (!pattern_) return std::find(names_.begin(), names_.end(), topic) != names_.end();
  return topic != written_ && pattern_->ok() && re2::RE2::FullMatch(topic, *pattern_);
}

std::vector<TopicPartition> TopicChoice::Partitions(ConnectorContext& context) const {
  std::map<std::string, std::int32_t> counts;
  if (pattern_) {
    counts = context.Topics();
    std::erase_if(counts, [this](const auto& topic) { return !Holds(topic.first); });
  } else {
    for (const std::string& name : names_) counts[name] = std::max(1, context.Partitions(name));
  }
  std::vector<TopicPartition> partitions;
  for (const auto& [topic, count] : counts) {
    for (std::int32_t i = 0; i < count; ++i) {
      TopicPartition partition{topic, i};
      if (only_.empty() || only_.contains(partition)) partitions.push_back(std::move(partition));
    }
  }
  return partitions;
}

}  // namespace framespool::topic_source
