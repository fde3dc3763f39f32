// A source and a sink that throw what they are told to, where they are told to. With throw.file they do so only while
// that file exists, so that a test can cure them.
#include <framespool/plugin.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace {

using namespace framespool;

/// Derived from nothing, as a foreign library's exceptions may be.
struct Foreign {};

struct Trouble {
  std::string where;
  std::string what = "runtime_error";
  std::string file;

  void ThrowIfAt(const std::string& here) const {
    if (here != where || (!file.empty() && access(file.c_str(), F_OK) != 0)) return;
    const std::string message = "thrown in " + here + " as asked";
    if (what == "retriable") throw RetriableError(message);
    if (what == "config_error") throw ConfigError(message);
    if (what == "int") throw 42;
    if (what == "foreign") throw Foreign{};
    if (what == "nothing") return;
    throw std::runtime_error(message);
  }
};

struct SourceConfig : Trouble {
  std::string topic;
};

struct SinkConfig : Trouble {
  std::string host = "127.0.0.1";
  std::int32_t port = 0;
  std::string path = "/";
};

constexpr const char* kWhereDoc = "The call that throws.";
constexpr const char* kWhatDoc = "What it throws; int and foreign are no std::exception. nothing: check only warns.";
constexpr const char* kFileDoc = "Throw only while this file exists; empty: always.";

class ThrowingSource final : public SourceTask {
 public:
  using Config = SourceConfig;

  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field<std::string>("topic", &Config::topic, "Where to.")
                                .Required()
                                .Field<std::string>("throw.where", &Config::where, kWhereDoc)
                                .OneOf({"", "check", "constructor", "poll", "acknowledge"})
                                .Field<std::string>("throw.what", &Config::what, kWhatDoc)
                                .OneOf({"runtime_error", "retriable", "config_error", "int", "foreign", "nothing"})
                                .Field<std::string>("throw.file", &Config::file, kFileDoc);
    return def;
  }

  static std::vector<Problem> Check(const Config& config, const std::string&) {
    config.ThrowIfAt("check");
    if (config.where != "check" || config.what != "nothing") return {};
    return {{.field = "throw.where",
             .message = "was not looked at in time, as asked",
             .kind = kind::kCheckUnfinished,
             .is_warning = true}};
  }

  ThrowingSource(Config config, SourceTaskContext& context) : config_(std::move(config)) {
    config_.ThrowIfAt("constructor");
    if (const auto stored = context.StoredOffset(kPartition)) next_ = std::get<std::int64_t>(stored->at("next"));
  }

  std::vector<SourceRecord> Poll(std::stop_token) override {
    config_.ThrowIfAt("poll");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // decides nothing: a source at work
    SourceRecord record;
    record.topic = config_.topic;
    const std::string text = std::to_string(next_++);
    const auto bytes = std::as_bytes(std::span(text));
    record.value = Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
    record.timestamp = Now();
    record.source_partition = kPartition;
    record.source_offset = {{"next", next_}};
    return {std::move(record)};
  }

  void Acknowledge(const SourceRecord&) override { config_.ThrowIfAt("acknowledge"); }

 private:
  inline static const Fields kPartition = {{"source", std::string("throws")}};

  const Config config_;
  std::int64_t next_ = 0;
};

class ThrowingSink final : public SinkTask {
 public:
  using Config = SinkConfig;

  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field<std::string>("throw.where", &Config::where, kWhereDoc)
                                .OneOf({"", "check", "constructor", "put", "flush"})
                                .Field<std::string>("throw.what", &Config::what, kWhatDoc)
                                .OneOf({"runtime_error", "retriable", "config_error", "int", "foreign"})
                                .Field<std::string>("throw.file", &Config::file, kFileDoc)
                                .Field("listen.host", &Config::host, "Where it would listen, if it did.")
                                .Role(Role::kHost)
                                .Field("listen.port", &Config::port, "On which port; 0: on none.")
                                .Role(Role::kPort)
                                .Field("listen.path", &Config::path, "Below which path.")
                                .Role(Role::kUrlPath);
    return def;
  }

  static std::vector<Problem> Check(const Config& config, const std::string&) {
    config.ThrowIfAt("check");
    return {};
  }

  ThrowingSink(Config config, SinkTaskContext& context) : config_(std::move(config)), context_(context) {
    config_.ThrowIfAt("constructor");
  }

  void Put(std::span<const SinkRecord> records, std::stop_token) override {
    config_.ThrowIfAt("put");
    records_put_ += static_cast<std::int64_t>(records.size());
    context_.ReportMetrics({{"records_put", records_put_}});
  }

  void Flush() override { config_.ThrowIfAt("flush"); }

 private:
  const Config config_;
  SinkTaskContext& context_;
  std::int64_t records_put_ = 0;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0", Source<ThrowingSource>("ThrowingSource", "Throws what it is told to."),
                  Sink<ThrowingSink>("ThrowingSink", "Throws what it is told to."))
