#include <sys/stat.h>

#include <map>
#include <set>

#include <broker_embedded/log_copy.h>

#include "log_fixture.h"

namespace framespool::broker::embedded {

namespace {

constexpr int kCopiedPartitions = 4;
constexpr int kWriters = 3;

class LogCopyTest : public LogTest {
 public:
  ~LogCopyTest() override { fs::remove_all(copies_); }

 protected:
  LogCopyTest() : copies_(options.directory.string() + "-copies") {
    options.retention_bytes = 0;
    fs::create_directory(copies_);
    Open();
  }

  void MakeTopic(const std::string& segment_bytes) {
    broker->EnsureTopic({.name = "t", .partitions = kCopiedPartitions, .config = {{"segment.bytes", segment_bytes}}});
  }

  fs::path NewFolder() {
    const fs::path folder = copies_ / std::to_string(++number_);
    fs::create_directory(folder);
    return folder;
  }

  /// What each writer has in a log: its numbers, in all partitions.
  static std::map<std::string, std::set<int>> NumbersIn(Broker& log) {
    std::map<std::string, std::set<int>> numbers;
    for (std::int32_t partition = 0; partition < kCopiedPartitions; ++partition) {
      const auto reader = log.OpenReader({"t", partition}, {});
      for (;;) {
        const auto records = reader->Read(500, 1 << 20, 0ms, {});
        if (records.empty()) break;
        for (const SinkRecord& record : records) {
          const bool is_new = numbers[record.key.value()].insert(std::stoi(Text(record))).second;
          EXPECT_TRUE(is_new) << "there twice: " << Text(record);
        }
      }
    }
    return numbers;
  }

  std::unique_ptr<Broker> OpenCopy(const fs::path& folder) {
    EmbeddedOptions of_copy = options;
    of_copy.directory = folder;
    return embedded::Open(of_copy, files);
  }

  const fs::path copies_;
  int number_ = 0;
};

TEST_F(LogCopyTest, HoldsOfEachWriterWhatItWroteUpToOneMomentWhateverThePartition) {
  MakeTopic("1000000");
  std::vector<std::atomic<int>> written(kWriters);
  std::vector<std::jthread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer](const std::stop_token& stop) {
      const std::string name = "writer-" + std::to_string(writer);
      const auto own = broker->OpenProducer({.connector = name}, [](auto, auto, const auto&) {});
      for (int next = 0; !stop.stop_requested();) {
        std::vector<SourceRecord> batch;
        for (int i = 0; i < 1 + next % 3; ++i) {
          SourceRecord record = Record(std::to_string(next + i) + std::string(200, ' '));
          record.key = name;
          record.partition = (next + i) % kCopiedPartitions;
          batch.push_back(std::move(record));
        }
        next += static_cast<int>(batch.size());
        own->Append(std::move(batch));
        std::this_thread::sleep_for(100us);  // decides nothing: how much there is to copy
        written[static_cast<std::size_t>(writer)] = next;
      }
    });
  }
  for (int round = 0; round < 20; ++round) {
    const fs::path folder = NewFolder();
    std::vector<int> before;
    for (const auto& count : written) before.push_back(count);
    ASSERT_TRUE(CopyLog(options.directory, folder));
    const auto numbers = NumbersIn(*OpenCopy(folder));
    for (int writer = 0; writer < kWriters; ++writer) {
      const auto found = numbers.find("writer-" + std::to_string(writer));
      const int count = found == numbers.end() ? 0 : static_cast<int>(found->second.size());
      EXPECT_GE(count, before[static_cast<std::size_t>(writer)]) << "what was written before is missing";
      const int last = count == 0 ? -1 : *found->second.rbegin();
      EXPECT_EQ(last, count - 1) << "a later record is there, an earlier one is not";
    }
  }
}

TEST_F(LogCopyTest, SharesFullSegmentsAndNeverTheOneThatIsWrittenTo) {
  const auto file_number = [](const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_ino;
  };
  MakeTopic("4096");
  for (int i = 0; i < 40; ++i) {
    SourceRecord record = Record(std::string(400, 'x'));
    record.partition = 0;
    AppendOne(std::move(record));
  }
  broker->Sync();
  ASSERT_TRUE(AllSealed());
  const auto names = Segments();
  ASSERT_GT(names.size(), 2u);
  for (const bool links : {true, false}) {
    const fs::path folder = NewFolder();
    const auto copy = CopyLog(options.directory, folder, {.links = links});
    ASSERT_TRUE(copy);
    EXPECT_EQ(copy->topics, 1u);
    EXPECT_EQ(copy->linked_bytes > 0, links);
    for (const std::string& name : names) {
      const bool is_shared = file_number(Folder() / name) == file_number(folder / "t" / "0" / name);
      EXPECT_EQ(is_shared, links && name != names.back()) << name;
      EXPECT_EQ(fs::last_write_time(Folder() / name), fs::last_write_time(folder / "t" / "0" / name));
    }
  }
}

TEST_F(LogCopyTest, WhatIsWrittenToTheCopyIsNotInTheLog) {
  MakeTopic("4096");
  for (int i = 0; i < 40; ++i) Append(std::string(400, 'x'));
  broker->Sync();
  const fs::path folder = NewFolder();
  ASSERT_TRUE(CopyLog(options.directory, folder));
  const std::vector<SinkRecord> before = ReadAll();
  {
    const auto copy = OpenCopy(folder);
    RecoveredOffsets(*copy);
    const auto own = copy->OpenProducer({.connector = "other"}, [](auto, auto, const auto&) {});
    for (int i = 0; i < 40; ++i) {
      std::vector<SourceRecord> batch;
      batch.push_back(Record("of the copy"));
      own->Append(std::move(batch));
    }
  }
  Open();
  EXPECT_EQ(ReadAll().size(), before.size());
}

TEST_F(LogCopyTest, LeavesOutWhatIsNoneOfTheLogs) {
  MakeTopic("4096");
  Append("one");
  fs::create_directories(options.directory / "~gone" / "0");
  Spit(options.directory / "note.txt", "mine");
  Spit(Folder() / "00000000000000000000.log.corrupt-no-record", "bad");
  const fs::path folder = NewFolder();
  ASSERT_TRUE(CopyLog(options.directory, folder));
  EXPECT_FALSE(fs::exists(folder / "~gone"));
  EXPECT_FALSE(fs::exists(folder / "note.txt"));
  EXPECT_TRUE(fs::exists(folder / "t" / "topic.properties"));
  std::size_t number = 0;
  for (const auto& entry : fs::directory_iterator(folder / "t" / "0")) number += entry.is_regular_file() ? 1 : 0;
  EXPECT_LE(number, 1u);
}

}  // namespace

}  // namespace framespool::broker::embedded
