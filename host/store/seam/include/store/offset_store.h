#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <framespool/record.h>

namespace framespool::store {

struct StoredSourceOffset {
  std::string connector;
  Fields partition;
  std::optional<Fields> offset;  // nullopt: reset by hand
  std::uint64_t sequence = 0;    // an older sequence never replaces a newer one
};

/// How far the embedded broker had synced its topics when source offsets were last written.
struct StoredCheckpoint {
  std::map<TopicPartition, std::int64_t> ends;
  std::uint64_t sequence = 0;
};

/// Source offsets and consumer offsets. Calls wait for their commit unless they say otherwise; never on a REST thread.
class OffsetStore {
 public:
  virtual ~OffsetStore() = default;

  virtual std::vector<StoredSourceOffset> SourceOffsets() = 0;
  virtual StoredCheckpoint LastCheckpoint() = 0;
  /// One transaction.
  virtual void PutSourceOffsets(const std::vector<StoredSourceOffset>& offsets, const StoredCheckpoint& checkpoint) = 0;

  virtual std::optional<std::int64_t> ConsumerOffset(const std::string& group, const TopicPartition& source) = 0;
  virtual std::map<TopicPartition, std::int64_t> ConsumerOffsets(const std::string& group) = 0;
  /// Returns at once; commits of the same group and partition are merged, the newest wins, and ConsumerOffset() sees
  /// it. One that cannot be written is kept and tried again; Flush() throws until that works.
  virtual void CommitConsumerOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) = 0;
  virtual void DeleteConsumerOffsets(const std::string& group) = 0;
  /// Of all groups: the topic is gone.
  virtual void DeleteConsumerOffsetsIn(const std::string& topic) = 0;
  /// Returns when everything committed so far is durable. Throws when it could not be written.
  virtual void Flush() = 0;
};

}  // namespace framespool::store
