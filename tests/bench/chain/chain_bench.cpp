// bench_chain [RECORDS]
// What a chain of transforms costs a record, in time of one core: small records of a source and of a sink, as their
// runners pass them on.
#include <ctime>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <plugins/plugin_registry.h>
#include <record_stages.h>

namespace {

using namespace framespool;  // NOLINT: a program of one file

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
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
}
