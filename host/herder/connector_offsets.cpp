#include "connector_offsets.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <base/fields_json.h>
#include <base/outcome.h>
#include <config/value_checks.h>

namespace framespool::herder {

namespace {

constexpr const char* kTopic = "kafka_topic";
constexpr const char* kPartition = "kafka_partition";
constexpr const char* kOffset = "kafka_offset";

std::string GroupOf(const runtime::ConnectorInfo& connector) { return "connect-" + connector.name; }

/// Numbers may come as text: kcctl and the console send both.
std::optional<std::int64_t> NumberIn(const Fields& fields, const char* key) {
  const auto found = fields.find(key);
  if (found == fields.end()) return std::nullopt;
  if (const auto* number = std::get_if<std::int64_t>(&found->second)) return *number;
  std::int64_t number = 0;
  const auto* text = std::get_if<std::string>(&found->second);
  return text && ParseValue(*text, number) ? std::optional(number) : std::nullopt;
}

std::optional<TopicPartition> SourceIn(const Fields& partition) {
  const auto topic = partition.find(kTopic);
  const auto number = NumberIn(partition, kPartition);
  if (partition.size() != 2 || topic == partition.end() || !number) return std::nullopt;
  const auto* name = std::get_if<std::string>(&topic->second);
  if (!name || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return TopicPartition{*name, static_cast<std::int32_t>(*number)};
}

base::Refused Wrong(std::string message) {
  return base::Refuse(base::Reason::kInvalid, {.message = std::move(message), .kind = "invalid-offsets"});
}

std::string WhereOf(std::size_t index) { return "offsets[" + std::to_string(index) + "]: "; }

base::Outcome<void> CheckSinkOffsets(const runtime::ConnectorInfo& connector, const std::vector<OffsetEntry>& entries) {
  const config::NamedTopics& topics = connector.topics;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto source = SourceIn(entries[i].partition);
    if (!source) {
      return Wrong(WhereOf(i) +
                   "a sink's partition must be {\"kafka_topic\": TOPIC, \"kafka_partition\": NUMBER}, as "
                   "GET /connectors/" +
                   connector.name + "/offsets shows it");
    }
    if (!entries[i].offset) continue;
    if (!topics.Hold(source->topic)) {
      return Wrong(WhereOf(i) + "partition.kafka_topic must be one of the connector's topics (" +
                   (topics.pattern.empty() ? FormatValue(topics.names) : topics.pattern.text()) + "), but is " +
                   config::Quoted(source->topic));
    }
    const auto offset = NumberIn(*entries[i].offset, kOffset);
    if (!offset || *offset < 0 || entries[i].offset->size() != 1) {
      return Wrong(WhereOf(i) +
                   "a sink's offset must be {\"kafka_offset\": NUMBER}, a whole number of at least "
                   "0, or null to reset it");
    }
  }
  return {};
}

std::string KeysOfFields(const Fields& fields) {
  std::string keys;
  for (const auto& [key, value] : fields) keys += (keys.empty() ? "" : ", ") + key;
  return keys;
}

bool SameKeys(const Fields& a, const Fields& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

/// The key whose value is of another kind than in `stored`, or a number below 0 where that is none.
std::optional<std::string> OddKey(const Fields& offset, const Fields& stored) {
  for (const auto& [key, value] : offset) {
    const auto known = stored.find(key);
    if (known == stored.end() || known->second.index() != value.index()) return key;
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number != nullptr && *number < 0 && std::get<std::int64_t>(known->second) >= 0) return key;
  }
  return std::nullopt;
}

/// By what the source itself has stored; nothing is known of one that has not.
base::Outcome<void> CheckSourceOffsets(const runtime::ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                                       const runtime::SourceOffsets& sources) {
  const auto stored = sources.All(connector.name);
  if (stored.empty()) return {};
  const auto& [partition, offset] = stored.front();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].offset) continue;
    if (!SameKeys(entries[i].partition, partition)) {
      return Wrong(WhereOf(i) + "partition must have the keys of those that are stored (" + KeysOfFields(partition) +
                   "), but has " + KeysOfFields(entries[i].partition));
    }
    const auto same = std::find_if(stored.begin(), stored.end(),
                                   [&](const auto& each) { return each.first == entries[i].partition; });
    if (const auto odd = OddKey(*entries[i].offset, same == stored.end() ? offset : same->second)) {
      return Wrong(WhereOf(i) + "offset." + *odd + " must be as in the offsets that are stored (" + ToJson(offset) +
                   "), but is in " + ToJson(*entries[i].offset));
    }
  }
  return {};
}

base::Outcome<void> SetConsumerOffsets(const runtime::ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                                       store::OffsetStore& store, broker::Broker& broker) {
  const std::string group = GroupOf(connector);
  std::map<TopicPartition, std::optional<std::int64_t>> changes;
  auto offsets = store.ConsumerOffsets(group);
  for (const OffsetEntry& entry : entries) {
    const auto source = SourceIn(entry.partition);
    if (!source) continue;  // CheckSinkOffsets() has looked
    if (!entry.offset) {
      offsets.erase(*source);
      changes[*source] = std::nullopt;
      continue;
    }
    const auto offset = NumberIn(*entry.offset, kOffset);
    if (!offset) continue;
    changes[*source] = offsets[*source] = *offset;
  }
  store.DeleteConsumerOffsets(group);
  for (const auto& [source, offset] : offsets) store.CommitConsumerOffset(group, source, offset);
  store.Flush();
  for (const auto& [source, offset] : changes) broker.NoteConsumerOffset(group, source, offset);
  return {};
}

}  // namespace

std::vector<OffsetEntry> OffsetsOf(const runtime::ConnectorInfo& connector, const runtime::SourceOffsets& sources,
                                   store::OffsetStore& store) {
  std::vector<OffsetEntry> entries;
  if (connector.type == config::ConnectorType::kSource) {
    for (auto& [partition, offset] : sources.All(connector.name)) entries.push_back({partition, offset});
    return entries;
  }
  for (const auto& [source, offset] : store.ConsumerOffsets(GroupOf(connector))) {
    entries.push_back(
        {Fields{{kTopic, source.topic}, {kPartition, std::int64_t{source.partition}}}, Fields{{kOffset, offset}}});
  }
  return entries;
}

base::Outcome<void> CheckOffsets(const runtime::ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                                 const runtime::SourceOffsets& sources) {
  return connector.type == config::ConnectorType::kSink ? CheckSinkOffsets(connector, entries)
                                                        : CheckSourceOffsets(connector, entries, sources);
}

base::Outcome<void> SetOffsets(const runtime::ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                               runtime::SourceOffsets& sources, store::OffsetStore& store, broker::Broker& broker) {
  if (connector.type == config::ConnectorType::kSink) return SetConsumerOffsets(connector, entries, store, broker);
  for (const OffsetEntry& entry : entries) sources.Set(connector.name, entry.partition, entry.offset);
  sources.Flush();
  return {};
}

base::Outcome<void> ForgetOffsets(const runtime::ConnectorInfo& connector, runtime::SourceOffsets& sources,
                                  store::OffsetStore& store, broker::Broker& broker) {
  auto entries = OffsetsOf(connector, sources, store);
  for (OffsetEntry& entry : entries) entry.offset.reset();
  return SetOffsets(connector, entries, sources, store, broker);
}

}  // namespace framespool::herder
