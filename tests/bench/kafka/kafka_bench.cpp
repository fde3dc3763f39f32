// Measures the Kafka room beside a bare librdkafka program, on the same topic of a real Kafka with records of 100 KB:
// bench_kafka [RECORDS [ROUNDS]] (0 rounds: live figures only); and a whole worker, with connectors that cost nothing.
// Each measurement is a process of its own, bare, room and worker in turn; figures are the medians.

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <base/log.h>
#include <broker_kafka/kafka_broker.h>
#include <framespool/errors.h>

#include "../report.h"
#include "../stream/load_client.h"
#include "bare_client.h"
#include "kafka_node.h"
#include "stop_watch.h"
#include "worker_process.h"

namespace {

using namespace framespool;  // NOLINT: a program of one file
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRecordBytes = 100 * 1000;
const std::filesystem::path kFolder = KAFKA_BUILD "/bench-work";

/// In memory where there is room: a disk takes 300 MB/s at best, less when it is tired, and says nothing of a client.
std::filesystem::path NodeFolder() {
  const std::filesystem::path memory = "/dev/shm";
  constexpr std::uintmax_t kRoom = 6'000'000'000;
  std::error_code none;
  if (std::filesystem::space(memory, none).available > kRoom && !none) {
    return memory / ("framespool-bench-" + std::to_string(getpid()));
  }
  std::printf("the disk takes part: there are no 6 GB in %s\n", memory.c_str());
  return std::filesystem::path(KAFKA_BUILD) / "bench";
}

struct Place {
  std::string bootstrap;
  std::string topic;
};

template <class F>
auto Persist(F call) {
  while (true) {
    try {
      return call();
    } catch (const RetriableError&) {
      std::this_thread::sleep_for(1ms);
    }
  }
}

broker::KafkaOptions Options(const std::string& bootstrap, bool exactly_once) {
  broker::KafkaOptions options;
  options.bootstrap_servers = bootstrap;
  options.exactly_once = exactly_once;
  return options;
}

/// As SourceRunner does: one record at a time, then what is acknowledged.
void ProduceRoom(const Place& place, std::size_t records, bool exactly_once, std::chrono::milliseconds interval,
                 const std::string& report) {
  const auto kafka = broker::OpenKafkaBroker(Options(place.bootstrap, exactly_once));
  std::size_t acknowledged = 0;
  const broker::ClientSettings settings{
      .connector = "bench", .topics = {place.topic}, .transaction_interval = interval};
  const auto producer = Persist([&] {
    return kafka->OpenProducer(settings, [&](auto, auto where, const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
      acknowledged += where.size();
    });
  });
  const Payload value(std::vector<std::byte>(kRecordBytes, std::byte{'x'}));
  const StopWatch watch;
  for (std::size_t i = 0; i < records; ++i) {
    Persist([&] {
      producer->Append({{.topic = place.topic,
                         .partition = {},
                         .key = "camera",
                         .value = value,
                         .headers = {{"content-type", "image/jpeg"}, {"framespool.frame", std::to_string(i)}},
                         .timestamp = Now(),
                         .source_partition = {{"file", "/v/a.mp4"}},
                         .source_offset = {{"frame", static_cast<std::int64_t>(i)}}}});
    });
    producer->Service(0ms);
  }
  while (producer->Outstanding() > 0) producer->Service(100ms);
  watch.Report(report);
  if (acknowledged != records) throw std::runtime_error("not everything was acknowledged");
}

void ConsumeRoom(const Place& place, std::size_t records, const std::string& report) {
  const auto kafka = broker::OpenKafkaBroker(Options(place.bootstrap, false));
  // As SinkRunner does.
  const TopicPartition source{place.topic, 0};
  const auto consumer = Persist([&] { return kafka->OpenConsumer({&source, 1}, {.connector = "bench"}); });
  std::optional<StopWatch> watch;
  for (std::size_t i = 0; i < records;) {
    const auto taken = consumer->Read(500, 4 << 20, 10s, {});
    if (!watch) watch.emplace();
    i += taken.size();
  }
  watch->Report(report);
}

void Child(const std::string& kind, const Place& place, std::size_t records, const std::string& report) {
  std::vector<char> value(kRecordBytes, 'x');
  if (kind == "produce-bare") ProduceBare(place.bootstrap, place.topic, value, records, false, report);
  if (kind == "produce-bare-copies") ProduceBare(place.bootstrap, place.topic, value, records, true, report);
  if (kind == "produce-room") ProduceRoom(place, records, false, 0ms, report);
  if (kind == "produce-exactly-once") ProduceRoom(place, records, true, 0ms, report);
  if (kind == "produce-exactly-once-100ms") ProduceRoom(place, records, true, 100ms, report);
  if (kind == "consume-bare") ConsumeBare(place.bootstrap, place.topic, records, report);
  if (kind == "consume-room") ConsumeRoom(place, records, report);
}

struct Cost {
  double megabytes_per_second = 0, cpu_per_gigabyte = 0, resident_megabytes = 0;
};

Cost CostOf(const std::string& report, std::size_t records) {
  std::istringstream figures(report);
  double seconds = 0, cpu = 0, resident = 0;
  figures >> seconds >> cpu >> resident;
  const double bytes = static_cast<double>(records * kRecordBytes);
  return {bytes / seconds / 1e6, cpu / (bytes / 1e9), resident};
}

/// The rooms and their bare measure are processes of their own.
Cost MeasureChild(const std::string& kind, const Place& place, std::size_t records) {
  const std::filesystem::path report = kFolder / kind;
  std::filesystem::remove(report);
  std::vector<std::string> words = {"/proc/self/exe",        kind,   place.bootstrap,
                                    std::to_string(records), report, place.topic};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  int status = 0;
  if (posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) != 0 ||
      waitpid(child, &status, 0) != child || status != 0) {
    throw std::runtime_error(kind + " failed");
  }
  std::ostringstream text;
  text << std::ifstream(report).rdbuf();
  return CostOf(text.str(), records);
}

