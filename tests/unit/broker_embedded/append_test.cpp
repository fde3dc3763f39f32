#include "log_fixture.h"
#include "murmur2.h"

namespace framespool::broker::embedded {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using AppendTest = LogTest;

TEST_F(AppendTest, GivesBackWhatWasAppended) {
  Open();
  SourceRecord record = Record("pixels");
  record.key = "camera";
  record.headers = {{"content-type", "image/jpeg"}, {"empty", ""}, {"content-type", "image/png"}};
  record.timestamp = Timestamp(1234567890123ms);
  record.source_partition = {{"file", std::string("/data/a.mp4")}};
  record.source_offset = {{"frame", std::int64_t{1}}};
  const Headers headers = record.headers;
  AppendOne(std::move(record));

  const auto check = [&] {
    const auto records = ReadAll();
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].topic, "t");
    EXPECT_EQ(records[0].partition, 0);
    EXPECT_EQ(records[0].offset, 0);
    EXPECT_EQ(records[0].key, "camera");
    EXPECT_EQ(Text(records[0]), "pixels");
    EXPECT_EQ(records[0].headers, headers);
    EXPECT_EQ(records[0].timestamp, Timestamp(1234567890123ms));
  };
  check();
  Open();  // now from disk
  check();
}

TEST_F(AppendTest, AcknowledgesEveryRecordWithItsPlaceAndAGrowingSequence) {
  Open();
  std::vector<SourceRecord> batch;
  for (const char* value : {"a", "b", "c"}) batch.push_back(Record(value));
  producer->Append(std::move(batch));
  Append("d");
  ASSERT_THAT(acked, SizeIs(4));
  for (std::size_t i = 0; i < acked.size(); ++i) {
    EXPECT_EQ(acked[i].offset, static_cast<std::int64_t>(i));
    if (i > 0) {
      EXPECT_GT(acked[i].sequence, acked[i - 1].sequence);
    }
  }
  EXPECT_EQ(producer->Outstanding(), 0u);
}

TEST_F(AppendTest, GoesOnAtTheNextOffsetAfterAReopen) {
  for (int i = 0; i < 5; ++i) {
    Open();
    Append(std::to_string(i));
  }
  EXPECT_THAT(Values(), ElementsAre("0", "1", "2", "3", "4"));
  Open();
  EXPECT_THAT(Values(), ElementsAre("0", "1", "2", "3", "4"));
}

TEST_F(AppendTest, TakesAnEmptyValueAndAValueLargerThanASegment) {
  options.segment_bytes = 5000;
  Open();
  const std::string large(70000, 'L');
  Append("");
  Append(large);
  Append("after");
  EXPECT_THAT(Values(), ElementsAre("", large, "after"));
  Open();
  EXPECT_THAT(Values(), ElementsAre("", large, "after"));
}

TEST_F(AppendTest, SplitsOneBatchOverSegments) {
  options.segment_bytes = 5000;
  Open();
  std::vector<SourceRecord> batch;
  for (int i = 0; i < 100; ++i) batch.push_back(Record(std::to_string(i) + std::string(300, '.')));
  producer->Append(std::move(batch));
  EXPECT_GT(Segments().size(), 5u);
  EXPECT_TRUE(Eventually([&] { return AllSealed(); }));
  Open();
  const auto records = ReadAll();
  ASSERT_THAT(records, SizeIs(100));
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(records[static_cast<std::size_t>(i)].value.text().substr(0, 2), std::to_string(i) + (i < 10 ? "." : ""));
}

TEST_F(AppendTest, SendsAKeyWhereKafkasPartitionerDoes) {
  Open();
  broker->EnsureTopic({"t", 5, {}});
  for (const char* key : {"21", "foobar", "camera-1", "camera-2"}) {
    SourceRecord record = Record(key);
    record.key = key;
    AppendOne(std::move(record));
    EXPECT_EQ(acked.back().partition, PartitionOfKey(key, 5));
  }
}

TEST_F(AppendTest, SpreadsBatchesWithoutKeysOverThePartitionsInTurn) {
  Open();
  broker->EnsureTopic({"t", 3, {}});
  for (int i = 0; i < 6; ++i) Append(std::to_string(i));
  EXPECT_THAT(Values("t", 0), ElementsAre("0", "3"));
  EXPECT_THAT(Values("t", 1), ElementsAre("1", "4"));
  EXPECT_THAT(Values("t", 2), ElementsAre("2", "5"));
}

TEST_F(AppendTest, RefusesAPartitionThatDoesNotExist) {
  Open();
  broker->EnsureTopic({"t", 2, {}});
  for (const std::int32_t partition : {-1, 2}) {
    SourceRecord record = Record("x");
    record.partition = partition;
    EXPECT_THAT(MessageOf<BrokerError>([&] { AppendOne(std::move(record)); }),
                AllOf(HasSubstr("partition " + std::to_string(partition)), HasSubstr("which has 2 (0 to 1)")));
  }
  EXPECT_THAT(Values("t", 0), IsEmpty());
  EXPECT_THAT(Values("t", 1), IsEmpty());
}

TEST_F(AppendTest, RefusesARecordOverMaxMessageBytesAndTakesNothingOfItsBatch) {
  Open();
  broker->EnsureTopic({"t", 1, {{"max.message.bytes", "1000"}}});
  std::vector<SourceRecord> batch;
  batch.push_back(Record("small"));
  batch.push_back(Record(std::string(1001, 'x')));
  EXPECT_THAT(MessageOf<BrokerError>([&] { producer->Append(std::move(batch)); }),
              AllOf(HasSubstr("1001 bytes"), HasSubstr("max.message.bytes of 1000")));
  EXPECT_THAT(Values(), IsEmpty());
  Append(std::string(1000, 'x'));
  EXPECT_THAT(Values(), SizeIs(1));
}

TEST_F(AppendTest, SyncsBeforeEachAcknowledgementWhenTheIntervalIsZero) {
  options.sync_interval = 0ms;
  Open();
  for (int i = 0; i < 3; ++i) {
    const int before = files.syncs;
    Append("x");
    EXPECT_GT(files.syncs, before);
  }
}

TEST_F(AppendTest, SyncsWithinTheIntervalAndThenRests) {
  options.sync_interval = 5ms;
  Open();
  Append("x");
  EXPECT_TRUE(Eventually([&] {
    return files.syncs > 0 && fs::exists(Segment(0, ".index")) && fs::file_size(Segment(0, ".index")) == 24;
  }));
  const int syncs = files.syncs;
  EXPECT_EQ(broker->SyncTimes()->Read().count, 1) << "the index and seals are not counted";
  broker->Sync();  // nothing to do
  EXPECT_EQ(files.syncs, syncs);
}

}  // namespace
}  // namespace framespool::broker::embedded
