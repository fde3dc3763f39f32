#include "broker_fixture.h"

namespace framespool::broker {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class KafkaProducerTest : public KafkaBrokerTest {};

TEST_F(KafkaProducerTest, AcknowledgesRecordsInOrderWhereTheyStand) {
  const auto broker = OpenKafkaBroker(Options());
  Acks acks;
  const auto producer = broker->OpenProducer({.connector = "c"}, acks.handler());
  Append(*producer, Topic(), 0, 200);
  ASSERT_TRUE(Drain(*producer));
  EXPECT_EQ(acks.numbers(), Sequence(0, 200));
  for (std::size_t i = 0; i < acks.where.size(); ++i) EXPECT_EQ(acks.where[i].offset, static_cast<std::int64_t>(i));
  EXPECT_TRUE(std::is_sorted(acks.where.begin(), acks.where.end(),
                             [](const Appended& a, const Appended& b) { return a.sequence < b.sequence; }));
}

TEST_F(KafkaProducerTest, KeepsEveryPartOfARecord) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 1);
  const auto reader = broker->OpenReader({Topic(), 0});
  const auto records = ReadAll(*reader, 1);
  ASSERT_EQ(records.size(), 1U);
  const SourceRecord sent = Numbered(Topic(), 0);
  EXPECT_EQ(records[0].key, sent.key);
  EXPECT_EQ(records[0].value.text(), sent.value.text());
  EXPECT_EQ(records[0].headers, sent.headers);
  EXPECT_EQ(records[0].timestamp, sent.timestamp);
}

TEST_F(KafkaProducerTest, ChoosesThePartitionOfAKeyAsJavaDoes) {
  const auto broker = OpenKafkaBroker(Options());
  broker->EnsureTopic({.name = Topic(), .partitions = 10, .config = {}});
  Acks acks;
  const auto producer = broker->OpenProducer({.connector = "c"}, acks.handler());
  for (const char* key : {"camera-1", "camera-2", "cam"}) {
    SourceRecord record = Numbered(Topic(), 0);
    record.key = key;
    producer->Append({record});
  }
  SourceRecord chosen = Numbered(Topic(), 0);
  chosen.partition = 9;
  producer->Append({chosen});
  ASSERT_TRUE(Drain(*producer));
  std::vector<std::int32_t> partitions;
  for (const auto& where : acks.where) partitions.push_back(where.partition);
  // org.apache.kafka.common.utils.Utils: toPositive(murmur2(key)) % 10.
  EXPECT_THAT(partitions, ElementsAre(2, 9, 9, 9));
}

TEST_F(KafkaProducerTest, NamesTheSizesOfARecordThatIsTooLargeAndGoesOnBehindIt) {
  const auto broker = OpenKafkaBroker(Options());
  broker->EnsureTopic({.name = Topic(), .partitions = {}, .config = {{"max.message.bytes", "300000"}}});
  Acks acks;
  const auto producer = broker->OpenProducer(Settings({{"max.request.size", "500000"}}, {Topic()}), acks.handler());
  producer->Append({Numbered(Topic(), 0, 100000), Numbered(Topic(), 1, 400000), Numbered(Topic(), 2, 600000),
                    Numbered(Topic(), 3, 100000)});
  ASSERT_TRUE(Drain(*producer));
  EXPECT_EQ(acks.numbers(), (std::vector<std::int64_t>{0, 3}));
  EXPECT_THAT(acks.errors,
              ElementsAre(AllOf(HasSubstr("400000"), HasSubstr("300000"), HasSubstr("max.message.bytes")),
                          AllOf(HasSubstr("600000"), HasSubstr("500000"), HasSubstr("message.max.bytes"))));
}

TEST_F(KafkaProducerTest, BatchesNeverExceedWhatTheTopicTakes) {
  const auto broker = OpenKafkaBroker(Options());
  broker->EnsureTopic({.name = Topic(), .partitions = {}, .config = {{"max.message.bytes", "150000"}}});
  Acks acks;
  const auto producer = broker->OpenProducer(Settings({{"linger.ms", "50"}}, {Topic()}), acks.handler());
  Append(*producer, Topic(), 0, 50, 100000);
  ASSERT_TRUE(Drain(*producer));
  EXPECT_THAT(acks.errors, IsEmpty());
  EXPECT_EQ(acks.numbers(), Sequence(0, 50));
}

TEST_F(KafkaProducerTest, ATopicOfSmallerBatchesMayComeLater) {
  const auto broker = OpenKafkaBroker(Options());
  broker->EnsureTopic({.name = Topic("large"), .partitions = {}, .config = {}});
  broker->EnsureTopic({.name = Topic("small"), .partitions = {}, .config = {{"max.message.bytes", "150000"}}});
  broker->EnsureTopic({.name = Topic("short"), .partitions = {}, .config = {{"segment.bytes", "1048576"}}});
  Acks acks;
  const auto producer = broker->OpenProducer(Settings({}, {Topic("large")}), acks.handler());
  for (const char* name : {"large", "short", "small", "large"}) Append(*producer, Topic(name), 0, 60, 100000);
  ASSERT_TRUE(Drain(*producer));
  EXPECT_THAT(acks.errors, IsEmpty());
  EXPECT_EQ(acks.where.size(), 240U);
}

TEST_F(KafkaProducerTest, HoldsNoMoreThanItsBufferAndSaysWhatItWaitsFor) {
  const auto broker = OpenKafkaBroker(Options());
  broker->EnsureTopic({.name = Topic(), .partitions = {}, .config = {}});
  Acks acks;
  const auto producer =
      broker->OpenProducer(Settings({{"buffer.memory", "524288"}, {"linger.ms", "60000"}}, {Topic()}), acks.handler());
  std::int64_t n = 0;
  const std::string words = Words<RetriableError>([&] {
    for (; n < 100; ++n) producer->Append({Numbered(Topic(), n, 100000)});
  });
  EXPECT_EQ(n, 5);
  EXPECT_THAT(words, AllOf(HasSubstr("5 records"), HasSubstr("buffer.memory")));
}

TEST_F(KafkaProducerTest, ARecordLargerThanTheBufferGoesAlone) {
  const auto broker = OpenKafkaBroker(Options());
  Acks acks;
  const auto producer = broker->OpenProducer(Settings({{"buffer.memory", "1048576"}}, {Topic()}), acks.handler());
  Append(*producer, Topic(), 0, 3, 3000000);
  ASSERT_TRUE(Drain(*producer));
  EXPECT_EQ(acks.numbers(), Sequence(0, 3));
}

TEST_F(KafkaProducerTest, WarmsUpWithoutATraceInTheTopic) {
  const auto broker = OpenKafkaBroker(Options());
  Acks acks;
  const auto producer = broker->OpenProducer(Settings({}, {Topic()}), acks.handler());
  EXPECT_EQ(broker->Describe(Topic())->partitions.at(0).end, 0);
}

}  // namespace
}  // namespace framespool::broker
