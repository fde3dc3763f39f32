#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "framespool/access.h"
#include "framespool/config_def.h"
#include "framespool/errors.h"
#include "framespool/histogram.h"
#include "framespool/metrics.h"
#include "framespool/record.h"
#include "framespool/tls.h"

namespace framespool {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError };

/// What the worker offers every task. Outlives the task; each call is safe from any of the task's threads and returns
/// without waiting for I/O unless it says otherwise.
class FRAMESPOOL_EXPORT TaskContext {
 public:
  virtual ~TaskContext() = default;
  virtual const std::string& connector() const noexcept = 0;
  virtual int task() const noexcept = 0;
  /// Goes to the worker's log with the connector's name and the task's number before it.
  virtual void Log(LogLevel level, std::string_view message) = 0;
  /// Replaces this task's metrics of the same names, shown under `metrics` in the task's status. What the class
  /// declares (MetricSpec) is kept and drawn besides.
  virtual void ReportMetrics(const Fields& metrics) = 0;
  /// This task's histogram for what its class declares as MetricKind::kHistogram by that name: the same one each time,
  /// from the task's beginning on. May outlive the task. Never null; of a name that is not declared nobody sees it.
  virtual std::shared_ptr<Histogram> HistogramOf(const std::string& /*metric*/) {
    return std::make_shared<Histogram>();
  }
  /// Who listens asks here of each request whether it may be answered. Null: the worker has no users, and nobody is
  /// asked.
  virtual AccessGate* access() const noexcept { return nullptr; }
  /// Who listens answers by TLS with this. Null: the worker has no certificate, and clients are answered as they are.
  virtual TlsServer* tls() const noexcept { return nullptr; }
};

/// A record of whose value perhaps only the beginning was read.
struct RecordBeginning {
  SinkRecord record;
  std::size_t value_size = 0;  // of all of its value
};

/// An independent reader of one topic partition, opened by ViewContext::OpenReader. Owned and used by one thread at
/// a time; only Interrupt() may come from another. Records carry shared bytes: hold them as long as needed, but what is
/// held counts against memory.
class FRAMESPOOL_EXPORT TopicReader {
 public:
  virtual ~TopicReader() = default;
  virtual const TopicPartition& source() const noexcept = 0;
  /// What the partition holds now. Never waits: a remote broker answers from its last known watermarks.
  virtual Extent extent() = 0;
  /// The next Read() starts at `offset`. An offset below the extent starts at the first retained record (the caller
  /// sees it by the record's offset), one beyond the end waits there for that record.
  virtual void Seek(std::int64_t offset) = 0;
  /// The first offset whose record has a timestamp >= `time`; extent().end when there is none. May wait for I/O.
  virtual std::int64_t OffsetAt(Timestamp time) = 0;
  /// Where to begin to read so that the record at `offset` can be understood: the last record at or before `offset`
  /// that is marked as SyncPoint::kHere, or `offset` where its record stands for itself (kEach). An offset at which
  /// there is no record stands for the last record before it. Nothing when the topic holds no such record any more. May
  /// wait for I/O; a remote broker looks back over some thousand records at most. Throws as Read() does. The position
  /// stays.
  virtual std::optional<std::int64_t> SyncPointAtOrBefore(std::int64_t offset) = 0;
  /// The offset that the next Read() starts at.
  virtual std::int64_t position() const noexcept = 0;
  /// The next records in order, at least one as soon as there is one, at most `max_records`, and no further record once
  /// `max_bytes` of values are reached. Waits up to `wait` for the first; returns none on time-out, Interrupt() or
  /// stop. Throws RetriableError when the broker cannot be reached, std::runtime_error when a record cannot be read
  /// (corrupt).
  virtual std::vector<SinkRecord> Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                                       std::stop_token stop) = 0;
  /// As Read(), for who measures: of each value at least its first `value_bytes` bytes. The embedded log reads about
  /// that much of the disk, and whether the rest is as it was written shows only Read(); other brokers, and transforms,
  /// take all of it.
  virtual std::vector<RecordBeginning> ReadBeginnings(std::size_t max_records, [[maybe_unused]] std::size_t value_bytes,
                                                      std::chrono::milliseconds wait, std::stop_token stop) {
    constexpr std::size_t kMostBytes = std::size_t{4} << 20;
    std::vector<RecordBeginning> beginnings;
    for (SinkRecord& record : Read(max_records, kMostBytes, wait, std::move(stop))) {
      const std::size_t size = record.value.size();
      beginnings.push_back({std::move(record), size});
    }
    return beginnings;
  }
  /// Makes the Read() under way, or the next one, return at once. Any thread.
  virtual void Interrupt() = 0;
};

