// bench_chain [RECORDS]
// What a chain of transforms costs a record, in time of one core: small records of a source and of a sink, as their
// runners pass them on; and what a chain without a step costs the whole way from a source into a topic (in memory),
// beside a config that has none, in turn.
#include <ctime>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <plugins/plugin_registry.h>
#include <record_stages.h>
#include <runtime/source_offsets.h>
#include <source_runner.h>
#include <store_sqlite/sqlite_store.h>

#include "../report.h"
#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

namespace {

using namespace framespool;  // NOLINT: a program of one file

double CpuSeconds(clockid_t clock = CLOCK_THREAD_CPUTIME_ID) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

RawConfig StepsOnHeaders(int steps) {
  RawConfig config;
  std::string names;
  for (int i = 0; i < steps; ++i) {
    std::string name("step");
    name += std::to_string(i);
    const std::string prefix = "transforms." + name + ".";
    names += (names.empty() ? "" : ",") + name;
    config[prefix + "type"] = i % 2 == 0 ? "InsertHeader" : "DropHeaders";
    config[prefix + (i % 2 == 0 ? "header" : "headers")] = i % 2 == 0 ? "at" + std::to_string(i) : "none";
    if (i % 2 == 0) config[prefix + "value.literal"] = "yard";
  }
  config["transforms"] = names;
  return config;
}

RawConfig OfJson() {
  return {{"transforms", "a,b"},
          {"transforms.a.type", "InsertField$Value"},
          {"transforms.a.static.field", "site"},
          {"transforms.a.static.value", "yard"},
          {"transforms.b.type", "Cast$Value"},
          {"transforms.b.spec", "n:int32"},
          {"value.converter", "JsonConverter"},
          {"value.converter.schemas.enable", "false"}};
}

template <class Record>
void Measure(const char* what, const RawConfig& config, plugins::PluginRegistry& plugins, const Record& like,
             std::size_t count) {
  const runtime::TaskIdentity identity{"bench", 0, "Bench"};
  runtime::RecordStages stages(config, plugins, identity);
  std::vector<Record> records(count, like);
  const double from = CpuSeconds();
  for (Record& record : records) {
    runtime::RecordWay way;
    stages.Pass(record, way);
  }
  const double seconds = CpuSeconds() - from;
  std::printf("%-44s %9.0f records/s a core, %6.0f ns each\n", what, static_cast<double>(count) / seconds,
              seconds * 1e9 / static_cast<double>(count));
}

/// Sends `records` small records, five hundred at a time.
class Counting final : public SourceTask {
 public:
  struct Config {
    std::int64_t records = 0;
  };
  static const ConfigDef<Config>& Describe() {
    static const auto def = ConfigDef<Config>().Field("records", &Config::records, "How many.");
    return def;
  }
  Counting(const Config& config, SourceTaskContext& /*context*/) : left_(config.records) {}
  std::vector<SourceRecord> Poll(std::stop_token /*stop*/) override {
    constexpr std::int64_t kBatch = 500;
    std::vector<SourceRecord> records;
    for (; left_ > 0 && records.size() < kBatch; --left_) {
      records.push_back({.topic = "t",
                         .partition = 0,
                         .key = "camera-7",
                         .value = value_,
                         .headers = {{"number", "17"}},
                         .timestamp = Now(),
                         .source_partition = {{"stream", std::int64_t{1}}},
                         .source_offset = {{"left", left_}}});
    }
    if (records.empty()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return records;
  }

 private:
  const Value value_ = TextPayload("a small record");
  std::int64_t left_;
};

/// Of the whole process, from the start of the task until its last record is in the topic.
double SecondsToTopic(RawConfig config, plugins::PluginRegistry& plugins, std::size_t count) {
  const TemporaryDirectory folder;
  const auto store = store::OpenSqliteStore(folder.path() / "bench.db");
  MemoryBroker broker;
  runtime::SourceOffsets offsets(*store, broker, std::chrono::hours(1));
  config["records"] = std::to_string(count);
  const double from = CpuSeconds(CLOCK_PROCESS_CPUTIME_ID);
  const auto runner = std::make_shared<runtime::SourceRunner>(
      runtime::TaskIdentity{"bench", 0, "Counting"}, [](auto, const auto&, const auto&) {}, std::move(config),
      []() -> plugins::Plugin {
        static constexpr PluginEntry kEntry = Source<Counting>("Counting", "Counts.");
        return plugins::Plugin(kEntry);
      },
      broker, offsets, &plugins);
  runner->Start(false);
  broker.AwaitRecords("t", count);
  const double seconds = CpuSeconds(CLOCK_PROCESS_CPUTIME_ID) - from;
  runner->RequestStop();
  runner->AwaitEnd(std::chrono::steady_clock::now() + std::chrono::seconds(60));
  return seconds;
}

void CompareEmptyChain(plugins::PluginRegistry& plugins, std::size_t count) {
  constexpr int kTurns = 9;
  std::vector<double> none;
  std::vector<double> empty;
  for (int turn = 0; turn < kTurns; ++turn) {
    none.push_back(SecondsToTopic({}, plugins, count));
    empty.push_back(SecondsToTopic({{"transforms", ""}, {"predicates", ""}}, plugins, count));
  }
  const auto middle = [](std::vector<double>& seconds) {
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
  };
  const double of_none = middle(none);
  const double of_empty = middle(empty);
  const auto records = static_cast<double>(count);
  std::printf("source to topic, no chain %.0f, an empty one %.0f records a CPU-second: %.2fx\n", records / of_none,
              records / of_empty, of_none / of_empty);
  bench::Report({.what = "source to topic with an empty chain",
                 .beside = "the same without one",
                 .unit = "records/CPU-s",
                 .ours = records / of_empty,
                 .theirs = records / of_none,
                 .ratio = of_none / of_empty});
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 300000;
  plugins::PluginRegistry plugins({PLUGINS});
  SourceRecord source;
  source.topic = "t";
  source.key = "camera-7";
  source.value = TextPayload("a small record");
  source.headers = {{"number", "17"}};
  SinkRecord sink;
  sink.topic = "t";
  sink.key = "camera-7";
  sink.value = TextPayload(R"({"n":17,"seen":"car","box":{"x":1,"y":2}})");
  Measure("source, one step on headers", StepsOnHeaders(1), plugins, source, count);
  Measure("source, five steps on headers", StepsOnHeaders(5), plugins, source, count);
  Measure("sink, five steps on headers", StepsOnHeaders(5), plugins, sink, count);
  Measure("sink, JSON, two steps on fields, JSON again", OfJson(), plugins, sink, count);
  CompareEmptyChain(plugins, count);
}
