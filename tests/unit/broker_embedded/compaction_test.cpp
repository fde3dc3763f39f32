#include "compaction.h"

#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <optional>

#include "compaction_plan.h"
#include "log_fixture.h"
#include "topic_config.h"

namespace framespool::broker::embedded {
namespace {

/// Ends the process, as kill -9 does, at a call that changes something.
class KilledFiles : public FileOps {
 public:
  explicit KilledFiles(int calls) : left_(calls) {}
  ssize_t Write(int fd, const iovec* parts, int count, off_t at) override {
    Count();
    return FileOps::Write(fd, parts, count, at);
  }
  int SyncData(int /*fd*/) override {
    Count();
    return 0;
  }
  int SyncDirectory(int /*fd*/) override {
    Count();
    return 0;
  }

 private:
  void Count() {
    if (left_-- == 0) _exit(9);
  }
  int left_;
};

class CompactionTest : public LogTest {
 protected:
  CompactionTest() { options.segment_bytes = 4096; }

  /// No bytes: a tombstone. Without a source partition of its own each would be the same source's.
  void Put(std::optional<std::string> key, std::optional<std::string> value) {
    SourceRecord record = Record(value.value_or(""));
    if (!value) record.value = Value();
    record.key = std::move(key);
    AppendOne(std::move(record));
  }
  static std::string Key(int number) {
    std::string key = std::to_string(number);
    key.insert(key.begin(), 'k');
    return key;
  }
  std::vector<CompactedPartition> Compacted(std::chrono::milliseconds retention = 24h) {
    Close();
    return Compact(files, options.directory, "t", {.delete_retention = retention, .now = now});
  }
  /// By offset: "KEY=VALUE", "KEY" of a tombstone.
  std::map<std::int64_t, std::string> Left() {
    Open();
    std::map<std::int64_t, std::string> left;
    for (const SinkRecord& record : ReadAll())
      left[record.offset] = record.key.value_or("-") + (record.value.is_null() ? "" : "=" + Text(record));
    return left;
  }

  Timestamp now = Now();
};

using Expected = std::map<std::int64_t, std::string>;

TEST_F(CompactionTest, KeepsTheNewestRecordOfEachKeyAtItsOffset) {
  Open();
  for (int i = 0; i < 300; ++i) Put(Key(i % 3), std::string(200, 'x') + std::to_string(i));
  Put("", "empty");
  Put("last", "one");
  ASSERT_GT(Segments().size(), 10u);
  const auto said = Compacted();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].records_before, 302);
  EXPECT_EQ(said[0].records, 5);
  EXPECT_LT(said[0].bytes * 20, said[0].bytes_before);
  const std::string xs(200, 'x');
  const Expected expected{{297, "k0=" + xs + "297"},
                          {298, "k1=" + xs + "298"},
                          {299, "k2=" + xs + "299"},
                          {300, "=empty"},
                          {301, "last=one"}};
  EXPECT_EQ(Left(), expected);
  EXPECT_EQ(ExtentOf().first, 297);
  EXPECT_EQ(ExtentOf().end, 302);
  Append("next");
  EXPECT_EQ(ReadAll().back().offset, 302);
}

TEST_F(CompactionTest, ReadersPassWhatIsRemovedAndNobodyCallsItLost) {
  Open();
  Put("stays", "1");
  for (int i = 0; i < 20; ++i) Put("moves", std::to_string(i));
  Put("stays too", "2");
  for (int i = 0; i < 10000; ++i) Put("moves", "later");
  Put("end", "3");
  Compacted();
  const Expected expected{{0, "stays=1"}, {21, "stays too=2"}, {10021, "moves=later"}, {10022, "end=3"}};
  EXPECT_EQ(Left(), expected);
  EXPECT_TRUE(broker->GetHealth().problems.empty()) << broker->GetHealth().problems.front().message;
  EXPECT_EQ(broker->RemovedBefore({"t", 0}, 21), 20);
  EXPECT_EQ(broker->RemovedBefore({"t", 0}, 10021), 9999);
  EXPECT_EQ(broker->RemovedBefore({"t", 0}, 10022), 0);
  const auto reader = broker->OpenReader({"t", 0});
  reader->Seek(5);
  EXPECT_EQ(reader->Read(1, 1000, 0ms, {}).at(0).offset, 21);
  EXPECT_EQ(reader->Read(1, 1000, 0ms, {}).at(0).offset, 10021) << "also into the next file";
}

