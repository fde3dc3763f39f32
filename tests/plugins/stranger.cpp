// A source and a sink that do to the worker what code of strangers does: where stranger.where says, what stranger.does
// says. Nothing that a library of C does not do one day.
#include <fcntl.h>
#include <framespool/plugin.h>
#include <pthread.h>
#include <unistd.h>

#include <clocale>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <functional>
#include <limits>
#include <locale>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace framespool;
using namespace std::chrono_literals;

const std::string kNoText = "\xff\xfe \xc3( \x1b[31m\x07\r\nfake line\x00 \xe2\x80\xae";

struct NullWhat : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

/// Ends the process where it is destroyed by it.
struct AtItsEnd {
  bool is_wanted = false;
  ~AtItsEnd() {
    if (is_wanted) std::abort();
  }
};
AtItsEnd& TheEnd() {
  static AtItsEnd end;
  return end;
}

[[noreturn]] void Hang() {
  while (true) std::this_thread::sleep_for(1h);  // decides nothing: it never returns
}

/// Goes on for as long as the process, and is there when its static objects are not.
void LeaveAThread() {
  std::thread([] {
    while (true) {
      std::this_thread::sleep_for(1ms);  // decides nothing: it is at work
      const std::string text = std::to_string(std::rand());
      if (text.empty()) std::abort();
    }
  }).detach();
}

const std::map<std::string, std::function<void()>> kDeeds{
    {"nothing", [] {}},
    {"throw", [] { throw std::runtime_error("thrown as asked"); }},
    {"throw-int", [] { throw 42; }},
    {"throw-null", [] { throw static_cast<const char*>(nullptr); }},
    {"null-what", [] { throw NullWhat(); }},
    {"huge-what", [] { throw std::runtime_error(std::string(64 << 20, 'w')); }},
    {"no-text", [] { throw std::runtime_error(kNoText); }},
    {"odd-problems",
     [] {
       throw ConfigError(
           std::vector<Problem>(100'000, {.field = kNoText,
                                          .message = kNoText,
                                          .kind = "odd",
                                          .facts = {{kNoText, kNoText}, {"nan", std::nan("")}, {"inf", HUGE_VAL}}}));
     }},
    {"retry", [] { throw RetriableError(kNoText); }},
    {"hang", [] { Hang(); }},
    {"exit-0", [] { std::exit(0); }},
    {"exit-1", [] { std::exit(1); }},
    {"quick-exit", [] { std::quick_exit(0); }},
    {"underscore-exit", [] { _exit(0); }},
    {"pthread-exit", [] { pthread_exit(nullptr); }},
    {"sigpipe",
     [] {
       std::signal(SIGPIPE, SIG_DFL);  // as libraries do to be well-behaved
       std::raise(SIGPIPE);
     }},
    {"alarm",
     [] {
       std::signal(SIGALRM, SIG_DFL);
       std::raise(SIGALRM);
     }},
    {"locale",
     [] {
       std::setlocale(LC_ALL, "de_DE.UTF-8");
       struct Comma : std::numpunct<char> {
         char do_decimal_point() const override { return ','; }
         char do_thousands_sep() const override { return '.'; }
         std::string do_grouping() const override { return "\3"; }
       };
       std::locale::global(std::locale(std::locale(), new Comma));
     }},
    {"chdir",
     [] {
       if (chdir("/") != 0) throw std::runtime_error("cannot chdir");
     }},
    {"thread", [] { LeaveAThread(); }},
    {"at-exit", [] { std::atexit([] { std::abort(); }); }},
    {"static-end", [] { TheEnd().is_wanted = true; }},
};

struct Deed {
  std::string where;
  std::string does = "nothing";

  void DoIfAt(const char* here) const {
    const auto deed = kDeeds.find(does);
    if (where == here && deed != kDeeds.end()) deed->second();
  }
};

struct SourceConfig : Deed {
  std::string topic;
};
struct SinkConfig : Deed {};

