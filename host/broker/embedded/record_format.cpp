#include "record_format.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include <base/crc32c.h>

namespace framespool::broker::embedded {

namespace {

constexpr std::size_t kSummedFrom = offsetof(RecordHead, value_crc);

template <class T>
requires std::is_arithmetic_v<T>
void Put(std::string& to, T value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  to.append(bytes, sizeof value);
}

void Put(std::string& to, std::string_view text) {
  Put(to, static_cast<std::uint32_t>(text.size()));
  to.append(text);
}

// The tag of a value is its index in the variant.
void Put(std::string& to, const Fields& fields) {
  Put(to, static_cast<std::uint32_t>(fields.size()));
  for (const auto& [name, value] : fields) {
    Put(to, std::string_view(name));
    Put(to, static_cast<std::uint8_t>(value.index()));
    std::visit(
        [&](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string>) {
            Put(to, std::string_view(v));
          } else if constexpr (std::is_same_v<std::decay_t<decltype(v)>, bool>) {
            Put(to, static_cast<std::uint8_t>(v));
          } else {
            Put(to, v);
          }
        },
        value);
  }
}

// Takes values from bytes whose CRC was right. It checks lengths all the same: a writer's bug must not become a
// reader's overrun.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T Number() {
    T value{};
    std::memcpy(&value, Take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view Text() { return Take(Number<std::uint32_t>()); }

  Fields TakeFields() {
    Fields fields;
    for (auto count = Number<std::uint32_t>(); count > 0; --count) {
      std::string name(Text());
      switch (Number<std::uint8_t>()) {
        case 0: fields[std::move(name)] = Number<std::uint8_t>() != 0; break;
        case 1: fields[std::move(name)] = Number<std::int64_t>(); break;
        case 2: fields[std::move(name)] = Number<double>(); break;
        case 3: fields[std::move(name)] = std::string(Text()); break;
        default: throw BrokerError("a record's source section has an unknown type: written by a newer framespool");
      }
    }
    return fields;
  }

 private:
  std::string_view Take(std::size_t size) {
    if (size > bytes_.size()) throw BrokerError("a record's front is shorter than its own lengths say");
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
};

std::uint32_t FrontCrc(std::string_view front) {
  return base::Crc32c(0, front.data() + kSummedFrom, front.size() - kSummedFrom);
}

}  // namespace

EncodedRecord::EncodedRecord(const SourceRecord& record, const std::string& connector)
    : source_(&record), value_(record.value.payload()) {
  RecordHead head;
  front_.resize(sizeof head);
  const std::string_view key = record.key ? std::string_view(*record.key) : std::string_view();
  front_ += key;
  Put(front_, static_cast<std::uint32_t>(record.headers.size()));
  for (const Header& header : record.headers) {
    Put(front_, std::string_view(header.key));
    Put(front_, std::string_view(header.value));
  }
  head.key_size = static_cast<std::uint32_t>(key.size());
  head.headers_size = static_cast<std::uint32_t>(front_.size() - sizeof head - key.size());
  Put(front_, std::string_view(connector));
  Put(front_, record.source_partition);
  Put(front_, record.source_offset);
  head.source_size = static_cast<std::uint32_t>(front_.size() - sizeof head - head.key_size - head.headers_size);
  head.value_size = static_cast<std::uint32_t>(value_.size());
  head.value_crc = base::Crc32c(0, value_.bytes().data(), value_.size());
  if (record.key && record.key->empty()) head.flags |= kHasEmptyKey;
  if (record.value.is_null()) head.flags |= kNullValue;
  if (record.sync_point == SyncPoint::kHere) head.flags |= kSyncHere;
  if (record.sync_point == SyncPoint::kBefore) head.flags |= kSyncBefore;
  head.timestamp = record.timestamp.time_since_epoch().count();
  std::memcpy(front_.data(), &head, sizeof head);
}

void EncodedRecord::Place(std::int64_t offset, std::uint64_t sequence) noexcept {
  RecordHead head;
  std::memcpy(&head, front_.data(), sizeof head);
  head.offset = offset;
  head.sequence = sequence;
  std::memcpy(front_.data(), &head, sizeof head);
  head.front_crc = FrontCrc(front_);
  std::memcpy(front_.data(), &head, sizeof head);
}

SinkRecord ToSinkRecord(const std::shared_ptr<const StoredRecord>& record, const TopicPartition& from) {
  // What was appended keeps the owner that it came with. Were it this record, one that is copied from topic to topic
  // would hold all that it has been, and the last of them would take them along one within the other.
  const bool appended = record->read.data() == nullptr;
  return {.topic = from.topic,
          .partition = from.partition,
          .offset = record->offset,
          .key = record->key,
          .value = record->null_value ? Value()
                   : appended         ? Value(record->appended)
                                      : Value(Payload(record, record->value())),
          .headers = record->headers,
          .timestamp = record->timestamp,
          .sync_point = record->sync_point};
}

std::string FrontProblem(const RecordHead& head, std::int64_t offset, std::string_view front) {
  if (head.magic != kRecordMagic) return "no record begins there";
  if (head.offset != offset) return "found the record of offset " + std::to_string(head.offset);
  if (head.front_crc != FrontCrc(front)) return "its header's CRC is wrong";
  return {};
}

bool IsValueGood(const RecordHead& head, std::span<const std::byte> record) {
  const auto value = record.last(head.value_size);
  return base::Crc32c(0, value.data(), value.size()) == head.value_crc;
}

void DecodeFront(const RecordHead& head, std::string_view front, StoredRecord& record) {
  record.offset = head.offset;
  record.timestamp = Timestamp(std::chrono::milliseconds(head.timestamp));
  record.key = KeyOf(head, front);
  record.null_value = (head.flags & kNullValue) != 0;
  record.sync_point = head.sync_point();
  record.removed_before = head.removed_before();
  record.front_size = head.front_size();
  record.value_size = head.value_size;
  Cursor cursor(front.substr(sizeof head + head.key_size, head.headers_size));
  for (auto count = cursor.Number<std::uint32_t>(); count > 0; --count) {
    std::string name(cursor.Text());
    record.headers.push_back({std::move(name), std::string(cursor.Text())});
  }
}

SourceOffset DecodeSource(const RecordHead& head, std::string_view front) {
  Cursor cursor(front.substr(sizeof head + head.key_size + head.headers_size, head.source_size));
  SourceOffset offset;
  offset.connector = cursor.Text();
  offset.partition = cursor.TakeFields();
  offset.offset = cursor.TakeFields();
  offset.sequence = head.sequence;
  return offset;
}

std::optional<std::string_view> KeyOf(const RecordHead& head, std::string_view front) {
  if (head.key_size == 0 && (head.flags & kHasEmptyKey) == 0) return std::nullopt;
  return front.substr(sizeof head, head.key_size);
}

void SetRemovedBefore(std::span<std::byte> front, std::int64_t count) {
  RecordHead head;
  std::memcpy(&head, front.data(), sizeof head);
  const auto counted = static_cast<std::uint32_t>(std::min<std::int64_t>(count, kMostCounted));
  head.flags = (head.flags & ((1u << kFlagBits) - 1)) | counted << kFlagBits;
  std::memcpy(front.data(), &head, sizeof head);
  head.front_crc = FrontCrc({reinterpret_cast<const char*>(front.data()), front.size()});
  std::memcpy(front.data(), &head, sizeof head);
}

}  // namespace framespool::broker::embedded
