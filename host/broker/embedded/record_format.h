#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <broker/broker.h>
#include "buffer_pool.h"

/// A record on disk: RecordHead, key, headers, source section (together the "front"), value.
///
/// The source section says which connector wrote the record, and its source partition and offset: it is recovered with
/// the record or not at all. Readers of the topic never see it. The head's CRC covers the rest of the front, and with
/// it the value's own CRC, so one sum vouches for the whole record; the value's is separate so that a producer can sum
/// its value before it has its turn, and source offsets can be recovered (and verified) without reading a single value.
/// Text and numbers of the source section are stored as they are in memory: a file name need not be UTF-8.
///
/// Flags tell what sizes cannot. Earlier releases wrote none, and read what has some without looking at them: to them a
/// record without a key had no key, and one without bytes an empty value, which is what 0 stands for. The upper 24 bits
/// count the offsets directly before this one whose records compaction has removed, so that nobody takes them for lost.
namespace framespool::broker::embedded {

static_assert(std::endian::native == std::endian::little, "the log's files are little-endian");

inline constexpr std::uint32_t kRecordMagic = 0x31525346;  // "FSR1"

inline constexpr std::uint32_t kHasEmptyKey = 1;  // else a key of no bytes is null
inline constexpr std::uint32_t kNullValue = 2;    // else a value of no bytes is empty
inline constexpr std::uint32_t kSyncHere = 4;     // SyncPoint::kHere, and
inline constexpr std::uint32_t kSyncBefore = 8;   // kBefore; neither: kEach

inline constexpr std::uint32_t kFlagBits = 8;                                // the rest counts
inline constexpr std::uint32_t kMostCounted = (1u << (32 - kFlagBits)) - 1;  // and stands for all back to a record

struct RecordHead {
  std::uint32_t magic = kRecordMagic;
  std::uint32_t front_crc = 0;  // of the front from value_crc on
  std::uint32_t value_crc = 0;
  std::uint32_t value_size = 0;
  std::uint32_t key_size = 0;
  std::uint32_t headers_size = 0;
  std::uint32_t source_size = 0;
  std::uint32_t flags = 0;
  std::int64_t offset = 0;
  std::int64_t timestamp = 0;  // ms
  std::uint64_t sequence = 0;

  std::uint64_t front_size() const noexcept {
    return sizeof(RecordHead) + std::uint64_t{key_size} + headers_size + source_size;
  }
  std::uint64_t size() const noexcept { return front_size() + value_size; }
  SyncPoint sync_point() const noexcept {
    if ((flags & kSyncBefore) != 0) return SyncPoint::kBefore;
    return (flags & kSyncHere) != 0 ? SyncPoint::kHere : SyncPoint::kEach;
  }
  /// So many offsets directly before this one were removed by compaction.
  std::int64_t removed_before() const noexcept {
    const std::uint32_t counted = flags >> kFlagBits;
    return counted == kMostCounted ? offset : std::int64_t{counted};
  }
};
static_assert(sizeof(RecordHead) == 56);

/// The most that max.message.bytes can be, and the most that a record can be on disk with all that goes with it.
inline constexpr std::uint64_t kLargestRecord = 1ull << 30;
inline constexpr std::uint64_t kLargestOnDisk = 2 * kLargestRecord;

/// A record on its way to disk. Made before the producer has its turn, placed when the turn has come.
class EncodedRecord {
 public:
  EncodedRecord(const SourceRecord& record, const std::string& connector);

  void Place(std::int64_t offset, std::uint64_t sequence) noexcept;

  const SourceRecord& source() const noexcept { return *source_; }
  std::string& front() noexcept { return front_; }
  /// Shared with the batch's.
  const Payload& value() const noexcept { return value_; }
  std::uint64_t size() const noexcept { return front_.size() + value_.size(); }

 private:
  const SourceRecord* source_;  // the batch's; outlives this
  Payload value_;
  std::string front_;
};

/// A record on its way out, shared by all readers that hold it.
struct StoredRecord {
  std::int64_t offset = 0;
  Timestamp timestamp;
  std::optional<std::string> key;
  Headers headers;
  SyncPoint sync_point = SyncPoint::kEach;
  bool null_value = false;
  std::int64_t removed_before = 0;  // offsets, by compaction
  Payload appended;                 // as the producer gave it, or
  Buffer read;                      // the record as read from disk, or its beginning
  std::size_t front_size = 0;
  std::size_t value_size = 0;  // of all of it

  /// As much of it as is here.
  std::span<const std::byte> value() const noexcept {
    return read.data() != nullptr ? read.bytes().subspan(front_size) : appended.bytes();
  }
};

SinkRecord ToSinkRecord(const std::shared_ptr<const StoredRecord>& record, const TopicPartition& from);

/// Why `front` (a whole one) is not that of the record at `offset`; empty when it is.
std::string FrontProblem(const RecordHead& head, std::int64_t offset, std::string_view front);

/// `record` is a whole one whose front is good. False when its value's CRC is wrong.
bool IsValueGood(const RecordHead& head, std::span<const std::byte> record);

/// From a good front. `record->read` stays empty.
void DecodeFront(const RecordHead& head, std::string_view front, StoredRecord& record);
SourceOffset DecodeSource(const RecordHead& head, std::string_view front);
/// Its key as it lies there; null is nothing.
std::optional<std::string_view> KeyOf(const RecordHead& head, std::string_view front);

/// Has `front`, a good one, say that so many offsets directly before it were removed by compaction.
void SetRemovedBefore(std::span<std::byte> front, std::int64_t count);

}  // namespace framespool::broker::embedded
