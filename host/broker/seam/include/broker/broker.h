#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include <framespool/connector.h>
#include <framespool/record.h>

/// The seam behind which topics live: an embedded log or Kafka. A Broker is shared by all tasks and safe from any
/// thread; what it opens belongs to one task and is used on one thread at a time, and must be destroyed before it.
namespace framespool::broker {

/// The broker refused for good: the task fails with this message. What may pass by itself (no space left, broker
/// unreachable) is a RetriableError instead.
class BrokerError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One record that the topic will never take, e.g. one larger than the topic allows; the records behind it are taken
/// all the same. What becomes of it is errors.tolerance's to say.
class RecordRefused : public BrokerError {
 public:
  /// `too_large`: a smaller record of the same kind would be taken.
  explicit RecordRefused(const std::string& what, bool too_large = false) : BrokerError(what), too_large_(too_large) {}
  bool too_large() const noexcept { return too_large_; }

 private:
  bool too_large_;
};

struct TopicSpec {
  std::string name;
  std::optional<std::int32_t> partitions;  // nullopt: the broker's default
  std::map<std::string, std::string>
      config;  // Kafka's topic config names: retention.ms, retention.bytes, segment.bytes …
  std::optional<std::int16_t> replication_factor{};  // nullopt: the broker's default; the embedded broker has none
};

/// What a connector's own config says of the clients that work for it. The embedded broker has no clients: it takes
/// nothing of this.
struct ClientSettings {
  std::string connector;                         // for logs and client ids
  std::map<std::string, std::string> overrides;  // producer.override.* or consumer.override.*, without that prefix
  std::vector<std::string> topics;  // a producer's first topics, when known: their leaders are connected early
  std::chrono::milliseconds transaction_interval{0};  // how long transactions are kept open; 0: one for each Append()
};

/// The largest record that a topic will take from a connector, and which setting says so.
struct RecordLimit {
  std::int64_t bytes = 0;
  std::string setting;
};

struct TopicInfo {
  std::string name;
  std::vector<Extent> partitions;  // by partition number
  std::uint64_t bytes = 0;         // on disk, all partitions
  std::map<std::string, std::string> config;
};

/// Where a connector stands in one of its source partitions, as recovered from the broker. `sequence` orders offsets of
/// the same partition: the highest is the newest.
struct SourceOffset {
  std::string connector;
  Fields partition;
  Fields offset;
  std::uint64_t sequence = 0;
};

/// A point that the broker's data has durably reached: the end offset of each topic partition, and the highest
/// sequence. Source offsets with a sequence above it may have to be recovered from the topics behind those ends.
struct Checkpoint {
  std::map<TopicPartition, std::int64_t> ends;
  std::uint64_t sequence = 0;
};

struct Appended {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::uint64_t sequence = 0;
};

/// Called on the producer's thread, in order for each source partition: `records[i]` is at `where[i]`, and its source
/// offset with it. `error` is set when the batch, or the part of it from where.size() on, is lost for good; with a
/// RecordRefused it is one record that is lost, and the producer goes on behind it. The records are the handler's to
/// take.
using AckHandler = std::function<void(std::span<SourceRecord> records, std::span<const Appended> where,
                                      const std::exception_ptr& error)>;

/// One source task's writer.
class Producer {
 public:
  virtual ~Producer() = default;
  /// Connects to where the first record will go, so that it need not wait for that. Waits itself; may be left out.
  virtual void WarmUp() {}
  /// Takes the records and their source offsets. May call the AckHandler before it returns, and may wait for room.
  /// RetriableError: nothing of the batch was taken, call again. RecordRefused: nothing of it was taken, because of one
  /// record; the others may come without that one. BrokerError: this producer is finished. What was not taken is left
  /// as it was.
  virtual void Append(std::vector<SourceRecord>&& records) = 0;
  /// Delivers outstanding acknowledgements; waits up to `wait` for the first when some are outstanding.
  virtual void Service(std::chrono::milliseconds wait) = 0;
  /// How many records are taken and not yet acknowledged.
  virtual std::size_t Outstanding() const noexcept = 0;
  /// The source offsets of the connector as the broker has them, now that no predecessor of this producer can append
  /// any more; for a broker whose RecoverSourceOffsets() does not tell them. Asked once, before the source starts.
  virtual std::vector<SourceOffset> RecoveredOffsets() { return {}; }
};

/// Something that a person should see to. It stays listed as long as it lasts; what was lost stays until the worker
/// ends, or until retention drops what is around it.
struct Problem {
  std::string subject;  // what it is about: "topic frames"
  std::string kind;     // a word for programs: data-lost, set-aside, topic-refused, sync-failed, disk-full …
  std::string message;  // what was found and what to do
  Timestamp since{};
  bool blocks_storing = false;  // while it lasts, records cannot be stored
};

struct Health {
  bool reachable = true;
  std::string message;  // when not: since when, and what it waits for
  std::vector<Problem> problems{};
};

class Broker {
 public:
  virtual ~Broker() = default;

