#pragma once

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <base/log.h>

#include "fakes/eventually.h"
#include "fakes/recovered_offsets.h"
#include "index_file.h"
#include "log_scan.h"
#include "open_broker.h"

namespace framespool::broker::embedded {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

using fakes::Eventually;

/// The real calls, until told otherwise; but it waits for no disk: what only a power loss would show no test here sees.
class FailingFiles : public FileOps {
 public:
  ssize_t Write(int fd, const iovec* parts, int count, off_t at) override {
    const int error = write_error;
    if (error == 0 || PathOf(fd).find(only_below) == std::string::npos || writes_before_failure-- > 0) {
      const ssize_t written = FileOps::Write(fd, parts, count, at);
      if (written > 0) bytes_written += static_cast<std::uint64_t>(written);
      return written;
    }
    ++failed_writes;
    // As a full disk does: part of it fits.
    if (torn_bytes.exchange(0) > 0) {
      const iovec part{parts->iov_base, std::min<std::size_t>(parts->iov_len, 7)};
      return FileOps::Write(fd, &part, 1, at);
    }
    errno = error;
    return -1;
  }
  ssize_t Read(int fd, void* to, std::size_t size, off_t at) override {
    if (read_error == 0 || PathOf(fd).find(only_below) == std::string::npos || at < reads_fail_from ||
        at >= reads_fail_until) {
      return FileOps::Read(fd, to, size, at);
    }
    errno = read_error;
    return -1;
  }
  int Truncate(int fd, off_t size) override {
    if (truncations_before_failure-- > 0) return FileOps::Truncate(fd, size);
    errno = EIO;
    return -1;
  }
  int SyncData(int /*fd*/) override {
    ++syncs;
    const int error = sync_error;
    if (error != 0 && when_sync_fails) when_sync_fails();
    errno = error;
    return error == 0 ? 0 : -1;
  }
  int SyncDirectory(int /*fd*/) override { return 0; }
  FileSystemSpace Space(const fs::path& path) override {
    if (is_away) return FileOps::Space(path / "away");
    const std::uint64_t left = available;
    return left != kAsItIs ? FileSystemSpace{1ull << 40, left} : FileOps::Space(path);
  }

  std::atomic<int> write_error{0};
  std::atomic<int> failed_writes{0};
  std::atomic<std::uint64_t> bytes_written{0};
  std::atomic<int> writes_before_failure{0};
  std::atomic<int> torn_bytes{0};
  std::atomic<int> truncations_before_failure{1 << 30};
  std::string only_below = "/";
  std::atomic<int> sync_error{0};
  std::function<void()> when_sync_fails;  // set while no sync can fail; called on the thread that syncs
  std::atomic<int> syncs{0};
  std::atomic<int> read_error{0};
  std::atomic<off_t> reads_fail_from{0};
  std::atomic<off_t> reads_fail_until{std::numeric_limits<off_t>::max()};
  static constexpr std::uint64_t kAsItIs = std::numeric_limits<std::uint64_t>::max();
  std::atomic<std::uint64_t> available{kAsItIs};
  std::atomic<bool> is_away{false};

 private:
  static std::string PathOf(int fd) { return fs::read_symlink("/proc/self/fd/" + std::to_string(fd)).string(); }
};

/// Uses up all file descriptors that this process may have, but for `left`.
class AllDescriptorsUsed {
 public:
  explicit AllDescriptorsUsed(std::size_t left) {
    for (int fd = 0; (fd = dup(STDERR_FILENO)) >= 0;) taken_.push_back(fd);
    for (; left > 0; --left, taken_.pop_back()) close(taken_.back());
  }
  ~AllDescriptorsUsed() {
    for (const int fd : taken_) close(fd);
  }

 private:
  std::vector<int> taken_;
};

inline std::string Text(const SinkRecord& record) { return std::string(record.value.text()); }

/// A log in a directory of its own, and short words for what is done to it.
class LogTest : public testing::Test {
 public:
  ~LogTest() override {
    Close();
    fs::remove_all(options.directory);
  }

