#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <base/meters.h>
#include <base/standing_problem.h>
#include <broker/consumer.h>
#include <framespool/connector.h>
#include <framespool/record.h>

/// The seam behind which topics live: an embedded log or Kafka. A Broker is shared by all tasks and safe from any
/// thread; what it opens belongs to one task and is used on one thread at a time, and must be destroyed before it.
namespace framespool::broker {

/// The broker refused for good: the task fails with this message. What may pass by itself (no space left, broker
/// unreachable) is a RetriableError instead.
class BrokerError : public Error {
 public:
  using Error::Error;
  explicit BrokerError(const std::string& message) : Error(Problem{.message = message, .kind = kind::kBrokerRefused}) {}
};

/// One record that the topic will never take, e.g. one larger than the topic allows; the records behind it are taken
/// all the same. What becomes of it is errors.tolerance's to say.
class RecordRefused : public BrokerError {
 public:
  /// kind::kRecordTooLarge: a smaller record of the same kind would be taken.
  using BrokerError::BrokerError;
  explicit RecordRefused(const std::string& message)
      : BrokerError(Problem{.message = message, .kind = kind::kRecordRefused}) {}
};

/// The header in which a broker that has no other place for it keeps the SyncPoint of a record that is marked; no
/// record has one of its own that is called so.
inline constexpr std::string_view kSyncPointHeader = "framespool.sync.point";

struct TopicSpec {
  std::string name;
  std::optional<std::int32_t> partitions;  // nullopt: the broker's default
  std::map<std::string, std::string>
      config;  // Kafka's topic config names: retention.ms, retention.bytes, segment.bytes …
  std::optional<std::int16_t> replication_factor{};  // nullopt: the broker's default; the embedded broker has none
};

/// Who opens a producer, a reader or a consumer, and what its config says of the client that then works for it. The
/// embedded broker has no clients: it takes only the connector's name.
struct ClientSettings {
  std::string connector{};  // owns the source offsets of a producer's records; for logs and client ids
  int task = 0;             // with the connector: of two producers the later one shuts the earlier out
  std::map<std::string, std::string> overrides{};  // producer.override.* or consumer.override.*, without that prefix
  std::vector<std::string> topics{};  // a producer's first topics, when known: their leaders are connected early
  bool keeps_source_offsets = true;   // false: of records of no source, which are written outside of transactions
  std::chrono::milliseconds transaction_interval{0};  // how long transactions are kept open; 0: one for each Append()
  /// Asked before a producer that was shut out shuts out others in its turn; empty: it may. Any thread.
  std::function<bool()> may_write{};
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

/// Whose source offsets need not be recovered from the topics any more: those of the records before these ends. None of
/// them has a sequence above this one. A broker that keeps source offsets elsewhere names no ends of its own.
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

/// Told of source offsets as the broker has them: of each source partition the newest, which may be known already. Any
/// thread.
using RecoveryHandler = std::function<void(std::span<const SourceOffset> found)>;

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
  /// Records before these source offsets (each with its source partition) were left out; nothing of the same source
  /// partitions is under way. True: it stores them in its order, with the records that come next or alone. False: it
  /// keeps none without a record, so that is the caller's to do.
  virtual bool Pass(std::span<const std::pair<Fields, Fields>> /*passed*/) { return false; }
  /// Delivers outstanding acknowledgements; waits up to `wait` for the first when some are outstanding.
  virtual void Service(std::chrono::milliseconds wait) = 0;
  /// How many records are taken and not yet acknowledged; what Pass() took counts as one until it is stored.
  virtual std::size_t Outstanding() const noexcept = 0;
};

struct Health {
  bool reachable = true;
  std::string message;  // when not: since when, and what it waits for
  std::vector<base::StandingProblem> problems{};
};

/// What a broker can do, for whoever checks configs.
struct Capabilities {
  bool clients = false;       // connectors can set the clients that work for them: *.override.*
  bool transactions = false;  // it knows them, so that transaction.boundary means something
  bool exactly_once = true;   // a record and its source offset are stored together
};

class StateTopics;
class WorkerGroups;

enum class ClientKind { kProducer, kConsumer };

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
  /// How many partitions each topic has, without a look into any.
  virtual std::map<std::string, std::int32_t> PartitionCounts() = 0;
  /// Removes the topic with all that it holds; false when there is none. Whoever is still writing to it gets a
  /// RetriableError, whoever reads it finds nothing more. Waits for I/O. Throws BrokerError for a topic that is not the
  /// user's to remove, or when the broker refuses.
  virtual bool DeleteTopic(const std::string& topic) = 0;

