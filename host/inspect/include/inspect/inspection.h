#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <base/outcome.h>
#include <base/standing_problem.h>
#include <framespool/config_def.h>
#include <framespool/metrics.h>
#include <framespool/record.h>
#include <runtime/start_meters.h>

/// What people look at besides Kafka Connect's own answers: the shapes behind our extensions of its REST API.
namespace framespool::inspect {

struct TopicReport {
  std::string name;
  std::uint64_t bytes = 0;  // on disk
  std::map<std::string, std::string> config;
  std::vector<Extent> partitions;    // by number
  std::vector<std::string> sources;  // connectors whose config names the topic
  std::vector<std::string> sinks;
};

/// Time series of each connector and, as "worker", of the process; NaN where there was no sample. Every series is as
/// long as `times`.
struct MetricsReport {
  std::chrono::milliseconds resolution{};
  std::vector<Timestamp> times;
  std::map<std::string, std::map<std::string, std::vector<float>>> series;
};
/// The series that a declared metric is kept as: "lag_seconds", "frames_sent_per_second".
std::string SeriesOf(const MetricSpec& metric);
enum class Resolution { kSecond, kMinute };  // the last 15 minutes, the last 6 hours

struct Event {
  std::uint64_t sequence = 0;  // from 1, without gaps
  Timestamp time;
  std::string connector;
  int task = -1;      // -1: the connector itself
  std::string state;  // as REST spells it, or CREATED, CHANGED, DELETED
  std::string message;
};

struct WorkerReport {
  std::string data_dir;
  std::string broker;  // "embedded" or "kafka"
  bool broker_reachable = true;
  std::string broker_message;
  std::chrono::milliseconds uptime{};
  int pid = 0;
  std::uint64_t rss_bytes = 0;
  std::vector<std::string> plugins_refused;
  std::map<std::string, std::string> build_facts;  // what the build says of itself
};

/// What is shown of a worker beside what its inspection knows: who asks has it from the herder.
struct WorkerFacts {
  std::string version;
  std::string commit;
  std::vector<base::StandingProblem> problems;
  const runtime::StartMeters& connector_starts;
  const runtime::StartMeters& task_starts;
};

/// A record of a source that is probed, on either side of its chain.
struct ProbedRecord {
  std::string topic{};
  std::optional<std::string> key{};
  std::optional<Payload> value{};  // nothing: null
  std::string content_type{};
  bool shows = false;  // a page may show the value as that
  Fields facts{};      // what the source says of it
  Headers headers{};
  Timestamp timestamp{};
};

/// What the chain of a source makes of its first records.
struct ChainReport {
  std::size_t records = 0;  // that were tried
  std::size_t go_on = 0;
  std::size_t held_back = 0;  // a transform would decide with later ones
  std::size_t failed = 0;
  std::map<std::string, std::size_t> left_out{};  // by transform: "transforms.a (Filter)"
  double frame_bytes = 0;                         // of those that go on, on average

