#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <base/outcome.h>
#include <framespool/record.h>
#include <framespool/value.h>

/// Records that somebody hands over one by one, and that no connector has made.
namespace framespool::produce {

struct NewRecord {
  std::string topic{};
  std::optional<std::int32_t> partition{};  // nullopt: as SourceRecord has it
  std::optional<std::string> key{};         // nullopt: null
  Value value{};
  Headers headers{};
  std::optional<Timestamp> timestamp{};   // nullopt: when it is written
  std::optional<SyncPoint> sync_point{};  // nullopt: not said, which is kEach where no record of the topic is marked
};

/// Where a record is.
struct WrittenRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Timestamp timestamp{};
};

class RecordWriting {
 public:
  virtual ~RecordWriting() = default;
  /// Runs `work` on the "record-writer" thread, in order of posting. Any thread; returns at once.
  virtual void Post(std::function<void()> work) = 0;
  /// On that thread. Returns when the record is durable. A topic that there is not is refused, and not made; so is one
  /// that the broker or the worker keeps for itself. Takes some seconds at most, of which a broker that is away needs
  /// all; what became of the record is not known then, and the refusal says so. Throws what the broker throws.
  virtual base::Outcome<WrittenRecord> Write(NewRecord record) = 0;
};

}  // namespace framespool::produce
