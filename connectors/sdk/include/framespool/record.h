#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framespool/fields.h"

namespace framespool {

/// Wall-clock time of a record, kept to the millisecond (Kafka's record timestamp).
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

inline Timestamp Now() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

/// Immutable bytes. Copying a Payload shares the bytes, it never copies them. Safe to hand to any thread; the bytes
/// live as long as the last copy.
class Payload {
 public:
  Payload() = default;

  explicit Payload(std::vector<std::byte> bytes)
      : Payload(std::make_shared<const std::vector<std::byte>>(std::move(bytes))) {}

  /// Views bytes that live as long as `owner`, e.g. a librdkafka message.
  Payload(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}

  std::span<const std::byte> bytes() const noexcept { return bytes_; }
  std::size_t size() const noexcept { return bytes_.size(); }
  std::string_view text() const noexcept { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }
  const std::shared_ptr<const void>& owner() const noexcept { return owner_; }

 private:
  explicit Payload(std::shared_ptr<const std::vector<std::byte>> owned) : owner_(owned), bytes_(*owned) {}

  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

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

/// One message on its way into a topic.
struct SourceRecord {
  std::string topic;
  std::optional<std::int32_t> partition;  // nullopt: chosen from the key, as Kafka's default partitioner (murmur2) does
  std::string key;
  Payload value;
  Headers headers;
  Timestamp timestamp;
  Fields source_partition;  // which stream of the outside system, e.g. {"file": "/data/a.mp4"}
  Fields source_offset;     // where in that stream the *next* read starts, e.g. {"frame": 120}
};

/// One message on its way out of a topic.
struct SinkRecord {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string key;
  Payload value;
  Headers headers;
  Timestamp timestamp;
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
