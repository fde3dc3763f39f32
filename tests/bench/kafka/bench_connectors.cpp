// What the bench puts at both ends of a worker: a source of records that cost nothing to make, and a sink that only
// counts. Each writes to its `report` what the worker took for `records` of them, from the first on.

#include <framespool/plugin.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "stop_watch.h"

namespace {

using namespace framespool;  // NOLINT: a library of one file
using Clock = std::chrono::steady_clock;

class BenchSource final : public SourceTask {
 public:
  struct Config {
    std::string topic;
    std::int32_t bytes = 100000;
    std::int64_t records = 0;
    double fps = 0;
    bool fresh = false;
    std::string report;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("topic", &Config::topic, "Where to.")
                                .Required()
                                .Field("bytes", &Config::bytes, "Of each record.")
                                .Field("records", &Config::records, "How many; 0: without end.")
                                .Field("fps", &Config::fps, "How fast; 0: as fast as they are taken.")
                                .Field("fresh", &Config::fresh, "Whether each has bytes of its own, as a camera's has.")
                                .Field("report", &Config::report, "The file for the figures.");
    return def;
  }
  BenchSource(Config config, SourceTaskContext&) : config_(std::move(config)) {
    // The first bytes of a JPEG, which is all that the sink looks at.
    std::vector<std::byte> bytes(static_cast<std::size_t>(config_.bytes), std::byte{0x55});
    bytes[0] = std::byte{0xFF}, bytes[1] = std::byte{0xD8}, bytes[2] = std::byte{0xFF};
    value_ = Payload(std::move(bytes));
  }
  std::vector<SourceRecord> Poll(std::stop_token) override {
    if (config_.records > 0 && sent_ == config_.records) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return {};
    }
    if (!watch_) watch_.emplace();
    if (config_.fps > 0) {
      due_ =
          std::max(due_ + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / config_.fps)),
                   Clock::now() - std::chrono::seconds(1));
      std::this_thread::sleep_until(due_);
    }
    ++sent_;
    return {{.topic = config_.topic,
             .partition = {},
             .key = "camera",
             .value = config_.fresh ? Copy(value_) : value_,
             .headers = {{"content-type", "image/jpeg"}, {"framespool.frame", std::to_string(sent_)}},
             .timestamp = Now(),
             .source_partition = kStream,
             .source_offset = {{"frame", sent_}}}};
  }
  void Acknowledge(const SourceRecord&) override {
    if (++acknowledged_ == config_.records) watch_->Report(config_.report);
  }

 private:
  static Payload Copy(const Payload& value) {
    return Payload(std::vector<std::byte>(value.bytes().begin(), value.bytes().end()));
  }

  inline static const Fields kStream = {{"file", std::string("/v/bench.mp4")}};
  const Config config_;
  Payload value_;
  std::int64_t sent_ = 0;
  std::int64_t acknowledged_ = 0;
  Clock::time_point due_{};
  std::optional<StopWatch> watch_;
};

class BenchSink final : public SinkTask {
 public:
  struct Config {
    std::vector<std::string> topics;
    std::int64_t records = 0;
    std::int64_t work_us = 0;
    std::string report;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>()
                                .Field("topics", &Config::topics, "From where.")
                                .Required()
                                .Field("records", &Config::records, "How many.")
                                .Field("work_us", &Config::work_us, "How long each takes, without a computation.")
                                .Field("report", &Config::report, "The file for the figures.");
    return def;
  }
  BenchSink(Config config, SinkTaskContext&) : config_(std::move(config)) {}
  void Put(std::span<const SinkRecord> records, std::stop_token) override {
    if (!watch_) watch_.emplace();
    const std::int64_t before = taken_;
    taken_ += static_cast<std::int64_t>(records.size());
    if (config_.work_us > 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(config_.work_us) * records.size());
    }
    if (before < config_.records && taken_ >= config_.records) watch_->Report(config_.report);
  }

 private:
  const Config config_;
  std::optional<StopWatch> watch_;
  std::int64_t taken_ = 0;
};

}  // namespace

FRAMESPOOL_PLUGIN("1.0.0", Source<BenchSource>("BenchSource", "Sends records that cost nothing to make."),
                  Sink<BenchSink>("BenchSink", "Counts records."))