 protected:
  LogTest() {
    log::SetLevel("root", "off");
    std::string name = (fs::temp_directory_path() / "framespool-log-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp: " + name);
    options.directory = name;
    options.free_space_floor = 0;
    options.total_bytes = 1ull << 40;
  }

  void Open() {
    Close();
    broker = embedded::Open(options, files);
    RecoveredOffsets(*broker);
    producer = broker->OpenProducer({.connector = "camera"}, [this](auto, auto where, const auto&) {
      acked.insert(acked.end(), where.begin(), where.end());
    });
  }
  void Close() {
    producer.reset();
    broker.reset();
  }

  static SourceRecord Record(std::string value, std::string topic = "t") {
    SourceRecord record;
    record.topic = std::move(topic);
    const auto bytes = std::as_bytes(std::span(value));
    record.value = Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
    record.timestamp = Now();
    return record;
  }
  void Append(const std::string& value, const std::string& topic = "t") { AppendOne(Record(value, topic)); }
  void AppendOne(SourceRecord record) {
    std::vector<SourceRecord> batch;
    batch.push_back(std::move(record));
    producer->Append(std::move(batch));
  }

  std::vector<SinkRecord> ReadAll(const std::string& topic = "t", std::int32_t partition = 0) {
    const auto reader = broker->OpenReader({topic, partition});
    std::vector<SinkRecord> all;
    for (;;) {
      auto some = reader->Read(100, 1 << 20, 0ms, {});
      if (some.empty()) return all;
      all.insert(all.end(), some.begin(), some.end());
    }
  }
  std::vector<std::string> Values(const std::string& topic = "t", std::int32_t partition = 0) {
    std::vector<std::string> values;
    for (const SinkRecord& record : ReadAll(topic, partition)) values.push_back(Text(record));
    return values;
  }
  /// The messages of the problems of `kind` that the broker lists.
  std::vector<std::string> Problems(ProblemKind kind) {
    std::vector<std::string> messages;
    for (const base::StandingProblem& problem : broker->GetHealth().problems) {
      if (problem.kind == kind) messages.push_back(problem.message);
    }
    return messages;
  }
  Extent ExtentOf(const std::string& topic = "t", std::int32_t partition = 0) {
    return broker->Describe(topic)->partitions[static_cast<std::size_t>(partition)];
  }

  fs::path Folder(const std::string& topic = "t", int partition = 0) const {
    return options.directory / topic / std::to_string(partition);
  }
  fs::path Segment(int base, const std::string& extension = ".log") const {
    std::string name = std::to_string(base);
    return Folder() / (std::string(20 - name.size(), '0') + name + extension);
  }
  std::vector<std::string> Segments() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(Folder())) {
      if (entry.path().extension() == ".log") names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  /// Every segment but the last has its seal.
  bool AllSealed() const {
    const auto names = Segments();
    for (std::size_t i = 0; i + 1 < names.size(); ++i) {
      const std::int64_t base = std::stoll(names[i]);
      if (!ReadSeal(SegmentPaths(Folder(), base).index, base)) return false;
    }
    return true;
  }

  static std::string Slurp(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void Spit(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  }
  static void Flip(const fs::path& path, std::size_t position) {
    std::string bytes = Slurp(path);
    bytes.at(position) = static_cast<char>(bytes.at(position) ^ 0x40);
    Spit(path, bytes);
  }

  EmbeddedOptions options;
  FailingFiles files;
  std::unique_ptr<Broker> broker;
  std::unique_ptr<Producer> producer;
  std::vector<Appended> acked;
};

/// What `call` throws, as text; "nothing" when it does not.
template <class Error, class Call>
std::string MessageOf(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("another exception: ") + error.what();
  }
  return "nothing";
}

}  // namespace framespool::broker::embedded
