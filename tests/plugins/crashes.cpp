// A source that takes the whole process with it, as a connector in the worker's own address space can. The first time
// that it comes to record crash.at it leaves crash.file behind and dies; when that file is there it goes on.
#include <fcntl.h>
#include <framespool/plugin.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

namespace {

using namespace framespool;

class CrashingSource final : public SourceTask {
 public:
  struct Config {
    std::string topic;
    std::int64_t crash_at = 0;
    std::string crash_file;
    std::int64_t count = 0;
  };

  static const ConfigDef<Config>& Describe() {
    static const auto def =
        ConfigDef<Config>()
            .Field("topic", &Config::topic, "Where to.")
            .Required()
            .Field("crash.at", &Config::crash_at, "The number of the record that is not made any more.")
            .AtLeast(0)
            .Field("crash.file", &Config::crash_file, "Made before dying; while it exists nothing happens.")
            .Required()
            .Field("count", &Config::count, "How many records to make.")
            .AtLeast(0);
    return def;
  }

  CrashingSource(Config config, SourceTaskContext& context) : config_(std::move(config)) {
    if (const auto stored = context.StoredOffset(kPartition)) next_ = std::get<std::int64_t>(stored->at("next"));
  }

  std::vector<SourceRecord> Poll(std::stop_token) override {
    if (next_ == config_.crash_at) {
      const int file = open(config_.crash_file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
      if (file >= 0) std::raise(SIGSEGV);
    }
    if (next_ >= config_.count) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // decides nothing: a source that waits
      return {};
    }
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

 private:
  inline static const Fields kPartition = {{"source", std::string("crashes")}};

  const Config config_;
  std::int64_t next_ = 0;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0",
                  Source<CrashingSource>("CrashingSource", "Dies of SIGSEGV once, at a record of your choice."))
