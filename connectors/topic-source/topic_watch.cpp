#include "topic_watch.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <utility>

#include "topic_choice.h"

namespace framespool::topic_source {
namespace {

constexpr const char* kPartitions = "source.partitions";

/// The shares of a split as this class has made it; of another class's there may be anything in it.
std::vector<Partitions> SharesIn(const std::vector<RawConfig>& split) {
  std::vector<Partitions> shares;
  for (const RawConfig& config : split) {
    Partitions& share = shares.emplace_back();
    const auto found = config.find(kPartitions);
    std::vector<std::string> names;
    if (found != config.end()) ParseValue(found->second, names);
    for (const std::string& name : names) {
      if (auto partition = PartitionNamed(name)) share.push_back(*std::move(partition));
    }
  }
  return shares;
}

Partitions AllOf(const std::vector<Partitions>& shares) {
  Partitions all;
  for (const Partitions& share : shares) all.insert(all.end(), share.begin(), share.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

std::vector<RawConfig> SplitOf(const TopicSourceConfig& config, ConnectorContext& context, int max_tasks) {
  if (config.source_topics_regex.empty() && max_tasks <= 1) return {RawConfig{}};
  const TopicChoice choice(config);
  std::vector<RawConfig> configs;
  for (const Partitions& share : SharesOf(choice.Partitions(context), max_tasks, SharesIn(context.LastSplit()))) {
    std::vector<std::string> names;
    for (const TopicPartition& partition : share) names.push_back(NameOf(partition));
    configs.push_back({{kPartitions, FormatValue(names)}});
  }
  return configs;
}

TopicWatch::TopicWatch(TopicSourceConfig config, ConnectorContext& context, std::chrono::milliseconds pause)
    : config_(std::move(config)),
      context_(context),
      pause_(pause),
      thread_([this](const std::stop_token& stop) { Look(stop); }) {}

bool TopicWatch::IsWanted(const ConnectorContext& context) {
  return context.LastSplit() != std::vector<RawConfig>{RawConfig{}};
}

void TopicWatch::Look(const std::stop_token& stop) {
  const TopicChoice choice(config_);
  std::mutex mutex;
  std::condition_variable_any never;
  std::string told;
  do {
    try {
      if (choice.Partitions(context_) != AllOf(SharesIn(context_.LastSplit()))) context_.RequestTaskReconfiguration();
      told.clear();
    } catch (const std::exception& error) {
      if (std::exchange(told, error.what()) != told)
        context_.Log(LogLevel::kDebug, "looking for topics that have come or gone: " + told);
    }
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, pause_, [] { return false; });
  } while (!stop.stop_requested());
}

}  // namespace framespool::topic_source