/// Thrown by Read() of a view's reader: the record passes the connector's transforms or converters only with an error.
/// As with a corrupt one, position() stays at it, and a Seek() behind it goes on. A view hands the one that it is to
/// deliver to Reject(), and passes others over.
class FRAMESPOOL_EXPORT UnusableRecord : public Error {
 public:
  UnusableRecord(SinkRecord record, Problem problem)
      : Error(std::move(problem)), record_(std::make_shared<const SinkRecord>(std::move(record))) {}
  /// As the topic has it.
  const SinkRecord& record() const noexcept { return *record_; }
  /// Goes on behind the record's name, as Reject() wants it.
  const Problem& problem() const noexcept { return problems().front(); }

 private:
  std::shared_ptr<const SinkRecord> record_;  // an exception's copies must not throw
};

/// Reads some topic partitions, each from a place of its own. Used on one thread at a time. Seek() and ExtentOf() take
/// only what it was opened for, and are as a TopicReader's.
class FRAMESPOOL_EXPORT TopicConsumer {
 public:
  virtual ~TopicConsumer() = default;
  virtual Extent ExtentOf(const TopicPartition& source) = 0;
  virtual void Seek(const TopicPartition& source, std::int64_t offset) = 0;
  /// As TopicReader::Read(). Records of one partition come in its order, those of several in any.
  virtual std::vector<SinkRecord> Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                                       std::stop_token stop) = 0;
};

class FRAMESPOOL_EXPORT SourceTaskContext : public TaskContext {
 public:
  /// The last offset stored for `source_partition`: that of the newest record in the topic. Nothing on a first run.
  virtual std::optional<Fields> StoredOffset(const Fields& source_partition) = 0;

  // For a source that reads topics. Both may wait for I/O, and throw RetriableError when the broker cannot be reached.
  /// How many partitions `topic` has; 0 when there is no such topic.
  virtual std::int32_t Partitions(const std::string& topic) = 0;
  /// Reads `sources`, at least one and all of topics that there are, each from its first retained record.
  virtual std::unique_ptr<TopicConsumer> OpenConsumer(std::span<const TopicPartition> sources) = 0;
};

/// What the worker offers whoever reads topics.
class FRAMESPOOL_EXPORT ConsumerContext : public TaskContext {
 public:
  /// The topics that this connector's `topics` names, in order.
  virtual const std::vector<std::string>& topics() const noexcept = 0;
  /// How many partitions `topic` has; creates it with the worker's defaults where it is missing. May wait for I/O.
  virtual std::int32_t Partitions(const std::string& topic) = 0;

  /// The consumer group of this connector: connect-<name>. The offset committed for it is the connector's own position,
  /// which REST shows and alters.
  virtual const std::string& group() const noexcept = 0;
  /// The offset of the next record to deliver, as last committed for `group`; nothing when never committed. May wait
  /// for I/O.
  virtual std::optional<std::int64_t> CommittedOffset(const std::string& group, const TopicPartition& source) = 0;

  /// A record that was taken, and with which nothing can be done. The problem's message goes on behind the record's
  /// name: "is not an image: …".
  /// errors.tolerance decides: `all` counts and logs it, `none` soon ends the task as FAILED. The task goes on without
  /// it meanwhile. (Connect's ErrantRecordReporter. A sink that throws from Put() says it of the whole batch.)
  virtual void Reject(const SinkRecord& record, Problem problem) = 0;

  /// Why no topic can be read just now, in the broker's words: since when, and what is waited for. Nothing when they
  /// can. Never waits.
  virtual std::optional<std::string> BrokerTrouble() { return std::nullopt; }
};

/// What the worker offers a sink that takes its records through Put().
class FRAMESPOOL_EXPORT SinkTaskContext : public ConsumerContext {
 public:
  /// The topic partitions that Put() gets records of.
  virtual std::vector<TopicPartition> Assignment() = 0;
  /// Stops and continues the delivery to Put(). Paused partitions keep their position.
  virtual void PauseConsumption() = 0;
  virtual void ResumeConsumption() = 0;
  /// The next Put() of `source` starts at `offset`.
  virtual void Seek(const TopicPartition& source, std::int64_t offset) = 0;
  /// PreCommit() is asked soon, and not only when the commit interval is over.
  virtual void RequestCommit() = 0;
};

/// What the worker offers a view, which reads for itself.
class FRAMESPOOL_EXPORT ViewContext : public ConsumerContext {
 public:
  /// An independent reader, at the first retained record until Seek() says otherwise; it delivers nothing while the
  /// connector is paused. Its records have passed the connector's transforms, and those that these leave out it does
  /// not deliver: Read() may return none though its position moves. May wait for I/O.
  virtual std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source) = 0;
  /// Whether the connector is paused now: what no reader delivers may be there all the same. Never waits.
  virtual bool paused() const { return false; }
  /// Records before `offset` have been delivered. Returns at once; written (synced) within a few milliseconds, newest
  /// wins, and before the task counts as stopped. A view's own named playheads are groups called group() + "/" + name.
  virtual void CommitOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) = 0;
};

