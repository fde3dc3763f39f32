// Measures the embedded broker against a plain sequential write and read of the same bytes, in the same run and on the
// same file system: bench_broker [DIRECTORY [MEGABYTES]]. DIRECTORY (default ./broker-bench) is created and removed.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include <broker_embedded/embedded_broker.h>

#include "../report.h"

namespace {

namespace fs = std::filesystem;
using namespace framespool;  // NOLINT: a program of one file
using Clock = std::chrono::steady_clock;

constexpr std::size_t kRecordBytes = 100 * 1000;
constexpr std::size_t kBatch = 8;
constexpr int kRounds = 5;

double Seconds(Clock::time_point from) { return std::chrono::duration<double>(Clock::now() - from).count(); }

void Check(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string(what) + " failed");
}

double MegabytesOf(const std::string& what) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(what, 0) == 0) return std::stod(line.substr(what.size())) / 1024;
  }
  return 0;
}

Payload RandomPayload() {
  std::mt19937_64 random(1);
  std::vector<std::byte> bytes(kRecordBytes);
  for (std::byte& b : bytes) b = static_cast<std::byte>(random());
  return Payload(std::move(bytes));
}

struct Speeds {
  double plain_write, append, plain_read, read;
};

double PlainWrite(const fs::path& file, const Payload& value, std::size_t records) {
  const auto start = Clock::now();
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  Check(fd >= 0, "open");
  for (std::size_t i = 0; i < records; ++i) {
    Check(write(fd, value.bytes().data(), value.size()) == static_cast<ssize_t>(value.size()), "write");
  }
  Check(fdatasync(fd) == 0, "fdatasync");
  close(fd);
  return static_cast<double>(records * kRecordBytes) / Seconds(start) / 1e6;
}

double PlainRead(const fs::path& file) {
  std::vector<std::byte> buffer(kRecordBytes);
  const auto start = Clock::now();
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  Check(fd >= 0, "open");
  std::size_t bytes = 0;
  for (ssize_t got = 0; (got = read(fd, buffer.data(), buffer.size())) > 0;) bytes += static_cast<std::size_t>(got);
  close(fd);
  return static_cast<double>(bytes) / Seconds(start) / 1e6;
}

broker::EmbeddedOptions Options(const fs::path& directory) {
  broker::EmbeddedOptions options;
  options.directory = directory;
  options.retention_bytes = 0;
  options.total_bytes = 1ull << 50;
  return options;
}

std::vector<SourceRecord> Batch(const Payload& value, std::size_t count, std::int64_t frame) {
  std::vector<SourceRecord> records(count);
  for (SourceRecord& record : records) {
    record.topic = "frames";
    record.key = "camera";
    record.value = value;
    record.headers = {{"content-type", "image/jpeg"}, {"framespool.frame", std::to_string(frame)}};
    record.timestamp = Now();
    record.source_partition = {{"file", std::string("/data/a.mp4")}};
    record.source_offset = {{"frame", ++frame}};
  }
  return records;
}

double Append(broker::Broker& log, const Payload& value, std::size_t records) {
  const auto start = Clock::now();
  const auto producer = log.OpenProducer({.connector = "bench"}, [](auto, auto, const auto&) {});
  for (std::size_t i = 0; i < records; i += kBatch) {
    producer->Append(Batch(value, std::min(kBatch, records - i), static_cast<std::int64_t>(i)));
  }
  log.Sync();
  return static_cast<double>(records * kRecordBytes) / Seconds(start) / 1e6;
}

double Read(broker::Broker& log, std::size_t records) {
  const auto start = Clock::now();
  const auto reader = log.OpenReader({"frames", 0});
  std::size_t bytes = 0;
  for (std::size_t seen = 0; seen < records;) {
    const auto got = reader->Read(kBatch, 1 << 20, std::chrono::milliseconds(1000), {});
    Check(!got.empty(), "Read");
    for (const SinkRecord& record : got) bytes += record.value.size();
    seen += got.size();
  }
  return static_cast<double>(bytes) / Seconds(start) / 1e6;
}

