// bench_jump [FRAMES [JUMPS [DIRECTORY]]]
// A topic of 100,000 frames, in the embedded broker and in Kafka, shown by the sink. Each jump is a connection of its
// own to ?from=, by offset and by time in turns; measured from connect() to the last byte of the frame that was asked
// for. DIRECTORY (default ./jump-bench) is created and removed.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <base/log.h>
#include <broker_embedded/embedded_broker.h>
#include <broker_kafka/kafka_broker.h>
#include <framespool/errors.h>

#include "bench/broker_context.h"
#include "kafka_node.h"
#include "mjpeg_http_sink.h"
#include "topic/moment.h"

namespace {

using namespace framespool;  // NOLINT: a program of one file
using Clock = std::chrono::steady_clock;

constexpr std::size_t kFrameBytes = 10'000;
constexpr std::chrono::milliseconds kPerFrame{33};

std::string NameOf(std::int64_t number) {
  std::string name = "#";
  name += std::to_string(number);
  return name += '#';
}

std::string FrameText(std::int64_t number) {
  std::string text = "\xFF\xD8\xFF";
  text += NameOf(number);
  text.resize(kFrameBytes, 'x');
  return text;
}

/// A remote broker may have to be waited for at first.
template <class F>
auto Persist(F&& attempt) {
  const auto deadline = Clock::now() + std::chrono::seconds(30);
  while (true) {
    try {
      return attempt();
    } catch (const RetriableError&) {
      if (Clock::now() > deadline) throw;
      ::poll(nullptr, 0, 50);
    }
  }
}

void Fill(broker::Broker& log, std::int64_t frames, Timestamp start) {
  Persist([&] { log.EnsureTopic({.name = "frames", .partitions = 1, .config = {}}); });
  const auto producer = Persist([&] {
    return log.OpenProducer({.connector = "bench"}, [](auto, auto, const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
  });
  for (std::int64_t number = 0; number < frames;) {
    std::vector<SourceRecord> batch;
    for (; number < frames && batch.size() < 64; ++number) {
      const std::string text = FrameText(number);
      const auto* first = reinterpret_cast<const std::byte*>(text.data());
      SourceRecord& record = batch.emplace_back();
      record.topic = "frames";
      record.partition = 0;
      record.value = Payload(std::vector<std::byte>(first, first + text.size()));
      record.timestamp = start + kPerFrame * number;
      record.source_partition = {{"bench", true}};
      record.source_offset = {{"frame", number + 1}};
    }
    Persist([&] { producer->Append(std::move(batch)); });
    producer->Service(std::chrono::milliseconds(0));
  }
  while (producer->Outstanding() > 0) producer->Service(std::chrono::milliseconds(100));
  log.Sync();
}

/// Milliseconds until the frame called `number` is there, whole.
double Jump(std::uint16_t port, const std::string& from, std::int64_t number) {
  const auto begin = Clock::now();
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request = "GET /?from=" + from + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    throw std::runtime_error("cannot connect");
  }
  std::string text;
  char bytes[1 << 14];
  // The frame is shown when the boundary behind it is there.
  for (std::size_t at = 0; at == 0 || text.find("\r\n--framespool", at) == std::string::npos;) {
    const ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
    if (got <= 0) throw std::runtime_error("no frame came for from=" + from + ": " + text);
    text.append(bytes, static_cast<std::size_t>(got));
    if (at == 0 && text.find("\xFF\xD8\xFF#") != std::string::npos) at = text.find("\xFF\xD8\xFF#");
  }
  const double took = std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
  ::close(fd);
  if (text.find(NameOf(number)) == std::string::npos) {
    throw std::runtime_error("another frame than " + std::to_string(number) + " came for from=" + from);
  }
  return took;
}

/// Prints how long jumps to anywhere took, one after the other.
void Measure(const char* name, broker::Broker& log, std::int64_t frames, int jumps) {
  const Timestamp start = Now() - kPerFrame * frames;
  Fill(log, frames, start);
  bench::BrokerContext context(log, "frames");
  mjpeg::SinkConfig config;
  config.topics = {"frames"};
  config.port = 0;
  mjpeg::MjpegLibrary library;
  const mjpeg::MjpegHttpSink sink(config, context, library);
  std::mt19937_64 random(1);
  std::vector<double> took;
  for (int i = 0; i < jumps; ++i) {
    const auto number = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(frames));
    const std::string from = i % 2 == 0 ? std::to_string(number)
                                        : mjpeg::TimeText(start + kPerFrame * number - std::chrono::milliseconds(1));
    took.push_back(Jump(sink.port(), from, number));
  }
  // A sink that has just been made is still opening its readers.
  const double first = took.front();
  took.erase(took.begin());
  std::sort(took.begin(), took.end());
  const auto at = [&](std::size_t percent) { return took[(took.size() - 1) * percent / 100]; };
  std::printf(
      "{\"name\": \"jump, %s\", \"frames\": %lld, \"jumps\": %d, \"first_ms\": %.2f, \"p50_ms\": %.2f, \"p95_ms\": "
      "%.2f, \"p99_ms\": %.2f, \"max_ms\": %.2f}\n",
      name, static_cast<long long>(frames), jumps, first, at(50), at(95), at(99), at(100));
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    log::SetLevel("root", "warn");
    const std::int64_t frames = argc > 1 ? std::atoll(argv[1]) : 100'000;
    const int jumps = argc > 2 ? std::atoi(argv[2]) : 400;
    const std::filesystem::path directory = argc > 3 ? argv[3] : "jump-bench";
    std::filesystem::remove_all(directory);
    {
      broker::EmbeddedOptions options;
      options.directory = directory / "log";
      options.retention_bytes = 0;
      Measure("embedded", *broker::OpenEmbeddedBroker(options), frames, jumps);
    }
    std::filesystem::remove_all(directory);
    KafkaNode node(std::filesystem::path(KAFKA_BUILD) / "bench-jump");
    node.Start();
    broker::KafkaOptions options;
    options.bootstrap_servers = node.plain();
    Measure("Kafka", *broker::OpenKafkaBroker(options), frames, jumps);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_jump: %s\n", error.what());
    return 1;
  }
}
