#include "recorded_video.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <framespool/media/access_units.h>
#include <framespool/media/packet_reader.h>

#include "test_video.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace framespool::bench {

namespace {

constexpr std::size_t kBatch = 64;

std::int64_t Microseconds(std::int64_t units) { return units * 1'000'000 / kVideoFps; }

}  // namespace

RecordedVideo::RecordedVideo(const std::filesystem::path& folder, int seconds, std::int64_t bits) {
  const std::string file = (folder / "recorded.mp4").string();
  const std::string rate = std::to_string(bits), gop = std::to_string(kGop);
  // With grain: smooth test pictures flatter every encoder.
  RunFfmpeg("-f lavfi -i testsrc2=size=1920x1080:rate=" + std::to_string(kVideoFps) + ",noise=alls=6:allf=t -t " +
            std::to_string(seconds) + " -c:v libx264 -preset superfast -tune zerolatency -pix_fmt yuv420p -b:v " +
            rate + " -maxrate " + rate + " -bufsize " + rate + " -g " + gop + " -keyint_min " + gop +
            " -sc_threshold 0 '" + file + "'");
  media::PacketReader packets(file, {});
  media::AccessUnits made(*packets.stream().codecpar, packets.stream().time_base);
  std::int64_t gop_at = 0;
  while (const auto packet = packets.Next()) {
    auto unit = made.Make(*packet->raw);
    if (!unit) continue;
    gop_at = unit->is_key ? 0 : gop_at + 1;
    media::VideoFacts facts;
    facts.codec = unit->codec;
    facts.gop = gop_at;
    facts.width = unit->width;
    facts.height = unit->height;
    bytes_ += static_cast<std::int64_t>(unit->bytes.size());
    units_.push_back({std::move(unit->bytes), facts});
  }
  if (units() != std::int64_t{seconds} * kVideoFps)
    throw std::runtime_error("ffmpeg has encoded another number of pictures");
}

SourceRecord RecordedVideo::Record(const std::string& topic, std::int64_t number, Timestamp time) const {
  const Unit& unit = units_[static_cast<std::size_t>(number % units())];
  media::VideoFacts facts = unit.facts;
  facts.pts_us = Microseconds(number);
  SourceRecord record;
  record.topic = topic;
  record.partition = 0;
  record.value = unit.bytes;
  record.timestamp = time;
  record.source_partition = {{"bench", topic}};
  record.source_offset = {{"unit", number + 1}};
  media::Describe(record, facts);
  return record;
}

Timestamp RecordedVideo::Append(broker::Broker& broker, const std::string& topic, std::int64_t units) const {
  broker.EnsureTopic({.name = topic, .partitions = 1, .config = {}});
  const auto producer = broker.OpenProducer({.connector = "bench"}, [](auto, auto, const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  const auto after = [](std::int64_t number) {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::microseconds(Microseconds(number)));
  };
  const Timestamp start = Now() - after(units);
  std::vector<SourceRecord> batch;
  for (std::int64_t number = 0; number < units; ++number) {
    batch.push_back(Record(topic, number, start + after(number)));
    if (batch.size() < kBatch && number + 1 < units) continue;
    producer->Append(std::exchange(batch, {}));
    producer->Service(std::chrono::milliseconds(0));
  }
  while (producer->Outstanding() > 0) producer->Service(std::chrono::milliseconds(100));
  broker.Sync();
  return start;
}

double Stopwatch::wall_ms() const {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin_).count();
}

double Stopwatch::CpuNow() {
  timespec spent{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) * 1e3 + static_cast<double>(spent.tv_nsec) / 1e6;
}

Connection::Connection(std::uint16_t port, const std::string& target)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
    ::close(fd_);
    throw std::runtime_error("cannot ask for " + target);
  }
}

Connection::~Connection() { ::close(fd_); }

std::string Connection::Receive() {
  std::string bytes(1 << 16, '\0');
  const ssize_t got = ::recv(fd_, bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

std::pair<std::string, std::string> Get(std::uint16_t port, const std::string& target) {
  Connection connection(port, target);
  std::string head, body;
  for (std::string more; head.empty() && !(more = connection.Receive()).empty();) {
    body += more;
    const std::size_t end = body.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    head = body.substr(0, end + 2);
    body.erase(0, end + 4);
  }
  constexpr std::string_view kLength = "Content-Length: ";
  const std::size_t length = head.find(kLength);
  if (!head.starts_with("HTTP/1.1 200 ") || length == std::string::npos) {
    throw std::runtime_error(target + ": " + head + body);
  }
  const auto size = static_cast<std::size_t>(std::atoll(head.c_str() + length + kLength.size()));
  for (std::string more; body.size() < size && !(more = connection.Receive()).empty();) body += more;
  return {std::move(head), std::move(body)};
}

std::string Percentiles(const std::string& name, std::vector<double> took_ms) {
  std::sort(took_ms.begin(), took_ms.end());
  std::string text;
  const auto add = [&](const char* what, std::size_t percent) {
    char number[32];
    std::snprintf(number, sizeof number, "%.1f", took_ms[(took_ms.size() - 1) * percent / 100]);
    text += (text.empty() ? "\"" : ", \"") + name + what + "_ms\": " + number;
  };
  add("p50", 50);
  add("p95", 95);
  add("p99", 99);
  add("max", 100);
  return text;
}

}  // namespace framespool::bench