// Disks are not equally fast from one moment to the next: the two sides alternate in who goes first.
Speeds Round(const fs::path& directory, const Payload& value, std::size_t records, bool plain_first) {
  Speeds speeds{};
  const auto plain = [&] {
    const fs::path file = directory / "plain";
    speeds.plain_write = PlainWrite(file, value, records);
    PlainRead(file);
    speeds.plain_read = std::max(PlainRead(file), PlainRead(file));
    fs::remove(file);
  };
  if (plain_first) plain();
  {
    const auto log = broker::OpenEmbeddedBroker(Options(directory / "log"));
    speeds.append = Append(*log, value, records);
    Read(*log, records);
    speeds.read = std::max(Read(*log, records), Read(*log, records));
  }
  fs::remove_all(directory / "log");
  if (!plain_first) plain();
  return speeds;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Latency(const fs::path& directory, const Payload& value) {
  constexpr int kRecords = 1500;
  const auto log = broker::OpenEmbeddedBroker(Options(directory / "latency"));
  std::vector<std::atomic<Clock::rep>> appended(kRecords);
  std::vector<double> waits;
  std::jthread reader([&] {
    const auto topic = log->OpenReader({"frames", 0});
    while (waits.size() < kRecords) {
      for (const SinkRecord& record : topic->Read(1, 1, std::chrono::seconds(5), {})) {
        const auto now = Clock::now().time_since_epoch().count();
        waits.push_back(static_cast<double>(now - appended[static_cast<std::size_t>(record.offset)]) / 1e6);
      }
    }
  });
  const auto producer = log->OpenProducer({.connector = "bench"}, [](auto, auto, const auto&) {});
  auto next = Clock::now();
  for (std::size_t i = 0; i < kRecords; ++i) {
    std::this_thread::sleep_until(next += std::chrono::microseconds(1000000 / 300));
    auto batch = Batch(value, 1, static_cast<std::int64_t>(i));
    appended[i] = Clock::now().time_since_epoch().count();
    producer->Append(std::move(batch));
  }
  reader.join();
  std::sort(waits.begin(), waits.end());
  std::printf("append to visible, %d records at 300/s: p50 %.3f ms, p99 %.3f ms (limit 2), worst %.3f ms\n", kRecords,
              waits[kRecords / 2], waits[kRecords * 99 / 100], waits.back());
}

// Opening looks at segments, never at the records in them, so a log with as many segments as 10 GB make by default
// (64 MB each) opens as fast as 10 GB do.
void Open(const fs::path& directory, const Payload& value) {
  constexpr std::size_t kSegments = (10ull << 30) / (64ull << 20);
  auto options = Options(directory / "open");
  options.segment_bytes = 1 << 20;
  {
    const auto log = broker::OpenEmbeddedBroker(options);
    Append(*log, value, kSegments * 10);
  }
  double worst = 0;
  for (int i = 0; i < 5; ++i) {
    const auto start = Clock::now();
    const auto log = broker::OpenEmbeddedBroker(options);
    worst = std::max(worst, Seconds(start) * 1e3);
  }
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(directory / "open" / "frames" / "0")) {
    files += entry.path().extension() == ".log";
  }
  std::printf("open of a log of %zu segments (10 GB at 64 MB each): worst of 5: %.1f ms (limit 100)\n", files, worst);
}

}  // namespace

int main(int argc, char** argv) try {
  const fs::path directory = argc > 1 ? argv[1] : "broker-bench";
  const std::size_t records = (argc > 2 ? std::stoull(argv[2]) : 2000) * 1000000 / kRecordBytes / kRounds;
  fs::remove_all(directory);
  fs::create_directories(directory);
  const Payload value = RandomPayload();
  std::printf("%zu records of %zu bytes a round\n", records, kRecordBytes);
  std::printf("%-8s %12s %12s %7s %12s %12s %7s\n", "round", "write MB/s", "append MB/s", "ratio", "read MB/s",
              "topic MB/s", "ratio");
  std::vector<double> appends, reads, append_rates, write_rates, topic_rates, read_rates;
  for (int round = 1; round <= kRounds; ++round) {
    const Speeds s = Round(directory, value, records, round % 2 == 1);
    appends.push_back(s.append / s.plain_write);
    reads.push_back(s.read / s.plain_read);
    append_rates.push_back(s.append), write_rates.push_back(s.plain_write);
    topic_rates.push_back(s.read), read_rates.push_back(s.plain_read);
    std::printf("%-8d %12.0f %12.0f %6.2fx %12.0f %12.0f %6.2fx\n", round, s.plain_write, s.append, appends.back(),
                s.plain_read, s.read, reads.back());
  }
  std::printf("append: %.2fx of a plain write, hot read: %.2fx of a plain read (medians; limits 0.50x)\n",
              Median(appends), Median(reads));
  bench::Report({.what = "append to the embedded log",
                 .beside = "the disk: a plain write of the same bytes",
                 .unit = "MB/s",
                 .ours = Median(append_rates),
                 .theirs = Median(write_rates),
                 .ratio = Median(appends),
                 .aim = 0.5});
  bench::Report({.what = "read of the embedded log",
                 .beside = "a plain read of the same bytes",
                 .unit = "MB/s",
                 .ours = Median(topic_rates),
                 .theirs = Median(read_rates),
                 .ratio = Median(reads),
                 .aim = 0.5});
  Latency(directory, value);
  Open(directory, value);
  std::printf("resident: %.1f MB at the end, %.1f MB at most\n", MegabytesOf("VmRSS:"), MegabytesOf("VmHWM:"));
  fs::remove_all(directory);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_broker: %s\n", error.what());
  return 1;
}