/// A worker with one connector of the bench's.
Cost MeasureWorker(const std::string& kind, const Place& place, std::size_t records) {
  const std::filesystem::path report = kFolder / kind / "report";
  const bool source = kind.starts_with("source");
  WorkerProcess::Config config = {{"connector.class", source ? "BenchSource" : "BenchSink"},
                                  {source ? "topic" : "topics", place.topic},
                                  {"records", std::to_string(records)},
                                  {"report", report}};
  if (kind == "source-copies-worker") config["fresh"] = "true";
  if (kind == "sink-1ms-worker") config["work_us"] = "1000";
  if (kind.starts_with("source-30-fps")) config["fps"] = "30";
  WorkerProcess::Config settings = {{"bootstrap.servers", place.bootstrap}};
  if (kind.ends_with("exactly-once-worker")) settings["exactly.once.source.support"] = "enabled";
  const WorkerProcess worker(kFolder / kind, settings, {{"bench", config}});
  return CostOf(worker.Await(report), records);
}

Cost Measure(const std::string& kind, const Place& place, std::size_t records) {
  return kind.ends_with("-worker") ? MeasureWorker(kind, place, records) : MeasureChild(kind, place, records);
}

Cost Median(std::vector<Cost> costs) {
  const auto middle = [&](double Cost::*field) {
    std::sort(costs.begin(), costs.end(), [&](const Cost& a, const Cost& b) { return a.*field < b.*field; });
    return costs[costs.size() / 2].*field;
  };
  return {middle(&Cost::megabytes_per_second), middle(&Cost::cpu_per_gigabyte), middle(&Cost::resident_megabytes)};
}

void Throughput(const KafkaNode& node, std::size_t records, std::size_t rounds) {
  constexpr std::array<const char*, 11> kKinds = {"produce-bare",
                                                  "produce-room",
                                                  "source-worker",
                                                  "produce-bare-copies",
                                                  "source-copies-worker",
                                                  "produce-exactly-once",
                                                  "produce-exactly-once-100ms",
                                                  "consume-bare",
                                                  "consume-room",
                                                  "sink-worker",
                                                  "sink-1ms-worker"};
  const auto kafka = broker::OpenKafkaBroker(Options(node.plain(), false));
  std::map<std::string, std::vector<Cost>> costs;
  std::vector<std::string> order(kKinds.begin(), kKinds.end());
  for (std::size_t round = 0; round < rounds; ++round) {
    const Place place{node.plain(), "bench-" + std::to_string(round)};
    Persist([&] {
      kafka->EnsureTopic({.name = place.topic, .partitions = 1, .config = {{"file.delete.delay.ms", "100"}}});
    });
    Measure("produce-room", place, records);  // warms Kafka up, and is there to be consumed
    for (const std::string& kind : order) {
      costs[kind].push_back(Measure(kind, place, kind.starts_with("produce-exactly") ? records / 4 : records));
    }
    Persist([&] { kafka->DeleteTopic(place.topic); });
    std::reverse(order.begin(), order.end());
  }
  std::printf("%zu records of 100 KB, %zu rounds, from the first record to the last; a process each\n", records,
              rounds);
  std::printf("%-28s %8s %10s %12s\n", "", "MB/s", "CPU-s/GB", "peak RSS MB");
  std::map<std::string, Cost> medians;
  for (const char* kind : kKinds) {
    const Cost cost = medians[kind] = Median(costs[kind]);
    std::printf("%-28s %8.0f %10.2f %12.1f\n", kind, cost.megabytes_per_second, cost.cpu_per_gigabyte,
                cost.resident_megabytes);
  }
  const auto compare = [&](const char* name, const std::string& ours, const std::string& bare) {
    std::printf("%s: %.2f of bare's MB/s (wanted: 0.9 or more), %.2f of its CPU (wanted: 1.3 or less)\n", name,
                medians[ours].megabytes_per_second / medians[bare].megabytes_per_second,
                medians[ours].cpu_per_gigabyte / medians[bare].cpu_per_gigabyte);
    const Cost our = medians[ours];
    const Cost their = medians[bare];
    bench::Report({.what = name,
                   .beside = "a bare librdkafka program",
                   .unit = "MB/s",
                   .ours = our.megabytes_per_second,
                   .theirs = their.megabytes_per_second,
                   .ratio = our.megabytes_per_second / their.megabytes_per_second,
                   .aim = 0.9});
    bench::Report({.what = name,
                   .beside = "a bare librdkafka program",
                   .unit = "CPU-s/GB",
                   .ours = our.cpu_per_gigabyte,
                   .theirs = their.cpu_per_gigabyte,
                   .ratio = their.cpu_per_gigabyte / our.cpu_per_gigabyte,
                   .aim = 1 / 1.3});
  };
  compare("source path, a whole worker", "source-worker", "produce-bare");
  compare("source path, a worker whose records have bytes of their own", "source-copies-worker", "produce-bare-copies");
  compare("source path, the room alone", "produce-room", "produce-bare");
  compare("sink path, a whole worker", "sink-worker", "consume-bare");
  compare("sink path, the room alone", "consume-room", "consume-bare");
  std::printf("sink path, a worker whose sink takes 1 ms a record: %.0f MB/s (wanted: nearly 100)\n",
              medians["sink-1ms-worker"].megabytes_per_second);
}