/// Reads an outside system. Constructed means running: the constructor opens, the destructor closes, both on the task's
/// own thread, as is every call in between. `stop` is the only thing that another thread touches.
class FRAMESPOOL_EXPORT SourceTask {
 public:
  virtual ~SourceTask() = default;

  /// Waits for records. Returns none when there is nothing yet, or when `stop` is requested; should not wait longer
  /// than about a second. Each record carries the source offset of the *next* read. Throwing RetriableError means that
  /// nothing was consumed: the worker calls again after a back-off.
  virtual std::vector<SourceRecord> Poll(std::stop_token stop) = 0;

  /// `record` is in the topic and, with it, its source offset. In order for each source partition.
  virtual void Acknowledge(const SourceRecord& /*record*/) {}
};

/// The offset behind the last record, of each of some partitions.
using PartitionOffsets = std::map<TopicPartition, std::int64_t>;

/// Writes to an outside system what the worker brings it. The same lifetime and threading as SourceTask.
class FRAMESPOOL_EXPORT SinkTask {
 public:
  virtual ~SinkTask() = default;
  /// Put() gets records of these partitions from now on. Before the first of them; here one may Seek().
  virtual void Open(std::span<const TopicPartition> /*partitions*/) {}
  /// RetriableError: the same batch comes again after a back-off.
  virtual void Put(std::span<const SinkRecord> records, std::stop_token stop) = 0;
  /// Everything put so far must be delivered on return.
  virtual void Flush() {}
  /// The offsets that may be committed now, of `taken`: those behind what Put() took. A sink that gathers records
  /// before it writes them returns less, or leaves a partition out. Without an override all of it, once Flush() has
  /// returned.
  virtual PartitionOffsets PreCommit(const PartitionOffsets& taken) {
    Flush();
    return taken;
  }
  /// Put() gets no more records of these partitions: behind the last PreCommit() for them.
  virtual void Close(std::span<const TopicPartition> /*partitions*/) {}
};

/// A sink that reads for itself, as many places of a topic at once as it likes: it shows what is in a topic rather than
/// moving it on. In REST it is a sink. The same lifetime and threading as SourceTask, but nothing is called in between;
/// its work is done on threads of its own.
class FRAMESPOOL_EXPORT View {
 public:
  virtual ~View() = default;
};

/// A type whose library has an object that all its tasks share (open ports, a cache, a pool of threads): it names that
/// type as Library and takes it last. The worker makes one before the first task, with Library's default constructor,
/// and destroys it behind the last. Its calls come from many threads.
template <class T>
concept HasLibrary = requires {
  typename T::Library;
};

/// A type with a nested Config and its ConfigDef.
template <class T>
concept Configured = requires {
  typename T::Config;
  { T::Describe() } -> std::same_as<const ConfigDef<typename T::Config>&>;
};

namespace detail {
template <class T, class... Args>
constexpr bool MadeFrom() {
  if constexpr (HasLibrary<T>) {
    return std::constructible_from<T, Args..., typename T::Library&>;
  } else {
    return std::constructible_from<T, Args...>;
  }
}
}  // namespace detail

/// A type with a nested Config, its ConfigDef, and a constructor that takes it and a context (and its Library).
template <class T, class Base, class Context>
concept TaskType = std::derived_from<T, Base> && Configured<T> && detail::MadeFrom<T, typename T::Config, Context&>();

/// Optional: what can be seen of a configuration only by looking outside (a file, a port). Called with a config that
/// Validate() accepts, before a connector called `connector` is created or changed, on a thread of its own that may
/// wait for I/O; the worker gives up on it after 10 s. Must not keep what it opened. What could not be found out in
/// time is a problem with `is_warning`. A transform, a predicate or a converter may have it too, and gets no name.
template <class T>
concept Checks = requires(const typename T::Config& config, const std::string& connector) {
  { T::Check(config, connector) } -> std::same_as<std::vector<Problem>>;
};
template <class T>
concept ChecksInLibrary = HasLibrary<T> &&
    requires(const typename T::Config& config, const std::string& connector, typename T::Library& library) {
  { T::Check(config, connector, library) } -> std::same_as<std::vector<Problem>>;
};

/// How large a record is going to be, and what was measured for that: "the first frame of /v/a.mp4, 1280x720 as png".
struct RecordSample {
  std::size_t bytes = 0;
  std::string what;
};