  /// "embedded" or Kafka's cluster id, empty until it is known; GET / shows it as kafka_cluster_id. Never waits.
  virtual std::string ClusterId() = 0;
  /// Any thread; never waits.
  virtual Health GetHealth() = 0;

  /// Creates the topic or leaves it as it is, except that the embedded broker adds missing partitions (a Kafka topic
  /// may belong to others). Throws BrokerError for a name or config that cannot be (Kafka's rules: 1-249 of
  /// [a-zA-Z0-9._-], not "." or "..").
  virtual void EnsureTopic(const TopicSpec& spec) = 0;
  virtual std::optional<TopicInfo> Describe(const std::string& topic) = 0;
  virtual std::vector<TopicInfo> Topics() = 0;
  /// Removes the topic with all that it holds; false when there is none. Whoever is still writing to it gets a
  /// RetriableError, whoever reads it finds nothing more. Waits for I/O. Throws BrokerError for a topic that is not the
  /// user's to remove, or when the broker refuses.
  virtual bool DeleteTopic(const std::string& topic) = 0;

  /// `connector` owns the source offsets of the records. Topics are created on first use.
  virtual std::unique_ptr<Producer> OpenProducer(const std::string& connector, int task, AckHandler on_ack) = 0;
  /// Creates the topic where it is missing. BrokerError when the partition does not exist.
  virtual std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source) = 0;

  /// As the two above, with settings of the connector's own.
  virtual std::unique_ptr<Producer> OpenProducerWith(const ClientSettings& /*settings*/, const std::string& connector,
                                                     int task, AckHandler on_ack) {
    return OpenProducer(connector, task, std::move(on_ack));
  }
  virtual std::unique_ptr<TopicReader> OpenReaderWith(const ClientSettings& /*settings*/,
                                                      const TopicPartition& source) {
    return OpenReader(source);
  }
  /// What in a connector's config the broker cannot do, before the connector is created or changed. No I/O.
  virtual std::vector<FieldError> CheckConnector(const RawConfig& /*config*/) { return {}; }

  /// What is wrong with a setting of topics that a connector asks for: one of Kafka's topic configs, `partitions` or
  /// `replication.factor`. A sentence without the setting's name; nothing when it is good as far as is known without
  /// asking anybody. No I/O.
  virtual std::optional<std::string> TopicSettingProblem(const std::string& /*setting*/,
                                                         const std::string& /*value*/) const {
    return std::nullopt;
  }

  /// What `spec`'s topic, as it is or as it would be created, takes from a connector with these settings; nothing when
  /// that cannot be told now. May wait for I/O for a moment.
  virtual std::optional<RecordLimit> LargestRecord(const TopicSpec& /*spec*/, const ClientSettings& /*settings*/) {
    return std::nullopt;
  }

  /// Whether source offsets are recovered from the topics behind a Checkpoint's ends. False: an acknowledged record is
  /// durable, checkpoints have no ends, and nobody needs to keep them.
  virtual bool KeepsCheckpoints() const noexcept { return true; }
  /// The newest source offset of every (connector, source partition) appended behind `since`. Call once, before the
  /// first OpenProducer: sequences go on above everything found and above since.sequence. A topic partition that ends
  /// before `since` has lost records: its next one gets the offset that `since` names, so that nobody's position comes
  /// to mean another record.
  virtual std::vector<SourceOffset> RecoverSourceOffsets(const Checkpoint& since) = 0;
  /// Makes durable all that has been appended and says how far that is. Waits for I/O. RetriableError when a sync
  /// fails, and until what it did not reach has been written again.
  virtual Checkpoint Sync() = 0;
  /// A sequence above all given out so far, for source offsets that are set by hand.
  virtual std::uint64_t NextSequence() = 0;

  /// Tells the broker of a group's position, or that it has none any more, for its own tools; the store keeps the
  /// truth. Returns at once.
  virtual void NoteConsumerOffset(const std::string& group, const TopicPartition& source,
                                  std::optional<std::int64_t> offset) = 0;
};

}  // namespace framespool::broker
