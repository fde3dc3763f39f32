#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "broker_fixture.h"

namespace framespool::broker {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Each has one thread of this name.
std::size_t CountClients() {
  std::size_t count = 0;
  std::error_code gone;  // a thread may end meanwhile
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task", gone)) {
    std::string name;
    std::ifstream(thread.path() / "comm") >> name;
    if (name == "rdk:main") ++count;
  }
  return count;
}

class KafkaConsumerTest : public KafkaBrokerTest {
 protected:
  /// Fills one partition of a topic with the numbers from `first` on.
  static void FillPartition(Broker& broker, const TopicPartition& target, std::int64_t first, std::int64_t count,
                            std::size_t size = 0) {
    Acks acks;
    const auto producer = Persist([&] { return broker.OpenProducer({.connector = "filler"}, acks.handler()); });
    for (std::int64_t n = first; n < first + count; ++n) {
      SourceRecord record = Numbered(target.topic, n, size);
      record.partition = target.partition;
      Persist([&] { producer->Append({record}); });
    }
    ASSERT_TRUE(Drain(*producer));
    ASSERT_THAT(acks.errors, IsEmpty());
  }
  static std::vector<TopicPartition> MakeTopic(Broker& broker, const std::string& topic, std::int32_t partitions) {
    broker.EnsureTopic({.name = topic, .partitions = partitions, .config = {}});
    std::vector<TopicPartition> sources;
    for (std::int32_t i = 0; i < partitions; ++i) sources.push_back({topic, i});
    return sources;
  }
  using ByPartition = std::map<TopicPartition, std::vector<std::int64_t>>;
  static std::size_t Take(Consumer& consumer, ByPartition& numbers, std::size_t max_records = 500) {
    const auto records = Persist([&] { return consumer.Read(max_records, 4 << 20, 200ms, {}); });
    for (const SinkRecord& record : records) {
      numbers[{record.topic, record.partition}].push_back(NumberOf(record));
      EXPECT_EQ(record.offset, NumberOf(record));
    }
    return records.size();
  }
  static bool TakeAll(Consumer& consumer, ByPartition& numbers, std::size_t count) {
    return Await([&] {
      count -= std::min(count, Take(consumer, numbers));
      return count == 0;
    });
  }
};

TEST_F(KafkaConsumerTest, ReadsManyPartitionsEachInItsOrderThroughOneClient) {
  const auto broker = OpenKafkaBroker(Options());
  auto sources = MakeTopic(*broker, Topic("a"), 3);
  sources.push_back(MakeTopic(*broker, Topic("b"), 1).front());
  for (const auto& source : sources) FillPartition(*broker, source, 0, 40, 1000);
  // Those that filled the topics are on their way to their end.
  std::size_t before = 0;
  ASSERT_TRUE(Await([&] { return std::exchange(before, CountClients()) == CountClients(); }));
  const auto consumer = broker->OpenConsumer(sources, Settings());
  ByPartition numbers;
  ASSERT_TRUE(TakeAll(*consumer, numbers, 160));
  EXPECT_LE(CountClients(), before + 1);
  for (const auto& source : sources) EXPECT_EQ(numbers[source], Sequence(0, 40));
  EXPECT_EQ(consumer->ExtentOf(sources[3]).end, 40);
}

TEST_F(KafkaConsumerTest, ASeekMovesOnePartitionAndLosesNothingOfTheOthers) {
  const auto broker = OpenKafkaBroker(Options());
  const auto sources = MakeTopic(*broker, Topic(), 2);
  for (const auto& source : sources) FillPartition(*broker, source, 0, 60, 1000);
  const auto consumer = broker->OpenConsumer(sources, Settings());
  ByPartition numbers;
  ASSERT_TRUE(Await([&] { return Take(*consumer, numbers, 5) > 0; }));
  const auto read = [&](const TopicPartition& source) { return static_cast<std::int64_t>(numbers[source].size()); };
  const std::int64_t first = read(sources[0]);
  consumer->Seek(sources[0], 30);
  ASSERT_TRUE(Await([&] {
    Take(*consumer, numbers, 7);
    return read(sources[0]) >= first + 30 && read(sources[1]) >= 60;
  }));
  auto expected = Sequence(0, first);
  for (const std::int64_t n : Sequence(30, 30)) expected.push_back(n);
  EXPECT_EQ(numbers[sources[0]], expected);
  EXPECT_EQ(numbers[sources[1]], Sequence(0, 60));
}

TEST_F(KafkaConsumerTest, APartitionThatWaitsBeyondItsEndHoldsUpNoOther) {
  const auto broker = OpenKafkaBroker(Options());
  const auto sources = MakeTopic(*broker, Topic(), 3);
  FillPartition(*broker, sources[0], 0, 5);
  FillPartition(*broker, sources[1], 0, 20);
  const auto consumer = broker->OpenConsumer(sources, Settings());
  consumer->Seek(sources[0], 7);
  ByPartition numbers;
  ASSERT_TRUE(TakeAll(*consumer, numbers, 20));
  EXPECT_EQ(numbers[sources[1]], Sequence(0, 20));
  FillPartition(*broker, sources[0], 5, 4);
  FillPartition(*broker, sources[2], 0, 3);
  ASSERT_TRUE(TakeAll(*consumer, numbers, 5));
  EXPECT_EQ(numbers[sources[0]], Sequence(7, 2));
  EXPECT_EQ(numbers[sources[2]], Sequence(0, 3));
}

TEST_F(KafkaConsumerTest, ReadsOnAtOnceWhenTheReadAheadOfAllPartitionsIsUsedUp) {
  const auto broker = OpenKafkaBroker(Options());
  const auto sources = MakeTopic(*broker, Topic(), 2);
  for (const auto& source : sources) FillPartition(*broker, source, 0, 150, 100000);
  const auto consumer = broker->OpenConsumer(
      sources, Settings({{"queued.max.messages.kbytes", "100"}, {"max.partition.fetch.bytes", "500000"}}));
  // What one fetch brings is more than it may read ahead: without help each of some thirty would wait for a second.
  ByPartition numbers;
  std::size_t taken = 0;
  const auto deadline = std::chrono::steady_clock::now() + 20s;  // less than that by far, and more than it takes by far
  while (taken < 300 && std::chrono::steady_clock::now() < deadline) {
    taken += Take(*consumer, numbers, 10);
    std::this_thread::sleep_for(5ms);  // decides nothing: a sink at work, while librdkafka reads ahead as far as it may
  }
  for (const auto& source : sources) EXPECT_EQ(numbers[source], Sequence(0, 150));
}

TEST_F(KafkaConsumerTest, RefusesWhatTheTopicHasNotAndWhatItWasNotOpenedFor) {
  const auto broker = OpenKafkaBroker(Options());
  auto sources = MakeTopic(*broker, Topic(), 2);
  sources.push_back({Topic(), 7});
  EXPECT_THAT(Words<BrokerError>([&] { broker->OpenConsumer(sources, Settings()); }), HasSubstr("no partition 7"));
  sources.pop_back();
  const auto consumer = broker->OpenConsumer(sources, Settings());
  EXPECT_THAT(Words<BrokerError>([&] { consumer->Seek({Topic(), 5}, 0); }), HasSubstr("-5"));
}

}  // namespace
}  // namespace framespool::broker