TEST_F(CompactionTest, AnIndexOfWhatIsCompactedIsMadeAnewWithoutALoss) {
  Open();
  Put("stays", "1");
  for (int i = 0; i < 20; ++i) Put("moves", std::to_string(i));
  Put("end", "3");
  Compacted();
  const auto left = Left();
  Close();
  for (const char* index : {"gone", "damaged"}) {
    if (std::string(index) == "gone")
      fs::remove(Segment(0, ".index"));
    else
      Flip(Segment(0, ".index"), 30);
    EXPECT_EQ(Left(), left) << index;
    EXPECT_TRUE(Problems("data-lost").empty()) << index;
    Close();
  }
}

TEST_F(CompactionTest, ARecordThatIsLostAmongThoseRemovedIsCalledLost) {
  Open();
  Put("a", "1");
  for (int i = 0; i < 5; ++i) Put("moves", std::to_string(i));
  Put("b", "damage me");
  for (int i = 0; i < 5; ++i) Put("moves", std::to_string(i));
  Put("end", "3");
  Compacted();
  Flip(Segment(0), Slurp(Segment(0)).find("damage me"));
  EXPECT_EQ(Left().size(), 3u);
  ASSERT_EQ(Problems("data-lost").size(), 1u);
  // It was the one that told of those before it.
  EXPECT_NE(Problems("data-lost")[0].find("6 records at offsets 1 to 6 are lost"), std::string::npos);
  // And it is not compacted again.
  Put("a", "2");
  EXPECT_NE(MessageOf<BrokerError>([&] { Compacted(); }).find("is damaged; a topic with losses"), std::string::npos);
}

TEST_F(CompactionTest, KeepsATombstoneForSoLongFromTheFirstCompactionOnThatMetIt) {
  Open();
  Put("gone", "1");
  Put("gone", std::nullopt);
  Put("end", "1");
  const Expected with{{1, "gone"}, {2, "end=1"}}, without{{2, "end=1"}};
  now += 365 * 24h;  // however old it is by then
  EXPECT_EQ(Compacted(1h)[0].tombstones, 1);
  EXPECT_EQ(Left(), with);
  now += 59min;
  Compacted(1h);
  EXPECT_EQ(Left(), with);
  now += 1min;
  EXPECT_EQ(Compacted(1h)[0].records, 1);
  EXPECT_EQ(Left(), without);
}

TEST_F(CompactionTest, ATombstoneThatIsTheLastRecordStays) {
  Open();
  Put("gone", "1");
  Put("gone", std::nullopt);
  Compacted(0ms);
  now += 1h;
  Compacted(0ms);
  EXPECT_EQ(Left(), (Expected{{1, "gone"}}));
  EXPECT_EQ(ExtentOf().end, 2);
}

TEST_F(CompactionTest, KeepsWhatASourceHasToFindAgainAndTheTombstoneThatHidesIt) {
  Open();
  const auto put = [&](const std::string& key, std::optional<std::string> value, const std::string& file) {
    SourceRecord record = Record(value.value_or(""));
    if (!value) record.value = Value();
    record.key = key;
    record.source_partition = {{"file", file}};
    record.source_offset = {{"line", std::int64_t{7}}};
    AppendOne(std::move(record));
  };
  put("k", "old", "a.txt");
  put("k", std::nullopt, "b.txt");
  put("end", "1", "b.txt");
  put("end", "2", "b.txt");
  Compacted(0ms);
  now += 1h;
  Compacted(0ms);
  EXPECT_EQ(Left(), (Expected{{0, "k=old"}, {1, "k"}, {3, "end=2"}}));
  const auto offsets = [&] {
    Close();
    broker = embedded::Open(options, files);
    return RecoveredOffsets(*broker).size();
  };
  EXPECT_EQ(offsets(), 2u);
  EXPECT_TRUE(Problems("data-lost").empty()) << "a source's recovery passes what is removed as well";
}