  /// Who keeps `topic` for himself, in words: it is neither removed nor written to by hand. Empty: nobody. No I/O.
  virtual std::string KeeperOf(const std::string& /*topic*/) const { return {}; }

  /// Topics are created on first use. Where another worker may have written for the same task, the RecoveryHandler is
  /// told of the connector's source offsets before this returns: from then on nobody else can move them.
  virtual std::unique_ptr<Producer> OpenProducer(const ClientSettings& settings, AckHandler on_ack) = 0;
  /// Producers that were opened for these tasks of `connector` write nothing more, and what they have under way is
  /// committed or lost when this returns: only for a broker with transactions and exactly_once, where a producer may
  /// outlive its task. Waits for I/O.
  virtual void FenceProducers(const std::string& /*connector*/, std::span<const int> /*tasks*/) {}
  /// At the first record. Creates the topic where it is missing. BrokerError when the partition does not exist.
  virtual std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source,
                                                  const ClientSettings& settings = {}) = 0;
  /// As OpenReader(), for all `sources`, at least one.
  virtual std::unique_ptr<Consumer> OpenConsumer(std::span<const TopicPartition> sources,
                                                 const ClientSettings& settings = {}) {
    std::vector<std::unique_ptr<TopicReader>> readers;
    for (const TopicPartition& source : sources) readers.push_back(OpenReader(source, settings));
    return std::make_unique<ConsumerOfReaders>(std::move(readers));
  }

  virtual Capabilities capabilities() const noexcept { return {}; }

  /// Where a worker can keep its state in topics; null where it cannot. The broker's own.
  virtual StateTopics* state_topics() noexcept { return nullptr; }
  /// Where workers can be a group; null where they cannot. The broker's own.
  virtual WorkerGroups* worker_groups() noexcept { return nullptr; }

  /// What is wrong with the settings of a client that a connector asks for, each with the setting as its field, without
  /// any prefix; without a field, what is wrong with all of them together. No I/O.
  virtual std::vector<Problem> ClientSettingProblems(ClientKind /*client*/,
                                                     const std::map<std::string, std::string>& /*overrides*/) const {
    return {};
  }

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

  /// Tells `on_recovered` the newest source offset of every (connector, source partition) behind `since`: here of what
  /// this worker alone writes, in OpenProducer() of what others may. Call once, before the first OpenProducer:
  /// sequences go on above everything found and above since.sequence. A topic partition that ends before `since` has
  /// lost records: its next one gets the offset that `since` names, so that nobody's position comes to mean another
  /// record.
  virtual void RecoverSourceOffsets(const Checkpoint& since, RecoveryHandler on_recovered) = 0;
  /// How far handlers have been told of source offsets: of every record before these ends. What they kept of it can be
  /// stored with this checkpoint after a Sync(). Has the ends of topics that cannot be opened now as they were in
  /// `since`; a topic of `since` that it leaves out is gone. No I/O.
  virtual Checkpoint Acknowledged() = 0;
  /// Makes durable all that has been appended. Waits for I/O. RetriableError when a sync fails, and until what it did
  /// not reach has been written again.
  virtual void Sync() = 0;
  /// How long the syncs of this broker's own files took; null where it has none. Outlives nobody but the broker.
  virtual const base::Histogram* SyncTimes() const noexcept { return nullptr; }
  /// Where a group goes on that has committed `offset`: there, or at the end of a partition that has lost so much. A
  /// broker whose readers see to that themselves (auto.offset.reset) leaves it as it is.
  virtual std::int64_t ResumeOffset(const TopicPartition& /*source*/, std::int64_t offset) { return offset; }
  /// How many offsets directly before the record at `offset` have none because compaction removed theirs, as far as the
  /// broker knows: what misses there otherwise is lost.
  virtual std::int64_t RemovedBefore(const TopicPartition& /*source*/, std::int64_t /*offset*/) { return 0; }
  /// A sequence above all given out so far, for source offsets that are set by hand.
  virtual std::uint64_t NextSequence() = 0;

  /// Tells the broker of a group's position, or that it has none any more, for its own tools; the store keeps the
  /// truth. Returns at once.
  virtual void NoteConsumerOffset(const std::string& group, const TopicPartition& source,
                                  std::optional<std::int64_t> offset) = 0;
};

}  // namespace framespool::broker
