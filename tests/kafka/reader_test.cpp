#include "broker_fixture.h"

#include <atomic>
#include <future>
#include <regex>

namespace framespool::broker {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class KafkaReaderTest : public KafkaBrokerTest {};

TEST_F(KafkaReaderTest, StartsAtTheFirstRecordAndSeeksToAny) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 100, 1000);
  const auto reader = broker->OpenReader({Topic(), 0});
  EXPECT_EQ(reader->position(), 0);
  EXPECT_EQ(Numbers(ReadAll(*reader, 5)), Sequence(0, 5));
  for (const std::int64_t offset : {90, 3, 50, 50, 99, 0}) {
    reader->Seek(offset);
    EXPECT_EQ(reader->position(), offset);
    EXPECT_EQ(Numbers(ReadAll(*reader, 1)), Sequence(offset, 1));
    EXPECT_EQ(reader->position(), offset + 1);
  }
}

TEST_F(KafkaReaderTest, ReadsNoMoreThanAskedFor) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 30, 1000);
  const auto reader = broker->OpenReader({Topic(), 0});
  ASSERT_EQ(ReadAll(*reader, 1).size(), 1U);
  EXPECT_LE(reader->Read(4, 1 << 20, 5s, {}).size(), 4U);
  EXPECT_LE(reader->Read(100, 3000, 5s, {}).size(), 3U);
}

TEST_F(KafkaReaderTest, TellsTheExtentWithItsTimes) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 20);
  const auto reader = broker->OpenReader({Topic(), 0});
  EXPECT_EQ(reader->extent().first, 0);
  EXPECT_EQ(reader->extent().end, 20);
  ASSERT_TRUE(Await([&] { return reader->extent().first_time && reader->extent().last_time; }));
  EXPECT_EQ(*reader->extent().first_time, Numbered("t", 0).timestamp);
  EXPECT_EQ(*reader->extent().last_time, Numbered("t", 19).timestamp);
  Fill(*broker, Topic(), 20, 5);
  EXPECT_TRUE(Await([&] { return reader->extent().end == 25; }));
}

TEST_F(KafkaReaderTest, FindsTheOffsetOfATime) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 20);
  const auto reader = broker->OpenReader({Topic(), 0});
  EXPECT_EQ(reader->OffsetAt(Numbered("t", 7).timestamp), 7);
  EXPECT_EQ(reader->OffsetAt(Numbered("t", 7).timestamp - 1ms), 7);
  EXPECT_EQ(reader->OffsetAt(Timestamp()), 0);
  EXPECT_EQ(reader->OffsetAt(Numbered("t", 20).timestamp), 20);
}

TEST_F(KafkaReaderTest, WaitsForTheNextRecord) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 1);
  const auto reader = broker->OpenReader({Topic(), 0});
  ASSERT_EQ(ReadAll(*reader, 1).size(), 1U);
  EXPECT_THAT(reader->Read(1, 1, 50ms, {}), IsEmpty());
  auto next = std::async(std::launch::async, [&] { return reader->Read(1, 1, 60s, {}); });
  Fill(*broker, Topic(), 1, 1);
  EXPECT_EQ(Numbers(next.get()), Sequence(1, 1));
}

TEST_F(KafkaReaderTest, ReadsOnAtOnceWhenItsReadAheadIsUsedUp) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 300, 100000);
  const auto reader = Persist([&] {
    return broker->OpenReader({Topic(), 0}, Settings({{"queued.max.messages.kbytes", "100"}}));
  });
  // Read ahead is what one fetch brings, some ten records: without help each of the next would wait for a second, all
  // of them for 30.
  std::vector<SinkRecord> records;
  // Less than 30 s by far, and more by far than a busy machine takes.
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (records.size() < 300 && std::chrono::steady_clock::now() < deadline) {
    for (auto& record : Persist([&] { return reader->Read(10, 1 << 20, 200ms, {}); })) {
      records.push_back(std::move(record));
    }
    std::this_thread::sleep_for(5ms);  // decides nothing: a sink at work, while librdkafka reads ahead as far as it may
  }
  EXPECT_EQ(Numbers(records), Sequence(0, 300));
}

TEST_F(KafkaReaderTest, InterruptAndStopEndAWait) {
  const auto broker = OpenKafkaBroker(Options());
  const auto reader = broker->OpenReader({Topic(), 0});
  for (int round = 0; round < 5; ++round) {
    std::atomic<bool> reading = false;
    auto read = std::async(std::launch::async, [&] {
      reading = true;
      return reader->Read(1, 1, 600s, {});
    });
    ASSERT_TRUE(Await([&] { return reading.load(); }));
    reader->Interrupt();
    ASSERT_EQ(read.wait_for(60s), std::future_status::ready);
    EXPECT_THAT(read.get(), IsEmpty());
  }
  std::stop_source stop;
  auto read = std::async(std::launch::async, [&] { return reader->Read(1, 1, 600s, stop.get_token()); });
  stop.request_stop();
  ASSERT_EQ(read.wait_for(60s), std::future_status::ready);
}