TEST_F(CompactionTest, KeepsRecordsWithoutAKey) {
  Open();
  Put(std::nullopt, "1");
  Put(std::nullopt, "2");
  Put("k", "3");
  Put("k", "4");
  EXPECT_EQ(Compacted()[0].without_a_key, 2);
  EXPECT_EQ(Left(), (Expected{{0, "-=1"}, {1, "-=2"}, {3, "k=4"}}));
}

TEST_F(CompactionTest, RefusesRecordsThatNeedThoseBeforeThem) {
  Open();
  for (const SyncPoint point : {SyncPoint::kHere, SyncPoint::kBefore}) {
    SourceRecord record = Record("unit");
    record.key = "camera";
    record.sync_point = point;
    AppendOne(std::move(record));
  }
  EXPECT_NE(MessageOf<BrokerError>([&] { Compacted(); }).find("needs those before it, as video does"),
            std::string::npos);
  EXPECT_EQ(Left().size(), 2u);
}

TEST_F(CompactionTest, RefusesALogThatSomebodyHasOpen) {
  Open();
  Put("k", "1");
  const std::string said = MessageOf<BrokerError>([&] { Compact(files, options.directory, "t", {.now = now}); });
  EXPECT_NE(said.find("is in use by another worker"), std::string::npos);
}

TEST_F(CompactionTest, WhatWasSetAsideStays) {
  Open();
  Put("k", "1");
  Put("k", "2");
  Close();
  Spit(Folder() / "00000000000000000007.log.corrupt-no-record", "look at me");
  Compacted();
  EXPECT_EQ(Slurp(Folder() / "00000000000000000007.log.corrupt-no-record"), "look at me");
  EXPECT_EQ(Left(), (Expected{{1, "k=2"}}));
}

TEST_F(CompactionTest, AFullDiskLeavesTheTopicAsItWas) {
  Open();
  for (int i = 0; i < 100; ++i) Put(Key(i % 9), std::string(100, 'x'));
  Close();
  files.write_error = ENOSPC;
  files.writes_before_failure = 3;
  EXPECT_THROW(Compact(files, options.directory, "t", {.now = now}), RetriableError);
  files.write_error = 0;
  EXPECT_FALSE(fs::exists(Folder().string() + kDraftSuffix));
  EXPECT_EQ(Left().size(), 100u);
}

TEST_F(CompactionTest, AKillAtAnyMomentLeavesTheOldOrTheNew) {
  Open();
  for (int i = 0; i < 60; ++i) Put(Key(i % 7), std::string(300, 'x') + std::to_string(i));
  const auto before = Left();
  Expected after;
  for (std::int64_t offset = 53; offset < 60; ++offset) after[offset] = before.at(offset);
  int killed = 0;
  for (int calls = 0;; ++calls) {
    Close();
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      KilledFiles dying(calls);
      try {
        Compact(dying, options.directory, "t", {.now = now});
      } catch (...) {
        _exit(1);
      }
      _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 1);
    const auto left = Left();
    EXPECT_TRUE(left == before || left == after) << "killed at call " << calls << ": " << left.size() << " records";
    EXPECT_FALSE(fs::exists(Folder().string() + kDraftSuffix)) << "who opens the topic removes what is left";
    EXPECT_TRUE(broker->GetHealth().problems.empty());
    if (WEXITSTATUS(status) == 0) break;
    ++killed;
  }
  EXPECT_GT(killed, 8);
  EXPECT_EQ(Left(), after);
}

}  // namespace
}  // namespace framespool::broker::embedded