/// Optional: a record such as a source with this config will send, so that one which its topic will never take is said
/// when the connector is created. Called where Check() is, behind it.
template <class T>
concept Samples = requires(const typename T::Config& config) {
  { T::Sample(config) } -> std::same_as<std::optional<RecordSample>>;
};

/// Optional: the config keys with which the records of a source are made smaller, best first: a std::array or a C array
/// of `const char*` called kSmallerBy. The worker names them where a topic does not take a record for its size.
template <class T>
concept MakesRecordsSmaller = requires {
  std::span<const char* const>(T::kSmallerBy);
};

/// Optional: a source with `static constexpr bool kReadsTopics = true` hands on records as topics hold them. Converters
/// make data of their keys and values where a transform wants that, as on a sink, and what no transform changes stays
/// the bytes that it was. Which topics it reads say its fields with Role::kTopic, but for `topic`, and with
/// Role::kTopicPattern; these stand in the config of each of its tasks as in the connector's.
template <class T>
concept ReadsTopics = requires {
  requires T::kReadsTopics;
};

/// What a record is, for people who look at a source before it runs.
struct RecordFacts {
  std::string content_type;  // of its value: "image/jpeg". Empty: what its header content-type says
  bool shows = false;        // a page may show the value as what content_type says
  Fields facts;              // told as they are: {"width": 1280, "height": 720}
  std::optional<std::chrono::microseconds> time;  // by the records' own clock, from which their rate is counted
};

/// Optional: what the worker cannot know of a source's record. On a thread of its own. No I/O.
template <class T>
concept DescribesRecords = requires(const SourceRecord& record) {
  { T::DescribeRecord(record) } -> std::same_as<RecordFacts>;
};

/// What the worker offers the parts of a connector that are no task. Outlives them; any thread.
class FRAMESPOOL_EXPORT ConnectorContext {
 public:
  virtual ~ConnectorContext() = default;
  virtual const std::string& connector() const noexcept = 0;
  virtual void Log(LogLevel level, std::string_view message) = 0;
  /// The last split, as TaskConfigs() gave it for this config or for an earlier one, so that the next can leave as much
  /// as possible where it is. Nothing where none is known, as after a start of the worker.
  virtual std::vector<RawConfig> LastSplit() const = 0;

  // For a source that reads topics. Both may wait for I/O, and throw RetriableError when the broker cannot be reached.
  /// The topics that a pattern may take, and how many partitions each has: all but those that the broker and workers
  /// keep for themselves.
  virtual std::map<std::string, std::int32_t> Topics() = 0;
  /// How many partitions `topic` has, whosever it is; 0 when there is no such topic.
  virtual std::int32_t Partitions(const std::string& topic) = 0;

  /// The work should be split anew: TaskConfigs() is asked again, and tasks whose config is another one are restarted.
  /// Returns at once.
  virtual void RequestTaskReconfiguration() = 0;
  /// The connector cannot go on; it becomes FAILED with `why`. Returns at once.
  virtual void RaiseError(std::string_view why) = 0;
};

/// Optional: how the work of one connector is split into tasks. One config for each, at most `max_tasks` (tasks.max);
/// each holds only what differs from the connector's own config. None: there is nothing to do yet. Asked when it runs
/// and whenever it asks for that. Tasks of a sink share the partitions. Without it there is one task, with its config.
template <class T>
concept Splits = requires(const typename T::Config& config, ConnectorContext& context, int max_tasks) {
  { T::TaskConfigs(config, context, max_tasks) } -> std::same_as<std::vector<RawConfig>>;
};

/// Looks for what is to be split (the files of a folder, the cameras of a recorder, the topics of a pattern) and asks
/// for a new split. It lives as long as the connector runs; made and destroyed on one thread. Its looking is done on
/// threads of its own.
class FRAMESPOOL_EXPORT ConnectorWatch {
 public:
  virtual ~ConnectorWatch() = default;
};

/// Optional.
template <class T>
concept Watches = Splits<T> && requires(const typename T::Config& config, ConnectorContext& context) {
  { T::Watch(config, context) } -> std::same_as<std::unique_ptr<ConnectorWatch>>;
};

/// Optional: what is wrong with `offset` of `partition` as a place to go on from, in a message that names the key
/// ("partition.file must be …"), or nothing. Asked before somebody sets an offset by hand, on a thread of its own. No
/// I/O. Without it the worker compares an offset with those that are stored.
template <class T>
concept ChecksOffsets = requires(const typename T::Config& config, const std::string& connector, const Fields& fields) {
  { T::CheckOffset(config, connector, fields, fields) } -> std::same_as<std::optional<Problem>>;
};

}  // namespace framespool
