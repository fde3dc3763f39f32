// A source and a sink that tell their secret to whoever listens, wherever they can, and a config provider that may
// never answer: with hang.file it does not while that file exists.
#include <framespool/plugin.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace {

using namespace framespool;

Problem Told(const std::string& secret) {
  return {.field = "secret",
          .message = "cannot be used: " + secret + ", in short " + secret.substr(0, 12) + "…",
          .kind = kind::kInvalidValue,
          .facts = {{"secret", secret}}};
}

class TellingSource final : public SourceTask {
 public:
  struct Config {
    std::string topic;
    std::string secret;
    std::string where;
    std::int32_t number = 0;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("topic", &Config::topic, "Where to.")
                                .Required()
                                .Role(Role::kTopic)
                                .Field("secret", &Config::secret, "What it tells.")
                                .Field("tell.where", &Config::where, "The call that fails for it.")
                                .OneOf({"", "check", "constructor", "poll", "offsets"})
                                .Field("number", &Config::number, "A number.")
                                .Range(0, 99);
    return def;
  }
  static std::vector<Problem> Check(const Config& config, const std::string&) {
    if (config.where != "check") return {};
    return {Told(config.secret)};
  }
  TellingSource(Config config, SourceTaskContext& context) : config_(std::move(config)) {
    context.Log(LogLevel::kWarn, "begins with " + config_.secret);
    context.ReportMetrics({{"told", "it is " + config_.secret}});
    if (config_.where == "constructor") throw std::runtime_error("cannot begin with " + config_.secret);
  }
  std::vector<SourceRecord> Poll(std::stop_token) override {
    if (config_.where == "poll") throw Error(Told(config_.secret));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // decides nothing: a source at work
    SourceRecord record;
    record.topic = config_.topic;
    record.value = TextPayload("made with " + config_.secret);
    record.timestamp = Now();
    record.source_partition = {{"source", config_.where == "offsets" ? config_.secret : std::string("tells")}};
    record.source_offset = {{"next", ++next_}};
    return {std::move(record)};
  }

 private:
  const Config config_;
  std::int64_t next_ = 0;
};

class TellingSink final : public SinkTask {
 public:
  struct Config {
    std::string secret;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("secret", &Config::secret, "What it tells.");
    return def;
  }
  TellingSink(Config config, SinkTaskContext& context) : config_(std::move(config)), context_(context) {}
  void Put(std::span<const SinkRecord> records, std::stop_token) override {
    for (const SinkRecord& record : records) {
      context_.Reject(record, {.message = "is not taken by " + config_.secret, .facts = {{"secret", config_.secret}}});
    }
  }

 private:
  const Config config_;
  SinkTaskContext& context_;
};

class HangingConfigProvider final : public ConfigProvider {
 public:
  struct Config {
    std::string file;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("hang.file", &Config::file, "Hang while this file exists.");
    return def;
  }
  explicit HangingConfigProvider(Config config) : config_(std::move(config)) {}
  std::map<std::string, std::string> Get(const std::string&, const std::set<std::string>& keys) override {
    while (access(config_.file.c_str(), F_OK) == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // decides nothing: it hangs
    }
    std::map<std::string, std::string> values;
    for (const std::string& key : keys) values[key] = "at last";
    return values;
  }

 private:
  const Config config_;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0", Source<TellingSource>("TellingSource", "Tells its secret."),
                  Sink<TellingSink>("TellingSink", "Tells its secret."),
                  ConfigProviderOf<HangingConfigProvider>("HangingConfigProvider", "May never answer."))