  enum class End { kGoesOn, kLeftOut, kHeldBack, kFailed };
  struct Step {
    ProbedRecord before{};
    std::optional<ProbedRecord> after{};  // where it goes on
    End end = End::kGoesOn;
    std::string place{};              // else: what has left it out, holds it back or failed
    std::vector<Problem> problems{};  // why it failed
  };
  std::vector<Step> steps{};        // the first, and the first that goes on and that fails; a few
  std::vector<Problem> problems{};  // why no chain could be made
};

/// What the first frames of a source look like.
struct ProbeReport {
  std::size_t frames = 0;  // that were looked at
  std::string content_type;
  bool shows = false;  // a page may show the first one as that
  Fields facts;        // what the source says of the first one
  Payload first_frame;
  double frame_bytes = 0;  // on average
  std::optional<double> fps;
  Fields metrics;                      // what the source reports of itself
  std::vector<std::string> messages;   // and what it says in the log
  std::optional<ChainReport> chain{};  // where records pass transforms or converters
};

/// A record as it lies in a topic, as far as it is shown.
struct TopicRecord {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Timestamp timestamp{};
  std::optional<std::string> key{};    // its beginning where it is large, as of a header's value
  std::optional<std::string> value{};  // the same; nothing: null
  std::size_t value_bytes = 0;         // of all of it
  Headers headers{};
};

/// Which records of one partition are wanted. At most one of the three places; none: the newest.
struct RecordQuery {
  std::string topic{};
  std::int32_t partition = 0;
  std::optional<std::int64_t> offset{};  // from there on
  std::optional<std::int64_t> before{};  // those before it
  std::optional<Timestamp> time{};       // from the first on that is not older
  std::optional<std::string> key{};      // only those that have it
  std::size_t limit = 50;
  std::size_t whole_value = 4096;  // bytes: values up to here are told whole, larger ones by their beginning
};

/// What a look of a moment has found.
struct RecordReport {
  Extent extent{};  // of the partition
  // What was looked at, [begin, end): records before it are asked for as before = begin, those behind it as offset =
  // end.
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t looked_at = 0;          // how many records there were
  std::vector<TopicRecord> records{};  // in the order of the partition
};

/// Dead letters that tell the same of why they were left out, but for numbers and quoted words of their messages.
struct DeadLetterReason {
  // Empty: they do not say.
  std::string topic{};  // that they were read from
  std::string stage{};
  std::string class_name{};
  std::string exception_class{};
  std::string message{};         // of the newest
  bool messages_differ = false;  // there are other ones
  bool is_named = true;          // false: they do not say whose they are
  std::int64_t count = 0;
  std::int64_t without_value = 0;  // the dead letter topic did not take their values
  Timestamp first{};
  Timestamp last{};
};

struct DeadLetterRecord {
  std::size_t reason = 0;  // of the report's reasons
  TopicRecord record{};
};

/// What is in a connector's dead letter topic, as far as a look of a moment has come: the newest records first.
struct DeadLetterReport {
  std::string topic{};
  bool exists = false;
  std::int64_t records = 0;    // in the topic, whosesoever they are
  std::int64_t looked_at = 0;  // the newest so many
  bool is_complete = false;    // all of them were looked at
  // Of those that were looked at:
  std::int64_t own = 0;
  std::int64_t others = 0;                  // of other connectors
  std::int64_t unnamed = 0;                 // they do not say whose they are
  std::vector<DeadLetterReason> reasons{};  // of its own and the unnamed; the most frequent first
  std::int64_t in_further_reasons = 0;      // letters of which the reason is not in the list
  std::vector<DeadLetterRecord> letters{};  // some of each reason, the newest first
};

/// Looks at a worker from outside, on threads of its own.
class Inspection {
 public:
  virtual ~Inspection() = default;

  // Any thread; none waits.
  virtual WorkerReport Report() const = 0;
  virtual MetricsReport Metrics(Resolution resolution, const std::string& connector) const = 0;
  /// All metrics of now, in Prometheus's text format 0.0.4.
  virtual std::string MetricsText(const WorkerFacts& worker) const = 0;
  /// Those behind sequence `after`, oldest first.
  virtual std::vector<Event> Events(std::uint64_t after) const = 0;

  /// Runs `work` on the "inspector" thread, in order of posting: what waits for the broker or the store.
  virtual void Post(std::function<void()> work) = 0;
  // On that thread.
  virtual std::vector<TopicReport> Topics() = 0;
  virtual base::Outcome<TopicReport> Topic(const std::string& name) = 0;
  /// Takes some seconds at most, however much is in the topic and however seldom a key is. Writes nothing.
  virtual base::Outcome<RecordReport> Records(const RecordQuery& query) = 0;
  /// The same of a connector's dead letter topic.
  virtual base::Outcome<DeadLetterReport> DeadLetters(const std::string& connector) = 0;

  /// Runs `work` on the "probe" thread, in order of posting.
  virtual void PostProbe(std::function<void()> work) = 0;
  /// On that thread: the first frames of the source that `config` describes, which has been admitted and has a name; it
  /// need not be a connector. Writes nothing. Throws std::invalid_argument for a plugin that there is not.
  virtual base::Outcome<ProbeReport> Probe(const std::string& plugin, const RawConfig& config) = 0;
};

}  // namespace framespool::inspect
