#include "log_fixture.h"

namespace framespool::broker::embedded {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using ReaderTest = LogTest;

std::vector<std::int64_t> Offsets(const std::vector<SinkRecord>& records) {
  std::vector<std::int64_t> offsets;
  for (const SinkRecord& record : records) offsets.push_back(record.offset);
  return offsets;
}

TEST_F(ReaderTest, StartsAtTheFirstRecordAndGoesWhereItIsSent) {
  Open();
  for (int i = 0; i < 10; ++i) Append(std::to_string(i));
  const auto reader = broker->OpenReader({"t", 0});
  EXPECT_EQ(reader->position(), 0);
  EXPECT_THAT(Offsets(reader->Read(3, 1000, 0ms, {})), ElementsAre(0, 1, 2));
  EXPECT_EQ(reader->position(), 3);
  reader->Seek(8);
  EXPECT_THAT(Offsets(reader->Read(5, 1000, 0ms, {})), ElementsAre(8, 9));
  EXPECT_THAT(reader->Read(5, 1000, 0ms, {}), IsEmpty());
  reader->Seek(-5);
  EXPECT_THAT(Offsets(reader->Read(1, 1000, 0ms, {})), ElementsAre(0));
}

TEST_F(ReaderTest, StopsWhenTheBytesAskedForAreReachedButAlwaysGivesOne) {
  Open();
  for (int i = 0; i < 10; ++i) Append(std::string(100, 'x'));
  const auto reader = broker->OpenReader({"t", 0});
  EXPECT_THAT(reader->Read(10, 250, 0ms, {}), SizeIs(3));
  EXPECT_THAT(reader->Read(10, 0, 0ms, {}), SizeIs(1));
  EXPECT_THAT(reader->Read(0, 1000, 0ms, {}), SizeIs(1));
}

TEST_F(ReaderTest, ReadsOnlyTheBeginningOfValuesThatAreMeasured) {
  Open();
  const std::string large = std::string(100, 'a') + std::string(200'000, 'b');
  Append(large);
  Append("short");
  SourceRecord with_long_header = Record(large);
  with_long_header.headers.push_back({"long", std::string(5'000, 'h')});
  AppendOne(std::move(with_long_header));
  Open();  // what was appended just now is at hand whole
  const auto reader = broker->OpenReader({"t", 0});
  const auto beginnings = reader->ReadBeginnings(10, 100, 0ms, {});
  ASSERT_THAT(beginnings, SizeIs(3));
  for (const RecordBeginning& each : beginnings) {
    const std::string& written = each.record.offset == 1 ? "short" : large;
    EXPECT_EQ(each.value_size, written.size());
    EXPECT_TRUE(written.starts_with(Text(each.record)));
    EXPECT_GE(Text(each.record).size(), std::min<std::size_t>(100, written.size()));
    EXPECT_LT(Text(each.record).size(), 2'000u);
  }
  EXPECT_EQ(beginnings[2].record.headers.back().value.size(), 5'000u);
  EXPECT_EQ(reader->position(), 3);
  // Who reads them gets all, whatever somebody has measured.
  reader->Seek(0);
  EXPECT_EQ(Text(reader->Read(1, 1, 0ms, {}).at(0)), large);
}

TEST_F(ReaderTest, WaitsForARecordThatIsAppendedLater) {
  Open();
  const auto reader = broker->OpenReader({"t", 0});
  std::vector<SinkRecord> got;
  std::jthread waiting([&] { got = reader->Read(10, 1000, 60s, {}); });
  Append("news");
  waiting.join();
  ASSERT_THAT(got, SizeIs(1));
  EXPECT_EQ(Text(got[0]), "news");
}

TEST_F(ReaderTest, WaitsBeyondTheEndForExactlyThatRecord) {
  Open();
  Append("0");
  const auto reader = broker->OpenReader({"t", 0});
  reader->Seek(2);
  EXPECT_THAT(reader->Read(10, 1000, 1ms, {}), IsEmpty());
  Append("1");
  EXPECT_THAT(reader->Read(10, 1000, 1ms, {}), IsEmpty());
  Append("2");
  EXPECT_THAT(Offsets(reader->Read(10, 1000, 60s, {})), ElementsAre(2));
}

TEST_F(ReaderTest, ReturnsWithNothingWhenInterruptedOrStoppedWhileItWaits) {
  Open();
  const auto reader = broker->OpenReader({"t", 0});
  const auto forever = std::chrono::milliseconds::max();
  {
    std::jthread interrupting([&] { reader->Interrupt(); });
    EXPECT_THAT(reader->Read(1, 1, forever, {}), IsEmpty());
  }
  {
    std::stop_source stop;
    std::jthread stopping([&] { stop.request_stop(); });
    EXPECT_THAT(reader->Read(1, 1, forever, stop.get_token()), IsEmpty());
  }
}

TEST_F(ReaderTest, AnInterruptBetweenReadsEndsTheNextOneOnly) {
  Open();
  Append("x");
  const auto reader = broker->OpenReader({"t", 0});
  reader->Interrupt();
  EXPECT_THAT(reader->Read(1, 1, 60s, {}), IsEmpty());
  EXPECT_THAT(reader->Read(1, 1, 60s, {}), SizeIs(1));
}

TEST_F(ReaderTest, KnowsTheTimesOfTheFirstAndLastRecord) {
  options.segment_bytes = 4096;
  Open();
  broker->EnsureTopic({"t", 1, {}});
  EXPECT_FALSE(ExtentOf().first_time);
  for (int i = 0; i < 50; ++i) {
    SourceRecord record = Record(std::string(500, 'x'));
    record.timestamp = Timestamp(std::chrono::milliseconds(1000 + i));
    AppendOne(std::move(record));
  }
  const auto check = [&] {
    const Extent extent = broker->OpenReader({"t", 0})->extent();
    EXPECT_EQ(extent.first, 0);
    EXPECT_EQ(extent.end, 50);
    EXPECT_EQ(extent.first_time, Timestamp(1000ms));
    EXPECT_EQ(extent.last_time, Timestamp(1049ms));
  };
  check();
  Open();
  check();
}

TEST_F(ReaderTest, FindsTheFirstOffsetAtOrAfterATime) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 100; ++i) {
    SourceRecord record = Record(std::string(300, 'x'));
    record.timestamp = Timestamp(std::chrono::milliseconds(1000 + 10 * i));
    AppendOne(std::move(record));
  }
  for (int round = 0; round < 2; ++round) {
    auto reader = broker->OpenReader({"t", 0});
    EXPECT_EQ(reader->OffsetAt(Timestamp(0ms)), 0);
    EXPECT_EQ(reader->OffsetAt(Timestamp(1000ms)), 0);
    for (int i = 1; i < 100; ++i) {
      EXPECT_EQ(reader->OffsetAt(Timestamp(std::chrono::milliseconds(1000 + 10 * i - 9))), i);
      EXPECT_EQ(reader->OffsetAt(Timestamp(std::chrono::milliseconds(1000 + 10 * i))), i);
    }
    EXPECT_EQ(reader->OffsetAt(Timestamp(1991ms)), 100);
    reader.reset();
    Open();
  }
}

TEST_F(ReaderTest, FindsTheFirstOffsetAtOrAfterATimeWhenTimesGoBackAndForth) {
  options.segment_bytes = 4096;
  Open();
  std::vector<int> times;
  for (int i = 0; i < 60; ++i) times.push_back(1000 + (i * 37) % 101);
  for (const int time : times) {
    SourceRecord record = Record(std::string(400, 'x'));
    record.timestamp = Timestamp(std::chrono::milliseconds(time));
    AppendOne(std::move(record));
  }
  const auto reader = broker->OpenReader({"t", 0});
  for (int wanted = 990; wanted < 1110; ++wanted) {
    const auto first = std::find_if(times.begin(), times.end(), [&](int time) { return time >= wanted; });
    EXPECT_EQ(reader->OffsetAt(Timestamp(std::chrono::milliseconds(wanted))), first - times.begin()) << wanted;
  }
}

TEST_F(ReaderTest, PassesTheFileThatSomebodyRemovesWhileTheBrokerRuns) {
  options.segment_bytes = 4096;
  Open();
  for (int i = 0; i < 20; ++i) Append(std::string(900, 'x'));
  ASSERT_TRUE(Eventually([&] { return AllSealed(); }));
  Open();
  fs::remove(Segment(4));
  const auto reader = broker->OpenReader({"t", 0});
  EXPECT_THAT(reader->Read(100, 1 << 20, 0ms, {}), SizeIs(16));
  EXPECT_EQ(reader->position(), 20);
  EXPECT_THAT(Problems("data-lost"), ElementsAre(AllOf(HasSubstr("offsets 4 to 7"), HasSubstr("missing"))));
}

TEST_F(ReaderTest, RefusesAPartitionThatDoesNotExistAndCreatesATopicThatDoesNot) {
  Open();
  EXPECT_THAT(MessageOf<BrokerError>([&] {
                broker->OpenReader({"fresh", 1});
              }),
              AllOf(HasSubstr("fresh"), HasSubstr("no partition 1")));
  EXPECT_NO_THROW(broker->OpenReader({"fresh", 0}));
  EXPECT_TRUE(broker->Describe("fresh"));
}

}  // namespace
}  // namespace framespool::broker::embedded
