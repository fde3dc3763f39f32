// One of each kind of plugin that stands between a task and its topic, and two sources that share their library's
// object: one of them splits its work and watches for more.
#include <framespool/plugin.h>

#include <algorithm>
#include <atomic>
#include <string>

namespace {

using namespace framespool;

/// Counts those who use it. The text at the time of its end is for the test to read.
class Counter {
 public:
  ~Counter() { ended = true; }
  int Next() { return ++count_; }
  inline static std::atomic<bool> ended = false;

 private:
  std::atomic<int> count_ = 0;
};

class InsertHeader final : public Transform {
 public:
  struct Config {
    std::string header;
    std::string value;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("header", &Config::header, "The header's name.")
                                .Required()
                                .Field("value.literal", &Config::value, "Its value.");
    return def;
  }
  InsertHeader(Config config, TransformContext& context) : config_(std::move(config)), context_(context) {}
  bool Apply(RecordRef record) override {
    if (FindHeader(record.headers, config_.header)) return false;
    record.headers.push_back({config_.header, config_.value + " by " + context_.alias()});
    return true;
  }

 private:
  const Config config_;
  TransformContext& context_;
};

class TopicNameMatches final : public Predicate {
 public:
  struct Config {
    std::string pattern;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("pattern", &Config::pattern, "The whole name.").Required();
    return def;
  }
  explicit TopicNameMatches(Config config) : config_(std::move(config)) {}
  bool Test(const RecordRef& record) override { return record.topic == config_.pattern; }

 private:
  const Config config_;
};

class PlainConverter final : public Converter {
 public:
  struct Config {
    std::string encoding = "UTF-8";
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def =
        ConfigDef<Config>().Field("encoding", &Config::encoding, "Of the text.").OneOf({"UTF-8", "UTF-16"});
    return def;
  }
  explicit PlainConverter(const Config& /*config*/) {}
  RecordValue FromData(const std::string&, const Headers&, RecordValue value) override { return value; }
  RecordValue ToData(const std::string&, const Headers&, RecordValue value) override { return value; }
};

class FixedConfigProvider final : public ConfigProvider {
 public:
  struct Config {
    std::string secret;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("secret", &Config::secret, "What it knows.").Required().Secret();
    return def;
  }
  using Library = Counter;
  FixedConfigProvider(Config config, Counter& counter) : config_(std::move(config)), counter_(counter) {}
  std::map<std::string, std::string> Get(const std::string& path, const std::set<std::string>& keys) override {
    std::map<std::string, std::string> values;
    for (const std::string& key : keys)
      values[key] = config_.secret + " of " + path + ", number " + std::to_string(counter_.Next());
    return values;
  }

 private:
  const Config config_;
  Counter& counter_;
};

class NumberedSource : public SourceTask {
 public:
  struct Config {
    std::string topic;
    std::int32_t cameras = 1;
  };
  using Library = Counter;
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("topic", &Config::topic, "Where to.")
                                .Required()
                                .Field("cameras", &Config::cameras, "How many there are.")
                                .Range(0, 99);
    return def;
  }
  static constexpr const char* kSmallerBy[] = {"cameras"};
  static const std::vector<MetricSpec>& Metrics() {
    static const std::vector<MetricSpec> metrics{{.name = "number",
                                                  .kind = MetricKind::kGauge,
                                                  .unit = "tasks",
                                                  .doc = "Which task of its library this is.",
                                                  .plot = "Tasks",
                                                  .label = "number"}};
    return metrics;
  }
  static std::vector<Problem> Check(const Config& config, const std::string& /*connector*/, Counter& counter) {
    if (config.cameras > 0) return {};
    return {{"cameras", "must not be 0, said check " + std::to_string(counter.Next())}};
  }
  NumberedSource(const Config& /*config*/, SourceTaskContext& context, Counter& counter) {
    context.ReportMetrics({{"number", std::int64_t{counter.Next()}}});
  }
  std::vector<SourceRecord> Poll(std::stop_token) override { return {}; }
};

class SplittingSource final : public NumberedSource {
 public:
  using NumberedSource::NumberedSource;
  static std::vector<RawConfig> TaskConfigs(const Config& config, ConnectorContext& /*context*/, int max_tasks) {
    std::vector<RawConfig> configs;
    for (int i = 0; i < std::min(config.cameras, max_tasks); ++i) configs.push_back({{"camera", std::to_string(i)}});
    return configs;
  }
  static std::unique_ptr<ConnectorWatch> Watch(const Config& /*config*/, ConnectorContext& context) {
    context.RequestTaskReconfiguration();
    return std::make_unique<ConnectorWatch>();
  }
};

}  // namespace

extern "C" FRAMESPOOL_EXPORT bool counter_has_ended() { return Counter::ended; }

FRAMESPOOL_PLUGIN("2.3.4", TransformOf<InsertHeader>("InsertHeader", "Adds a header where there is none."),
                  PredicateOf<TopicNameMatches>("TopicNameMatches", "For records of one topic."),
                  ConverterOf<PlainConverter>("PlainConverter", "Bytes as they are."),
                  ConfigProviderOf<FixedConfigProvider>("FixedConfigProvider", "Knows one value."),
                  Source<NumberedSource>("NumberedSource", "Says which task of its library it is."),
                  Source<SplittingSource>("SplittingSource", "Splits its cameras over its tasks."))
