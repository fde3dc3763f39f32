#include "broker_fixture.h"

#include <set>

namespace framespool::broker {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

class KafkaOutageTest : public KafkaBrokerTest {
 protected:
  void TearDown() override { Kafka().Start(); }  // does nothing when it runs
};

TEST_F(KafkaOutageTest, LosesNothingAndGoesOnByItselfWhenKafkaIsBack) {
  const auto broker = OpenKafkaBroker(Options());
  Acks acks;
  const auto producer = broker->OpenProducer(Settings({{"buffer.memory", "8388608"}}, {Topic()}), acks.handler());
  Append(*producer, Topic(), 0, 50, 100000);
  const auto reader = broker->OpenReader({Topic(), 0});
  EXPECT_EQ(Numbers(ReadAll(*reader, 20)), Sequence(0, 20));
  Kafka().Kill();

  ASSERT_TRUE(Await([&] { return !broker->GetHealth().reachable; }));
  EXPECT_THAT(broker->GetHealth().message,
              AllOf(HasSubstr("bootstrap.servers=" + Kafka().plain()), HasSubstr("since")));
  std::int64_t n = 50;
  const std::string full = Words<RetriableError>([&] {
    for (; n < 1000; ++n) producer->Append({Numbered(Topic(), n, 100000)});
  });
  EXPECT_LT(n, 50 + 90);  // 8 MB and no more
  EXPECT_THAT(full, AllOf(HasSubstr("records"), HasSubstr("since")));
  const std::int64_t behind = reader->position();
  EXPECT_THAT(Words<RetriableError>([&] {
                while (reader->position() < 1000) static_cast<void>(reader->Read(100, 1 << 20, 2s, {}));
              }),
              HasSubstr("since"));
  EXPECT_GE(reader->position(), behind);

  Kafka().Start();
  Append(*producer, Topic(), n, 150 - n, 100000);
  ASSERT_TRUE(Drain(*producer));
  EXPECT_EQ(acks.numbers(), Sequence(0, 150));
  EXPECT_THAT(acks.errors, IsEmpty());
  EXPECT_TRUE(Await([&] { return broker->GetHealth().reachable; }));
  reader->Seek(0);
  // At least once: what was on its way may be there twice, and librdkafka may send a batch that it tries again behind
  // its successor, but nothing is missing.
  const auto end = static_cast<std::size_t>(broker->Describe(Topic())->partitions.at(0).end);
  const auto numbers = Numbers(ReadAll(*reader, end));
  const auto wanted = Sequence(0, 150);
  EXPECT_EQ(std::set<std::int64_t>(numbers.begin(), numbers.end()),
            std::set<std::int64_t>(wanted.begin(), wanted.end()))
      << testing::PrintToString(numbers);
}

TEST_F(KafkaOutageTest, WithIdempotenceEveryRecordIsThereOnceAndInOrder) {
  const auto broker = OpenKafkaBroker(Options());
  Acks acks;
  const auto producer = broker->OpenProducer(Settings({{"enable.idempotence", "true"}}, {Topic()}), acks.handler());
  Append(*producer, Topic(), 0, 50, 100000);
  Kafka().Kill();
  Append(*producer, Topic(), 50, 50, 100000);
  Kafka().Start();
  Append(*producer, Topic(), 100, 50, 100000);
  ASSERT_TRUE(Drain(*producer));
  EXPECT_EQ(acks.numbers(), Sequence(0, 150));
  const auto reader = Persist([&] { return broker->OpenReader({Topic(), 0}); });
  EXPECT_EQ(Numbers(ReadAll(*reader, 150)), Sequence(0, 150));
  EXPECT_THAT(reader->Read(1, 1, 300ms, {}), IsEmpty());
}

TEST_F(KafkaOutageTest, StartsWithoutKafkaAndWorksWhenItComes) {
  Kafka().Stop();
  const auto broker = OpenKafkaBroker(Options());
  Acks acks;
  EXPECT_THAT(Words<RetriableError>([&] { broker->OpenProducer({.connector = "c"}, acks.handler()); }),
              HasSubstr(Kafka().plain()));
  EXPECT_THAT(Words<RetriableError>([&] { broker->OpenReader({Topic(), 0}); }), HasSubstr(Kafka().plain()));
  EXPECT_EQ(broker->ClusterId(), "");
  Kafka().Start();
  Fill(*broker, Topic(), 0, 3);
  const auto reader = Persist([&] { return broker->OpenReader({Topic(), 0}); });
  EXPECT_EQ(Numbers(ReadAll(*reader, 3)), Sequence(0, 3));
}

TEST_F(KafkaOutageTest, ATransactionAcrossAnOutageIsCommittedOnce) {
  auto options = Options();
  options.exactly_once = true;
  const auto broker = OpenKafkaBroker(options);
  Acks acks;
  const auto producer = Persist([&] { return broker->OpenProducer(Settings({}, {Topic()}), acks.handler()); });
  Append(*producer, Topic(), 0, 10);
  Kafka().Kill();
  EXPECT_THAT(Words<RetriableError>([&] {
                for (std::int64_t n = 10; n < 40; ++n) {
                  producer->Append({Numbered(Topic(), n)});
                  producer->Service(100ms);
                }
              }),
              HasSubstr("not committed yet"));
  const auto taken = static_cast<std::int64_t>(acks.records.size() + producer->Outstanding());
  Kafka().Start();
  Append(*producer, Topic(), taken, 40 - taken);
  ASSERT_TRUE(Drain(*producer));
  EXPECT_EQ(acks.numbers(), Sequence(0, 40));
  const auto reader = broker->OpenReader({Topic(), 0});
  EXPECT_EQ(Numbers(ReadAll(*reader, 40)), Sequence(0, 40));
  EXPECT_THAT(reader->Read(1, 1, 300ms, {}), IsEmpty());
}

}  // namespace
}  // namespace framespool::broker
