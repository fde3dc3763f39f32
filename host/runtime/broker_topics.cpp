#include "runtime/broker_topics.h"

#include <string_view>

namespace framespool::runtime {

namespace {

/// By Kafka's habit a topic is called so that is none of its users'.
constexpr std::string_view kInternal = "__";

}  // namespace

std::int32_t PartitionsOf(broker::Broker& broker, const std::string& topic) {
  const auto info = broker.Describe(topic);
  return info ? static_cast<std::int32_t>(info->partitions.size()) : 0;
}

std::map<std::string, std::int32_t> TopicsForPatterns(broker::Broker& broker) {
  auto topics = broker.PartitionCounts();
  std::erase_if(topics, [&](const auto& topic) {
    return topic.first.starts_with(kInternal) || !broker.KeeperOf(topic.first).empty();
  });
  return topics;
}

}  // namespace framespool::runtime