template <class Config>
ConfigDef<Config> WithDeed() {
  return ConfigDef<Config>()
      .template Field<std::string>("stranger.where", &Config::where, "The call in which it does it.")
      .template Field<std::string>("stranger.does", &Config::does, "What it does.");
}

/// What no topic has, and what few have.
std::vector<SourceRecord> OddRecords(const std::string& what, const std::string& topic, std::int64_t number) {
  SourceRecord record;
  record.topic = topic;
  record.timestamp = Now();
  record.value = Payload(std::vector<std::byte>(16));
  record.source_partition = {{"source", std::string("stranger")}};
  record.source_offset = {{"next", number}};
  if (what == "no-topic") record.topic = "";
  if (what == "odd-topic") record.topic = "../../etc/passwd";
  if (what == "binary-topic") record.topic = kNoText;
  if (what == "negative-partition") record.partition = -7;
  if (what == "huge-partition") record.partition = std::numeric_limits<std::int32_t>::max();
  if (what == "huge-key") record.key = std::string(std::size_t{1} << 30, 'k');
  if (what == "binary-key") record.key = kNoText;
  if (what == "huge-header") record.headers = {{"huge", std::string(256 << 20, 'h')}};
  if (what == "many-headers") record.headers.assign(100'000, {"name", "value"});
  if (what == "before-time") record.timestamp = Timestamp::min();
  if (what == "after-time") record.timestamp = Timestamp::max();
  if (what == "odd-offset") record.source_offset = {{kNoText, std::nan("")}, {"huge", std::string(1 << 20, 'o')}};
  if (what == "no-offset") record.source_offset = record.source_partition = {};
  if (what == "many-partitions") record.source_partition = {{"number", number}};
  return {std::move(record)};
}

Fields OddMetrics(const std::string& what, std::int64_t number) {
  if (what == "odd-metrics") {
    return {{"nan", std::nan("")},
            {"inf", HUGE_VAL},
            {"minus", -HUGE_VAL},
            {"huge", 1e308},
            {kNoText, kNoText},
            {"", std::int64_t{1}},
            {"a{b=\"c\"} 1\n", 2.0},
            {"records", std::string("many")},
            {"long", std::string(64 << 20, 'm')},
            {"odd_gauge", std::nan("")},
            {"odd_counter", -HUGE_VAL}};
  }
  if (what == "many-metrics") {
    Fields fields;
    for (int i = 0; i < 1000; ++i) fields["metric_" + std::to_string(number * 1000 + i)] = std::int64_t{i};
    return fields;
  }
  return {{"odd_gauge", std::int64_t{1}}};
}

const std::vector<MetricSpec>& OddSpecs() {
  static const std::vector<MetricSpec> specs{
      {.name = "odd_gauge", .kind = MetricKind::kGauge, .unit = "", .doc = "A gauge."},
      {.name = "odd_counter", .kind = MetricKind::kCounter, .unit = "", .doc = "A counter."}};
  return specs;
}

class StrangeWatch final : public ConnectorWatch {
 public:
  explicit StrangeWatch(SourceConfig config) : config_(std::move(config)) {}
  ~StrangeWatch() override { config_.DoIfAt("watch-end"); }

 private:
  const SourceConfig config_;
};

class StrangeSource final : public SourceTask {
 public:
  using Config = SourceConfig;

  static const ConfigDef<Config>& Describe() {
    static const auto def = WithDeed<Config>().Field("topic", &Config::topic, "Where to.").Required();
    return def;
  }
  static const std::vector<MetricSpec>& Metrics() { return OddSpecs(); }
  static std::vector<Problem> Check(const Config& config, const std::string& /*connector*/) {
    config.DoIfAt("check");
    if (config.where == "check" && config.does == "report") {
      return std::vector<Problem>(
          1000, {.field = kNoText, .message = kNoText, .kind = "odd", .facts = {{kNoText, std::nan("")}}});
    }
    return {};
  }
  static std::optional<RecordSample> Sample(const Config& config) {
    config.DoIfAt("sample");
    return std::nullopt;
  }
  static std::vector<RawConfig> TaskConfigs(const Config& config, ConnectorContext& context, int max_tasks) {
    config.DoIfAt("task-configs");
    if (config.does == "no-tasks") return {};
    if (config.does == "too-many-tasks") return std::vector<RawConfig>(1'000'000);
    if (config.does == "as-many-tasks") return std::vector<RawConfig>(static_cast<std::size_t>(max_tasks));
    if (config.does == "odd-tasks") return {{{kNoText, kNoText}, {"topic", ""}, {"connector.class", "Nobody"}}};
    if (config.does == "raise") context.RaiseError(kNoText);
    return {{}};
  }
  static std::unique_ptr<ConnectorWatch> Watch(const Config& config, ConnectorContext& context) {
    config.DoIfAt("watch");
    if (config.does == "storm") {
      for (int i = 0; i < 100'000; ++i) context.RequestTaskReconfiguration();
    }
    return std::make_unique<StrangeWatch>(config);
  }

  StrangeSource(Config config, SourceTaskContext& context) : config_(std::move(config)), context_(context) {
    config_.DoIfAt("constructor");
  }
  ~StrangeSource() override { config_.DoIfAt("destructor"); }

  std::vector<SourceRecord> Poll(std::stop_token /*stop*/) override {
    if (config_.where == "log") {
      for (int i = 0; i < 1000; ++i)
        context_.Log(LogLevel::kError, config_.does == "huge" ? std::string(1 << 20, 'l') : kNoText);
    }
    if (config_.where == "metrics") context_.ReportMetrics(OddMetrics(config_.does, number_));
    config_.DoIfAt("poll");
    std::this_thread::sleep_for(5ms);  // decides nothing: a source at work
    return OddRecords(config_.where == "record" ? config_.does : "", config_.topic, ++number_);
  }
  void Acknowledge(const SourceRecord& /*record*/) override { config_.DoIfAt("acknowledge"); }

 private:
  const Config config_;
  SourceTaskContext& context_;
  std::int64_t number_ = 0;
};

class StrangeSink final : public SinkTask {
 public:
  using Config = SinkConfig;

  static const ConfigDef<Config>& Describe() {
    static const auto def = WithDeed<Config>();
    return def;
  }
  static std::vector<Problem> Check(const Config& config, const std::string& /*connector*/) {
    config.DoIfAt("check");
    return {};
  }

  StrangeSink(Config config, SinkTaskContext& context) : config_(std::move(config)), context_(context) {
    config_.DoIfAt("constructor");
  }
  ~StrangeSink() override { config_.DoIfAt("destructor"); }

  void Open(std::span<const TopicPartition> /*partitions*/) override { config_.DoIfAt("open"); }
  void Put(std::span<const SinkRecord> records, std::stop_token /*stop*/) override {
    config_.DoIfAt("put");
    if (config_.where != "reject") return;
    for (const SinkRecord& record : records) context_.Reject(record, {.field = kNoText, .message = kNoText});
  }
  void Flush() override { config_.DoIfAt("flush"); }
  PartitionOffsets PreCommit(const PartitionOffsets& taken) override {
    config_.DoIfAt("pre-commit");
    PartitionOffsets offsets = taken;
    if (config_.does == "negative-offsets") {
      for (auto& [partition, offset] : offsets) offset = -5;
    } else if (config_.does == "future-offsets") {
      for (auto& [partition, offset] : offsets) offset = std::numeric_limits<std::int64_t>::max();
    } else if (config_.does == "foreign-partitions") {
      offsets[{"nobody", -1}] = 5;
      offsets[{kNoText, 77}] = 5;
    }
    return SinkTask::PreCommit(offsets);
  }
  void Close(std::span<const TopicPartition> /*partitions*/) override { config_.DoIfAt("close"); }

 private:
  const Config config_;
  SinkTaskContext& context_;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0", Source<StrangeSource>("StrangeSource", "Does what it is told to."),
                  Sink<StrangeSink>("StrangeSink", "Does what it is told to."))
