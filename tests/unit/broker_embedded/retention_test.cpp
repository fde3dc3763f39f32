#include <fcntl.h>
#include <sys/stat.h>

#include "log_fixture.h"

namespace framespool::broker::embedded {
namespace {

using testing::SizeIs;

class RetentionTest : public LogTest {
 protected:
  RetentionTest() {
    options.segment_bytes = 10000;
    options.sync_interval = 1ms;
  }
  void AppendMany(int count, const std::string& topic = "t") {
    for (int i = 0; i < count; ++i) Append(std::string(900, 'x'), topic);
  }
  std::uint64_t TotalBytes() {
    std::uint64_t bytes = 0;
    for (const TopicInfo& topic : broker->Topics()) bytes += topic.bytes;
    return bytes;
  }
  /// retention.bytes is looked after when a segment is full: less than one more is left then, and the last one grows
  /// on.
  bool IsLeft(std::uint64_t retention_bytes, std::uint64_t segment_bytes) {
    return Eventually([&] { return broker->Describe("t")->bytes < retention_bytes + 2 * segment_bytes; });
  }
};

TEST_F(RetentionTest, LeavesASyncPointInFront) {
  options.retention_bytes = 30000;
  Open();
  constexpr int kGroup = 14;  // more than a segment takes otherwise
  for (int i = 0; i < 20 * kGroup; ++i) {
    SourceRecord record = Record(std::string(900, 'x'));
    record.sync_point = i % kGroup == 0 ? SyncPoint::kHere : SyncPoint::kBefore;
    AppendOne(std::move(record));
  }
  ASSERT_TRUE(IsLeft(30000, 15000));
  for (const auto& segment : Segments()) EXPECT_EQ(std::stoi(segment) % kGroup, 0) << segment;
  const std::int64_t first = ExtentOf().first;
  EXPECT_GT(first, 0);
  EXPECT_EQ(broker->OpenReader({"t", 0})->SyncPointAtOrBefore(first), first);
}

TEST_F(RetentionTest, DropsWhereNoSyncPointComesAsWell) {
  options.retention_bytes = 30000;
  Open();
  for (int i = 0; i < 200; ++i) {
    SourceRecord record = Record(std::string(900, 'x'));
    record.sync_point = SyncPoint::kBefore;
    AppendOne(std::move(record));
  }
  EXPECT_TRUE(IsLeft(30000, 21000));
  EXPECT_GT(ExtentOf().first, 100);
}

TEST_F(RetentionTest, DropsTheOldestSegmentsBeyondRetentionBytes) {
  Open();
  broker->EnsureTopic({"t", 1, {{"retention.bytes", "30000"}}});
  AppendMany(200);
  EXPECT_TRUE(IsLeft(30000, 11000));
  // Each look may find one segment fewer, as long as retention has not come to rest.
  const Extent extent = ExtentOf();
  EXPECT_EQ(extent.end, 200);
  EXPECT_GT(extent.first, 100);
  EXPECT_TRUE(Eventually([&] { return Segments().front() == Segment(static_cast<int>(ExtentOf().first)).filename(); }));
  const auto records = ReadAll();
  EXPECT_GE(records.front().offset, extent.first);
  EXPECT_EQ(records.back().offset, 199);
  EXPECT_EQ(static_cast<std::int64_t>(records.size()), 200 - records.front().offset);
  EXPECT_GE(broker->Describe("t")->bytes, 20000u);
  Open();
  EXPECT_GE(ExtentOf().first, records.front().offset);
  EXPECT_EQ(ExtentOf().end, 200);
}

TEST_F(RetentionTest, DropsNothingWhereSomebodyOnlyLooks) {
  options.retention_bytes = 0;
  Open();
  AppendMany(50);
  options.keeps_all = true;
  options.retention_bytes = 20000;
  Open();
  broker->Sync();
  EXPECT_THAT(ReadAll(), SizeIs(50));
  Close();  // and with it what a thread would have done by now
  EXPECT_THAT(Segments(), SizeIs(testing::Gt(3U)));
  options.keeps_all = false;
  Open();
  EXPECT_TRUE(Eventually([&] { return ExtentOf().first > 0; })) << "else this test would say nothing";
}

TEST_F(RetentionTest, EmptiesAnIdleTopicAfterItsTimeAndRemembersTheOffset) {
  Open();
  broker->EnsureTopic({"t", 1, {{"retention.ms", "100"}}});
  AppendMany(25);
  EXPECT_TRUE(Eventually([&] { return ExtentOf().first == 25; }));
  EXPECT_EQ(ExtentOf().end, 25);
  EXPECT_TRUE(Eventually([&] { return Segments().size() == 1; }));
  Open();
  EXPECT_EQ(ExtentOf().first, 25);
  Append("next");
  EXPECT_EQ(acked.back().offset, 25);
}

TEST_F(RetentionTest, DropsWhatExpiredWhileTheWorkerWasDown) {
  Open();
  AppendMany(100);
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Close();
  const timespec old[2] = {{1000000000, 0}, {1000000000, 0}};
  const auto names = Segments();
  for (std::size_t i = 0; i < 3; ++i) ASSERT_EQ(utimensat(AT_FDCWD, (Folder() / names[i]).c_str(), old, 0), 0);
  Open();
  EXPECT_TRUE(Eventually([&] { return ExtentOf().first == std::stoll(names[3]); }));
  EXPECT_EQ(ExtentOf().end, 100);
}

TEST_F(RetentionTest, KeepsRecordsWithOldTimestampsForTheirFullTime) {
  options.retention_time = std::chrono::hours(1);
  options.retention_bytes = 50000;  // shows that retention has looked
  Open();
  for (int i = 0; i < 200; ++i) {
    SourceRecord record = Record(std::string(900, 'x'));
    record.timestamp = Timestamp(0ms);
    AppendOne(std::move(record));
  }
  ASSERT_TRUE(IsLeft(50000, 11000));
  EXPECT_GE(broker->Describe("t")->bytes, 40000u);
}

TEST_F(RetentionTest, KeepsAllTopicsTogetherBelowTheTotalByDroppingTheOldest) {
  options.total_bytes = 100000;
  Open();
  AppendMany(60);
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  AppendMany(200, "new");
  EXPECT_TRUE(Eventually([&] { return TotalBytes() <= 100000; }));
  EXPECT_GT(ExtentOf("t").first, 40);  // all but its last segment
  EXPECT_GT(TotalBytes(), 70000u);
  EXPECT_EQ(ExtentOf("new").end, 200);
}

TEST_F(RetentionTest, KeepsTheTotalWhenNothingButItsLastSegmentGrows) {
  options.total_bytes = 100000;
  Open();
  AppendMany(91);
  ASSERT_TRUE(Eventually([&] { return AllSealed() && TotalBytes() > 90000; }));
  ASSERT_EQ(ExtentOf().first, 0);
  AppendMany(9);  // all of them go into the segment that the 91st began
  EXPECT_EQ(Segments().back(), Segment(90).filename());
  EXPECT_TRUE(Eventually([&] { return TotalBytes() <= 100000; }));
  EXPECT_EQ(ExtentOf().first, 10);
}

TEST_F(RetentionTest, AReaderBehindTheFirstRecordGoesOnThere) {
  options.retention_bytes = 30000;
  Open();
  Append("first");
  const auto reader = broker->OpenReader({"t", 0});
  const auto held = reader->Read(1, 1, 0ms, {});
  AppendMany(200);
  ASSERT_TRUE(IsLeft(30000, 11000));
  const auto records = reader->Read(1, 1, 0ms, {});
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_GT(records[0].offset, 100);
  EXPECT_LE(records[0].offset, ExtentOf().first);
  EXPECT_EQ(Text(held[0]), "first");
}

TEST_F(RetentionTest, ARetentionOfZeroKeepsNothingAsInKafka) {
  Open();
  broker->EnsureTopic({"t", 1, {{"retention.ms", "0"}}});
  EXPECT_EQ(broker->Describe("t")->config.at("retention.ms"), "0");
  AppendMany(50);
  ASSERT_TRUE(Eventually([&] { return ExtentOf("t").first == 50; }));
  AppendMany(1);
  ASSERT_TRUE(Eventually([&] { return ExtentOf("t").first == 51; }));
}

TEST_F(RetentionTest, NoLimitMeansNoLimit) {
  options.retention_bytes = 1;
  options.retention_time = 1ms;
  Open();
  broker->EnsureTopic({"t", 1, {{"retention.ms", "-1"}, {"retention.bytes", "-1"}}});
  AppendMany(50);
  AppendMany(50, "other");
  ASSERT_TRUE(Eventually([&] { return ExtentOf("other").first == 50; }));
  EXPECT_EQ(ExtentOf("t").first, 0);
}

}  // namespace
}  // namespace framespool::broker::embedded