/// What a worker takes for a camera: its records come one by one, so that little can be sent together.
void Paced(const KafkaNode& node) {
  constexpr std::size_t kRecords = 450;
  for (const std::string kind : {"source-30-fps-worker", "source-30-fps-exactly-once-worker"}) {
    const Cost cost = MeasureWorker(kind, {node.plain(), kind}, kRecords);
    std::printf("%s: %.2f CPU-s/GB, %.2f ms of CPU a record of 100 KB\n", kind.c_str(), cost.cpu_per_gigabyte,
                cost.cpu_per_gigabyte * kRecordBytes / 1e6);
  }
}

/// One source at 30 fps, one MjpegHttpSink, one viewer. The time in a record is when the source made it.
void Live(const KafkaNode& node, const std::string& topic, const char* name, const WorkerProcess::Config& source,
          bool exactly_once = false) {
  const int port = FreePort();
  WorkerProcess::Config from = source;
  from["topic"] = topic;
  const WorkerProcess::Config sink = {{"connector.class", "MjpegHttpSink"},
                                      {"topics", topic},
                                      {"playback", "live"},
                                      {"http.port", std::to_string(port)}};
  WorkerProcess::Config settings = {{"bootstrap.servers", node.plain()}};
  if (exactly_once) settings["exactly.once.source.support"] = "enabled";
  const WorkerProcess worker(kFolder / topic, settings, {{"source", from}, {"sink", sink}});
  std::this_thread::sleep_for(3s);  // until both run
  bench::Load load;
  load.port = static_cast<std::uint16_t>(port);
  load.viewers = 1;
  load.measure = 15s;
  load.server_pid = worker.pid();
  const auto result = bench::RunLoad(load);
  std::printf(
      "live, %s: %.1f fps; produce to viewer p50 %.0f ms, p99 %.0f ms (wanted: under %d); RSS %.1f MB (wanted: under "
      "60); "
      "%.1f %% of a core\n",
      name, result.fps_median, result.latency_p50_ms, result.latency_p99_ms, exactly_once ? 50 : 25, result.rss_last_mb,
      result.server_cpu * 100);
}

void MeasureAll(const KafkaNode& node, std::size_t records, std::size_t rounds) {
  Live(node, "live-100kb", "records of 100 KB", {{"connector.class", "BenchSource"}, {"fps", "30"}});
  Live(node, "live-video", "a 720p video through OpenCV",
       {{"connector.class", "VideoFileSource"}, {"file", BENCH_VIDEO}, {"loop", "true"}});
  Live(node, "live-exactly-once", "records of 100 KB, exactly once",
       {{"connector.class", "BenchSource"}, {"fps", "30"}}, true);
  Paced(node);
  if (rounds > 0) Throughput(node, records, rounds);
}

void Run(std::size_t records, std::size_t rounds) {
  std::filesystem::create_directories(kFolder);
  const std::filesystem::path folder = NodeFolder();
  {
    setenv("KAFKA_HEAP", "1g", 0);  // in the tests' 256 MB, batches of 2 MB wait for its garbage collector
    KafkaNode node(folder);
    node.Start();
    MeasureAll(node, records, rounds);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    log::SetLevel("root", "warn");
    if (argc == 6) {
      Child(argv[1], {argv[2], argv[5]}, std::stoul(argv[3]), argv[4]);
    } else {
      Run(argc > 1 ? std::stoul(argv[1]) : 3000, argc > 2 ? std::stoul(argv[2]) : 5);
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_kafka: %s\n", error.what());
    return 1;
  }
}
