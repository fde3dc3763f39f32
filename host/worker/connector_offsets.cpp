#include "connector_offsets.h"

#include <limits>

namespace framespool::worker {

namespace {

constexpr const char* kTopic = "kafka_topic";
constexpr const char* kPartition = "kafka_partition";
constexpr const char* kOffset = "kafka_offset";

std::string GroupOf(const ConnectorInfo& connector) { return "connect-" + connector.name; }

/// Numbers may come as text: kcctl and the console send both.
std::optional<std::int64_t> NumberIn(const Fields& fields, const char* key) {
  const auto found = fields.find(key);
  if (found == fields.end()) return std::nullopt;
  if (const auto* number = std::get_if<std::int64_t>(&found->second)) return *number;
  std::int64_t number = 0;
  const auto* text = std::get_if<std::string>(&found->second);
  return text && detail::FromText(*text, number) ? std::optional(number) : std::nullopt;
}

std::optional<TopicPartition> SourceIn(const Fields& partition) {
  const auto topic = partition.find(kTopic);
  const auto number = NumberIn(partition, kPartition);
  if (partition.size() != 2 || topic == partition.end() || !number) return std::nullopt;
  const auto* name = std::get_if<std::string>(&topic->second);
  if (!name || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return TopicPartition{*name, static_cast<std::int32_t>(*number)};
}

Outcome<Done> SetConsumerOffsets(const ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                                 store::OffsetStore& store, broker::Broker& broker) {
  const std::string group = GroupOf(connector);
  std::map<TopicPartition, std::optional<std::int64_t>> changes;
  auto offsets = store.ConsumerOffsets(group);
  for (const OffsetEntry& entry : entries) {
    const auto source = SourceIn(entry.partition);
    if (!source) {
      return Refusal{
          400,
          std::string("A sink's partition must be {\"kafka_topic\": TOPIC, \"kafka_partition\": NUMBER}, as GET ") +
              "/connectors/" + connector.name + "/offsets shows it"};
    }
    if (!entry.offset) {
      offsets.erase(*source);
      changes[*source] = std::nullopt;
      continue;
    }
    const auto offset = NumberIn(*entry.offset, kOffset);
    if (!offset || *offset < 0) {
      return Refusal{400, "A sink's offset must be {\"kafka_offset\": NUMBER} of at least 0, or null to reset it"};
    }
    changes[*source] = offsets[*source] = *offset;
  }
  store.DeleteConsumerOffsets(group);
  for (const auto& [source, offset] : offsets) store.CommitConsumerOffset(group, source, offset);
  store.Flush();
  for (const auto& [source, offset] : changes) broker.NoteConsumerOffset(group, source, offset);
  return Done{};
}

}  // namespace

std::vector<OffsetEntry> OffsetsOf(const ConnectorInfo& connector, const SourceOffsets& sources,
                                   store::OffsetStore& store) {
  std::vector<OffsetEntry> entries;
  if (connector.type == ConnectorType::kSource) {
    for (auto& [partition, offset] : sources.All(connector.name)) entries.push_back({partition, offset});
    return entries;
  }
  for (const auto& [source, offset] : store.ConsumerOffsets(GroupOf(connector))) {
    entries.push_back(
        {Fields{{kTopic, source.topic}, {kPartition, std::int64_t{source.partition}}}, Fields{{kOffset, offset}}});
  }
  return entries;
}

Outcome<Done> SetOffsets(const ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                         SourceOffsets& sources, store::OffsetStore& store, broker::Broker& broker) {
  if (connector.type == ConnectorType::kSink) return SetConsumerOffsets(connector, entries, store, broker);
  for (const OffsetEntry& entry : entries) sources.Set(connector.name, entry.partition, entry.offset);
  sources.Flush();
  return Done{};
}

Outcome<Done> ForgetOffsets(const ConnectorInfo& connector, SourceOffsets& sources, store::OffsetStore& store,
                            broker::Broker& broker) {
  auto entries = OffsetsOf(connector, sources, store);
  for (OffsetEntry& entry : entries) entry.offset.reset();
  return SetOffsets(connector, entries, sources, store, broker);
}

}  // namespace framespool::worker
