// Measures the Kafka room beside a bare librdkafka program, on the same topic of a real Kafka with records of 100 KB:
// bench_kafka [RECORDS [ROUNDS]]. Each measurement is a process of its own, bare and room in turn; figures are the medians.

#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <broker_kafka/kafka_broker.h>
#include <framespool/errors.h>
#include <log/log.h>

#include "bare_client.h"
#include "kafka_node.h"

namespace {

using namespace framespool;  // NOLINT: a program of one file
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRecordBytes = 100 * 1000;
const std::string kTopic = "bench";

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
void ProduceRoom(const std::string& bootstrap, std::size_t records, bool exactly_once, std::chrono::milliseconds interval) {
  const auto kafka = broker::OpenKafkaBroker(Options(bootstrap, exactly_once));
  std::size_t acknowledged = 0;
  const broker::ClientSettings settings{.connector = "bench", .overrides = {}, .topics = {kTopic}, .transaction_interval = interval};
  const auto producer = Persist([&] {
    return kafka->OpenProducerWith(settings, "bench", 0, [&](auto, auto where, const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
      acknowledged += where.size();
    });
  });
  const Payload value(std::vector<std::byte>(kRecordBytes, std::byte{'x'}));
  for (std::size_t i = 0; i < records; ++i) {
    Persist([&] {
      producer->Append({{.topic = kTopic, .partition = {}, .key = "camera", .value = value,
                         .headers = {{"content-type", "image/jpeg"}, {"framespool.frame", std::to_string(i)}}, .timestamp = Now(),
                         .source_partition = {{"file", "/v/a.mp4"}}, .source_offset = {{"frame", static_cast<std::int64_t>(i)}}}});
    });
    producer->Service(0ms);
  }
  while (producer->Outstanding() > 0) producer->Service(100ms);
  if (acknowledged != records) throw std::runtime_error("not everything was acknowledged");
}

void ConsumeRoom(const std::string& bootstrap, std::size_t records) {
  const auto kafka = broker::OpenKafkaBroker(Options(bootstrap, false));
  const auto reader = Persist([&] { return kafka->OpenReader({kTopic, 0}); });
  for (std::size_t i = 0; i < records;) i += reader->Read(500, 4 << 20, 10s, {}).size();
}

void Child(const std::string& kind, const std::string& bootstrap, std::size_t records) {
  std::vector<char> value(kRecordBytes, 'x');
  if (kind == "produce-bare") ProduceBare(bootstrap, kTopic, value, records);
  if (kind == "produce-room") ProduceRoom(bootstrap, records, false, 0ms);
  if (kind == "produce-exactly-once") ProduceRoom(bootstrap, records, true, 0ms);
  if (kind == "produce-exactly-once-100ms") ProduceRoom(bootstrap, records, true, 100ms);
  if (kind == "consume-bare") ConsumeBare(bootstrap, kTopic, records);
  if (kind == "consume-room") ConsumeRoom(bootstrap, records);
}

struct Cost {
  double megabytes_per_second = 0, cpu_per_gigabyte = 0, resident_megabytes = 0;
};

Cost Measure(const std::string& kind, const std::string& bootstrap, std::size_t records) {
  std::vector<std::string> words = {"/proc/self/exe", kind, bootstrap, std::to_string(records)};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const auto start = Clock::now();
  pid_t child = 0;
  int status = 0;
  rusage usage{};
  if (posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) != 0 ||
      wait4(child, &status, 0, &usage) != child || status != 0) {
    throw std::runtime_error(kind + " failed");
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  const auto time = [](const timeval& value) { return static_cast<double>(value.tv_sec) + static_cast<double>(value.tv_usec) / 1e6; };
  const double bytes = static_cast<double>(records * kRecordBytes);
  return {bytes / seconds / 1e6, (time(usage.ru_utime) + time(usage.ru_stime)) / (bytes / 1e9),
          static_cast<double>(usage.ru_maxrss) / 1024};
}

Cost Median(std::vector<Cost> costs) {
  const auto middle = [&](double Cost::*field) {
    std::sort(costs.begin(), costs.end(), [&](const Cost& a, const Cost& b) { return a.*field < b.*field; });
    return costs[costs.size() / 2].*field;
  };
  return {middle(&Cost::megabytes_per_second), middle(&Cost::cpu_per_gigabyte), middle(&Cost::resident_megabytes)};
}

void Run(std::size_t records, std::size_t rounds) {
  constexpr std::array<const char*, 6> kKinds = {"produce-bare", "produce-room", "produce-exactly-once",
                                                 "produce-exactly-once-100ms", "consume-bare", "consume-room"};
  KafkaNode node(KAFKA_BUILD "/bench");
  node.Start();
  {
    const auto kafka = broker::OpenKafkaBroker(Options(node.plain(), false));
    Persist([&] { kafka->EnsureTopic({.name = kTopic, .partitions = 1, .config = {}}); });
  }
  Measure("produce-room", node.plain(), records);  // warms Kafka up, and is there to be consumed
  std::map<std::string, std::vector<Cost>> costs;
  for (std::size_t round = 0; round < rounds; ++round) {
    for (const char* kind : kKinds) {
      costs[kind].push_back(Measure(kind, node.plain(), std::string(kind).starts_with("produce-exactly") ? records / 4 : records));
    }
  }
  std::printf("%zu records of 100 KB, %zu rounds; a process each, with its start and end\n", records, rounds);
  std::printf("%-28s %8s %10s %8s\n", "", "MB/s", "CPU-s/GB", "RSS MB");
  std::map<std::string, Cost> medians;
  for (const char* kind : kKinds) {
    const Cost cost = medians[kind] = Median(costs[kind]);
    std::printf("%-28s %8.0f %10.2f %8.1f\n", kind, cost.megabytes_per_second, cost.cpu_per_gigabyte, cost.resident_megabytes);
  }
  for (const std::string path : {"produce", "consume"}) {
    const Cost& bare = medians[path + "-bare"];
    const Cost& room = medians[path + "-room"];
    std::printf("%s: %.2f of bare's MB/s (wanted: 0.9 or more), %.2f of its CPU (wanted: 1.3 or less)\n", path.c_str(),
                room.megabytes_per_second / bare.megabytes_per_second, room.cpu_per_gigabyte / bare.cpu_per_gigabyte);
  }
}

}  // namespace

int main(int argc, char** argv) {
  try {
    log::SetLevel("root", "warn");
    if (argc == 4) {
      Child(argv[1], argv[2], std::stoul(argv[3]));
    } else {
      Run(argc > 1 ? std::stoul(argv[1]) : 3000, argc > 2 ? std::stoul(argv[2]) : 5);
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_kafka: %s\n", error.what());
    return 1;
  }
}
