#include <framespool/plugin.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

namespace {

using namespace framespool;
using Clock = std::chrono::steady_clock;

/// Produces numbered text records at a steady rate, and after a restart goes on with the next number. Everything runs
/// on the task's own thread, from the constructor to the destructor.
class HeartbeatSource final : public SourceTask {
 public:
  struct Config {
    std::string topic;
    double rate = 1;
    std::int64_t count = 0;
  };

  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("topic", &Config::topic, "The topic that the records go to.")
                                .Required()
                                .Role(Role::kTopic)
                                .DisplayName("Topic")
                                .Group("Output")
                                .Field("rate", &Config::rate, "How many records a second to produce.")
                                .Range(0.001, 10000)
                                .DisplayName("Rate")
                                .Group("Output")
                                .Unit("records/s")
                                .Field("count", &Config::count, "How many records to produce in all; 0: no end.")
                                .AtLeast(0)
                                .DisplayName("Count")
                                .Group("Output");
    return def;
  }

  static const std::vector<MetricSpec>& Metrics() {
    static const std::vector<MetricSpec> metrics{{.name = "records_produced",
                                                  .kind = MetricKind::kCounter,
                                                  .unit = "records",
                                                  .doc = "Records made so far, in all runs.",
                                                  .plot = "Produced",
                                                  .label = "produced"}};
    return metrics;
  }

  /// What people see who look at the source before it runs.
  static RecordFacts DescribeRecord(const SourceRecord& record) {
    return {.content_type = "text/plain",
            .shows = true,
            .facts = {{"number", std::string(record.value.text())}},
            .time = std::nullopt};
  }

  static std::optional<Problem> CheckOffset(const Config& /*config*/, const std::string& connector,
                                            const Fields& partition, const Fields& offset) {
    if (partition != PartitionOf(connector))
      return Problem{.message = "partition must be {\"connector\": \"" + connector + "\"}"};
    const auto number = offset.find("number");
    const auto* next = number == offset.end() ? nullptr : std::get_if<std::int64_t>(&number->second);
    if (offset.size() != 1 || next == nullptr || *next < 0)
      return Problem{.message = "offset must be {\"number\": NUMBER}, the next record's, a whole number of at least 0"};
    return std::nullopt;
  }

  HeartbeatSource(Config config, SourceTaskContext& context)
      : config_(std::move(config)),
        context_(context),
        partition_(PartitionOf(context.connector())),
        interval_(std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / config_.rate))),
        due_(Clock::now()) {
    if (const auto stored = context.StoredOffset(partition_)) next_ = std::get<std::int64_t>(stored->at("number"));
  }

  std::vector<SourceRecord> Poll(std::stop_token stop) override {
    const bool finished = config_.count > 0 && next_ >= config_.count;
    if (!WaitUntil(finished ? Clock::now() + kLongestWait : due_, stop) || finished) return {};
    due_ = std::max(due_ + interval_, Clock::now() - interval_);
    context_.ReportMetrics({{"records_produced", next_ + 1}});
    return {MakeRecord(next_++)};
  }

 private:
  static constexpr std::chrono::milliseconds kLongestWait{500};

  static Fields PartitionOf(const std::string& connector) { return {{"connector", connector}}; }

  /// False when that is too far off for one Poll(), or `stop` comes first.
  static bool WaitUntil(Clock::time_point due, std::stop_token stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_until(lock, stop, std::min(due, Clock::now() + kLongestWait), [] { return false; });
    return !stop.stop_requested() && Clock::now() >= due;
  }

  SourceRecord MakeRecord(std::int64_t number) const {
    return {.topic = config_.topic,
            .partition = std::nullopt,
            .key = context_.connector(),                   // left out, it is null; an empty one is a key
            .value = TextPayload(std::to_string(number)),  // left out, it is null: a tombstone
            .headers = {{"content-type", "text/plain"}},
            .timestamp = Now(),
            .source_partition = partition_,
            .source_offset = {{"number", number + 1}}};
  }

  const Config config_;
  SourceTaskContext& context_;
  const Fields partition_;
  const Clock::duration interval_;
  Clock::time_point due_;
  std::int64_t next_ = 0;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0", Source<HeartbeatSource>("HeartbeatSource", "Numbered text records at a steady rate."))
