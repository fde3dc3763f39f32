// A connector that has nothing to do with video, as its author writes it into what new-connector has made: each line of
// a file is a record. `KEY<TAB>VALUE` has a key, a line without a tab has none, and `KEY<TAB>` with nothing behind it
// is a tombstone. The test builds it; the house does not.
#include <framespool/plugin.h>

#include <algorithm>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace framespool;

class LineFileSource final : public SourceTask {
 public:
  struct Config {
    std::string file;
    std::string topic;
    std::int32_t batch_lines = 100;
  };

  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("file", &Config::file, "The file whose lines are sent.")
                                .Required()
                                .Role(Role::kPath)
                                .DisplayName("File")
                                .Group("Input")
                                .Field("topic", &Config::topic, "The topic that gets one record for each line.")
                                .Required()
                                .Role(Role::kTopic)
                                .DisplayName("Topic")
                                .Group("Output")
                                .Field("batch.lines", &Config::batch_lines, "How many lines are sent at once.")
                                .Range(1, 1000)
                                .Unit("lines")
                                .DisplayName("Batch")
                                .Group("Output");
    return def;
  }
  static const std::vector<MetricSpec>& Metrics() {
    static const std::vector<MetricSpec> metrics{
        {.name = "lines_read",
         .kind = MetricKind::kCounter,
         .unit = "lines",
         .doc = "Lines read, also those from before a restart.",
         .plot = "Lines",
         .label = "read"},
        {.name = "tombstones",
         .kind = MetricKind::kCounter,
         .unit = "lines",
         .doc = "Of these, lines with a key and no value.",
         .plot = "Lines",
         .label = "tombstones"},
        {.name = "bytes_left",
         .kind = MetricKind::kGauge,
         .unit = "bytes",
         .doc = "What of the file has not been read.",
         .plot = "Left",
         .label = "left"},
        {.name = "at_end", .kind = MetricKind::kInfo, .unit = "", .doc = "Whether all of it has."}};
    return metrics;
  }
  static constexpr const char* kSmallerBy[] = {"batch.lines"};

  static auto Check(const Config& config, const std::string& /*connector*/) {
    using Errors = decltype(std::declval<PluginEntry>().check({}, {}, nullptr));
    if (std::ifstream(config.file)) return Errors{};
    return Errors{{"file", "must be a file that can be read, but " + config.file + " is none; check its name"}};
  }
  static RecordFacts DescribeRecord(const SourceRecord& record) {
    RecordFacts facts{.content_type = "text/plain", .shows = true, .facts = {}, .time = std::nullopt};
    facts.facts["line"] = std::get<std::int64_t>(record.source_offset.at("line"));
    return facts;
  }

  LineFileSource(Config config, SourceTaskContext& context)
      : config_(std::move(config)), context_(context), lines_(config_.file) {
    std::int64_t before = 0;
    if (const auto stored = context_.StoredOffset(Partition())) before = std::get<std::int64_t>(stored->at("line"));
    for (std::string line; line_ < before && std::getline(lines_, line);) ++line_;
    context_.Log(LogLevel::kInfo, "reads " + config_.file + " from line " + std::to_string(line_ + 1));
  }

  std::vector<SourceRecord> Poll(std::stop_token stop) override {
    std::vector<SourceRecord> records;
    std::string line;
    while (records.size() < static_cast<std::size_t>(config_.batch_lines) && std::getline(lines_, line))
      records.push_back(RecordOf(line));
    const auto at = lines_.eof() ? std::streampos(-1) : lines_.tellg();
    std::int64_t left = 0;
    if (at >= 0) {
      lines_.seekg(0, std::ios::end);
      left = lines_.tellg() - at;
      lines_.seekg(at);
    }
    context_.ReportMetrics(
        {{"lines_read", line_}, {"tombstones", tombstones_}, {"bytes_left", left}, {"at_end", lines_.eof()}});
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_for(lock, stop, std::chrono::milliseconds(100),
                   [] { return false; });  // decides nothing: a source that waits
    return records;
  }

 private:
  Fields Partition() const { return {{"file", config_.file}}; }

  SourceRecord RecordOf(const std::string& line) {
    SourceRecord record;
    record.topic = config_.topic;
    const auto tab = line.find('\t');
    if (tab != std::string::npos) record.key = line.substr(0, tab);
    const std::string value = tab == std::string::npos ? line : line.substr(tab + 1);
    if (tab == std::string::npos || !value.empty()) {
      const auto bytes = std::as_bytes(std::span(value));
      record.value = Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
    } else {
      ++tombstones_;
    }
    record.timestamp = Now();
    record.source_partition = Partition();
    record.source_offset = {{"line", ++line_}};
    return record;
  }

  const Config config_;
  SourceTaskContext& context_;
  std::ifstream lines_;
  std::int64_t line_ = 0;
  std::int64_t tombstones_ = 0;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0", Source<LineFileSource>("LineFileSource", "Sends each line of a file as a record."))
