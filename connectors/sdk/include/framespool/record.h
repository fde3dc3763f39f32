#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framespool/fields.h"
#include "framespool/value.h"

namespace framespool {

/// Wall-clock time of a record, kept to the millisecond (Kafka's record timestamp).
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

inline Timestamp Now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

/// One Kafka record header. The value is bytes; the connectors of this project write UTF-8 text.
struct Header {
  std::string key;
  std::string value;
  friend bool operator==(const Header&, const Header&) = default;
};
using Headers = std::vector<Header>;

/// The value of the last header called `key`, or nothing (Kafka: later headers win).
inline std::optional<std::string_view> FindHeader(const Headers& headers, std::string_view key) {
  for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
    if (header->key == key) return header->value;
  }
  return std::nullopt;
}

struct TopicPartition {
  std::string topic;
  std::int32_t partition = 0;
  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// Whether a record can be understood without those before it. A video source marks key frames as kHere and the frames
/// that need one as kBefore; who begins to read somewhere asks TopicReader::SyncPointAtOrBefore() where to begin.
enum class SyncPoint : std::uint8_t {
  kEach,    // every record stands for itself, as pictures do: nothing is marked
  kHere,    // readers can begin here
  kBefore,  // needs the records from the last kHere on
};

/// One message on its way into a topic.
struct SourceRecord {
  std::string topic;
  /// nullopt: chosen from the key, an empty one too, as Kafka's default partitioner (murmur2) does; without a key the
  /// records of one batch go to one partition, and those of the next to another.
  std::optional<std::int32_t> partition;
  std::optional<std::string> key{};  // nullopt: null, which is not the same as empty
  Value value{};
  Headers headers;
  Timestamp timestamp;
  Fields source_partition;  // which stream of the outside system, e.g. {"file": "/data/a.mp4"}
  Fields source_offset;     // where in that stream the *next* read starts, e.g. {"frame": 120}
  SyncPoint sync_point = SyncPoint::kEach;
};

/// One message on its way out of a topic.
struct SinkRecord {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::string> key{};  // nullopt: null
  Value value{};
  Headers headers;
  Timestamp timestamp;
  SyncPoint sync_point = SyncPoint::kEach;
};

/// What a topic partition holds: offsets [first, end). `end` is the offset that the next record will get.
/// The times are those of the records at `first` and `end - 1`; empty when first == end.
struct Extent {
  std::int64_t first = 0;
  std::int64_t end = 0;
  std::optional<Timestamp> first_time;
  std::optional<Timestamp> last_time;
};

}  // namespace framespool
