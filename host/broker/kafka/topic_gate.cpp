#include "topic_gate.h"

#include <algorithm>

namespace framespool::broker {

void TopicGate::Require(const std::string& topic) {
  {
    std::lock_guard lock(mutex_);
    if (known_.contains(topic)) return;
  }
  Ensure({.name = topic, .partitions = {}, .config = {}});
}

void TopicGate::Ensure(const TopicSpec& spec) {
  if (!cluster_.PartitionCount(spec.name)) {
    if (!create_) {
      throw BrokerError("topic " + spec.name +
                        " does not exist, and this worker does not create topics "
                        "(topic.creation.enable = false): set that to true, or create it with kafka-topics");
    }
    TopicSpec complete = spec;
    complete.config.try_emplace("max.message.bytes", std::to_string(max_message_bytes_));
    cluster_.Create(complete);
  }
  Limits limits;
  try {
    const auto configs = cluster_.Configs({&spec.name, 1}, true);
    if (const auto config = configs.find(spec.name); config != configs.end()) {
      const auto number = [&](const char* name) {
        std::int64_t bytes = 0;
        const auto text = config->second.find(name);
        const bool told = text != config->second.end() && ParseValue(text->second, bytes);
        return told ? std::optional(bytes) : std::nullopt;
      };
      limits = {.message_bytes = number("max.message.bytes"), .segment_bytes = number("segment.bytes")};
    }
  } catch (const BrokerError&) {
    // May write, but not look: then the limit shows when it is met.
  }
  std::lock_guard lock(mutex_);
  known_[spec.name] = limits;
}

std::optional<std::int64_t> TopicGate::LimitOf(const std::string& topic) {
  std::lock_guard lock(mutex_);
  const auto known = known_.find(topic);
  return known == known_.end() ? std::nullopt : known->second.message_bytes;
}

std::optional<std::int64_t> TopicGate::BatchLimitOf(const std::string& topic) {
  std::lock_guard lock(mutex_);
  const auto known = known_.find(topic);
  if (known == known_.end() || !known->second.message_bytes || !known->second.segment_bytes) return std::nullopt;
  return std::min(*known->second.message_bytes, *known->second.segment_bytes);
}

void TopicGate::Forget(const std::string& topic) {
  std::lock_guard lock(mutex_);
  known_.erase(topic);
}

void ConnectToLeaders(const Client& client, rd_kafka_topic_t* handle, const std::string& topic) {
  constexpr int kPatienceMs = 2000;
  const rd_kafka_metadata_t* metadata = nullptr;
  if (rd_kafka_metadata(client.get(), 0, handle, &metadata, kPatienceMs) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const int partitions = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
  rd_kafka_metadata_destroy(metadata);
  const PartitionList list(rd_kafka_topic_partition_list_new(partitions));
  for (int i = 0; i < partitions; ++i) {
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset = RD_KAFKA_OFFSET_END;
  }
  if (partitions > 0) rd_kafka_offsets_for_times(client.get(), list.get(), kPatienceMs);
}

}  // namespace framespool::broker