TEST_F(KafkaReaderTest, RecordsOutliveTheirReaderAndTheBroker) {
  std::vector<SinkRecord> records;
  {
    const auto broker = OpenKafkaBroker(Options());
    Fill(*broker, Topic(), 0, 3, 100000);
    const auto reader = broker->OpenReader({Topic(), 0});
    records = ReadAll(*reader, 3);
  }
  EXPECT_EQ(Numbers(records), Sequence(0, 3));
  EXPECT_EQ(records[2].value.size(), 100000U);
}

TEST_F(KafkaReaderTest, WaitsBeyondTheEndUntilThatRecordComes) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 5);
  const auto reader = broker->OpenReader({Topic(), 0});
  reader->Seek(7);
  EXPECT_THAT(reader->Read(10, 1 << 20, 300ms, {}), IsEmpty());
  EXPECT_EQ(reader->position(), 7);
  Fill(*broker, Topic(), 5, 4);
  EXPECT_EQ(Numbers(ReadAll(*reader, 2)), Sequence(7, 2));
}

TEST_F(KafkaReaderTest, FollowsAutoOffsetResetBeyondTheEnd) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 5);
  const auto earliest = broker->OpenReader({Topic(), 0}, Settings({{"auto.offset.reset", "earliest"}}));
  earliest->Seek(500);
  EXPECT_EQ(Numbers(ReadAll(*earliest, 5)), Sequence(0, 5));
  const auto latest = broker->OpenReader({Topic(), 0}, Settings({{"auto.offset.reset", "latest"}}));
  latest->Seek(500);
  EXPECT_THAT(latest->Read(1, 1, 500ms, {}), IsEmpty());
  EXPECT_EQ(latest->position(), 5);
  const auto none = broker->OpenReader({Topic(), 0}, Settings({{"auto.offset.reset", "none"}}));
  none->Seek(500);
  EXPECT_THAT(Words<BrokerError>([&] { none->Read(1, 1, 5s, {}); }),
              AllOf(HasSubstr("consumer.override.auto.offset.reset"), HasSubstr("500")));
}

TEST_F(KafkaReaderTest, BelowTheFirstRecordItGoesOnThereUnlessToldOtherwise) {
  const auto broker = OpenKafkaBroker(Options());
  broker->EnsureTopic(
      {.name = Topic(),
       .partitions = {},
       .config = {{"segment.bytes", "1048576"}, {"retention.bytes", "1048576"}, {"file.delete.delay.ms", "0"}}});
  Fill(*broker, Topic(), 0, 50, 100000);
  const auto asked = broker->OpenReader({Topic(), 0});
  ASSERT_TRUE(Await([&] { return asked->extent().first > 0; }));
  asked->Seek(0);
  const auto records = ReadAll(*asked, 1);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_GT(records[0].offset, 0);
  EXPECT_EQ(NumberOf(records[0]), records[0].offset);
  const auto latest = broker->OpenReader({Topic(), 0}, Settings({{"auto.offset.reset", "latest"}}));
  latest->Seek(0);
  EXPECT_THAT(latest->Read(1, 1, 500ms, {}), IsEmpty());
  EXPECT_EQ(latest->position(), 50);
}

TEST_F(KafkaReaderTest, RefusesAPartitionThatTheTopicHasNot) {
  const auto broker = OpenKafkaBroker(Options());
  EXPECT_THAT(Words<BrokerError>([&] {
                broker->OpenReader({Topic(), 4});
              }),
              AllOf(HasSubstr("partition 4"), HasSubstr("it has 1")));
}

TEST_F(KafkaReaderTest, TellsTheConsumerGroupWhereTheSinkIs) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 10);
  broker->NoteConsumerOffset("connect-" + Topic(), {Topic(), 0}, 4);
  const std::regex line(Topic() + " +0 +4 +10 +6 ");  // TOPIC PARTITION CURRENT-OFFSET LOG-END-OFFSET LAG
  std::string told;
  EXPECT_TRUE(Await(
      [&] {
        told = Kafka().Tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
                            {"--bootstrap-server", Kafka().plain(), "--describe", "--group", "connect-" + Topic()});
        return std::regex_search(told, line);
      },
      30s))
      << told;
}

}  // namespace
}  // namespace framespool::broker
