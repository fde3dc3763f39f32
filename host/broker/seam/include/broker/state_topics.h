#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <broker/broker.h>
#include <framespool/record.h>

namespace framespool::broker {

/// The newest record of one key of a compacted topic.
struct StateRecord {
  std::string key;
  std::optional<std::string> value;  // nothing: a tombstone
  /// Orders the records of one key by their places in the topic, and among the broker's other sequences: no clock of
  /// another machine has a part in it.
  std::uint64_t sequence = 0;
  bool own = false;  // written by this process
  /// What it was written with, if anything: comparable with those of the same process only.
  std::optional<std::uint64_t> written_sequence{};
  Timestamp time{};  // of the record, by the clock of who wrote it
};

/// One record of a topic as it is read.
struct ReadRecord {
  std::string key;
  std::optional<std::string> value;  // nothing: a tombstone
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Timestamp time{};  // of the record
};

/// A topic that keeps state.
struct StateTopicSpec {
  TopicSpec topic;                // its config needs no cleanup.policy
  std::string setting;            // the worker's key that names it, for messages
  bool one_partition = false;     // one that is there must have no more
  bool keeps_tombstones = false;  // whether a key that was taken back is told of, with no value
  /// Every record counts, not the newest of a key: it has no table and is not compacted. One that is deleted is no
  /// loss: Open() makes it again, and it is read from its beginning.
  bool is_log = false;
  /// Is told of every record, those of a partition in their order, when the table has it and before ReadToEnd()
  /// returns for it; where the topic is open already, first of those in its table. On the thread that reads, or that
  /// opens; must not wait, nor use StateTopics.
  std::function<void(const ReadRecord&)> on_read{};
};

struct StateWrite {
  std::string topic;
  std::string key;
  std::optional<std::string> value;  // nothing: a tombstone
  std::optional<std::uint64_t> sequence{};
};

/// The process has lost its right to write, or does not know what became of its last Write(): Claim() is to be called,
/// and ReadToEnd() shows what is there.
class StateClaimLost : public RetriableError {
 public:
  using RetriableError::RetriableError;
};

/// The right to write to topics of state as one transactional.id, until somebody else claims it. One thread at a time.
class StateClaim {
 public:
  virtual ~StateClaim() = default;
  /// All of it or nothing. What it throws is as of StateTopics::Write(); after any of it this claim is of no more use.
  virtual void Write(std::span<const StateWrite> writes, std::chrono::milliseconds wait) = 0;
};

/// The compacted topics in which a worker keeps what it must not lose, as tables: the newest record of each key, in
/// memory. One client reads all of them for the whole process. Calls that wait do so for `wait` at most, and throw
/// RetriableError when it is over, BrokerError when the broker refuses. Any thread.
class StateTopics {
 public:
  virtual ~StateTopics() = default;

  /// Creates the topic, or requires that the one that is there is compacted, and reads it up to the first transaction
  /// that is open there; it is followed from then on. Nothing happens for one that is open.
  virtual void Open(const StateTopicSpec& spec, std::chrono::milliseconds wait) = 0;
  /// Its on_read is not called any more, and is not under way, when this returns. Not from on_read.
  virtual void StopTelling(const std::string& topic) = 0;
  /// Until the table has all that is in the topic now. Waits for the transactions that are open there.
  virtual void ReadToEnd(const std::string& topic, std::chrono::milliseconds wait) = 0;
  /// Behind the last record of its first partition that has been read. Of a log that was made again it is smaller than
  /// it was. No I/O.
  virtual std::int64_t ReadUpTo(const std::string& topic) const = 0;
  /// No I/O. Of a topic that is not open: nothing.
  virtual std::optional<StateRecord> Find(const std::string& topic, const std::string& key) const = 0;
  /// Those whose keys begin so, by key. No I/O.
  virtual std::vector<StateRecord> All(const std::string& topic, const std::string& prefix = "") const = 0;

  /// From its return on nobody else writes as `writer`, and nothing that another has under way comes in.
  virtual void Claim(const std::string& writer, std::chrono::milliseconds wait) = 0;
  /// All of it or nothing, behind all that was written before; the tables have it when this returns. Throws
  /// StateClaimLost.
  virtual void Write(std::span<const StateWrite> writes, std::chrono::milliseconds wait) = 0;

  /// The same right beside that of Claim(), with another transactional.id. What is written so is in the tables when it
  /// has been read.
  virtual std::unique_ptr<StateClaim> ClaimAs(const std::string& writer, std::chrono::milliseconds wait) = 0;
};

}  // namespace framespool::broker
