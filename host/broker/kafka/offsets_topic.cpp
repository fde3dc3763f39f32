#include "offsets_topic.h"

#include <algorithm>
#include <chrono>
#include <map>

#include <base/log.h>
#include <base/source_offset_json.h>

namespace framespool::broker {

namespace {

constexpr auto kOffsetsPatience = std::chrono::seconds(4);

std::uint64_t WrittenSequenceOf(const StateRecord& record) {
  if (record.written_sequence) return *record.written_sequence;
  // Written by Connect or by hand: sequences are microseconds, as Kafka's timestamps are milliseconds.
  return static_cast<std::uint64_t>(std::max<std::int64_t>(0, record.time.time_since_epoch().count())) * 1000;
}

}  // namespace

void OffsetsTopic::Require() { topics_.Open(spec_, kOffsetsPatience); }

std::vector<OffsetsTopic::Found> OffsetsTopic::Read(const std::string& connector) {
  topics_.ReadToEnd(name(), kOffsetsPatience);
  std::map<Fields, Found> newest;  // one partition may have keys that differ in white space
  for (StateRecord& record : topics_.All(name(), SourceOffsetKeysOf(connector))) {
    const auto key = SourceOffsetKeyFrom(record.key);
    const auto offset = record.value ? SourceOffsetFrom(*record.value) : std::optional(Fields{});
    if (key && key->connector != connector) continue;
    if (!key || !offset) {
      log::Warn("kafka", "topic " + name() + ": a source offset of " + connector +
                             " is left out, it has more than numbers, texts, true and false: " + record.key);
      continue;
    }
    Found found{.offset = {.connector = connector,
                           .partition = key->partition,
                           .offset = *offset,
                           .sequence = by_place_ ? record.sequence : WrittenSequenceOf(record)},
                .record = std::move(record)};
    const auto known = newest.find(key->partition);
    if (known == newest.end() || known->second.record.sequence < found.record.sequence)
      newest.insert_or_assign(key->partition, std::move(found));
  }
  std::vector<Found> offsets;
  for (auto& [partition, found] : newest) offsets.push_back(std::move(found));
  return offsets;
}

}  // namespace framespool::broker
