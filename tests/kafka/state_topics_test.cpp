#include <atomic>

#include <broker/state_topics.h>

#include "broker_fixture.h"

namespace framespool::broker {
namespace {

using testing::AllOf;
using testing::HasSubstr;

/// The worker's state in topics of the tests' own Kafka.
class StateTopicsTest : public KafkaBrokerTest {
 protected:
  static StateTopicSpec Spec(const std::string& name = "state", std::int32_t partitions = 2) {
    return {.topic = {.name = Topic(name), .partitions = partitions, .config = {}}, .setting = "config.storage.topic"};
  }
  static void Open(StateTopics& topics, const StateTopicSpec& spec) {
    Persist([&] { topics.Open(spec, 5s); });
  }
  static void Claim(StateTopics& topics, const std::string& writer) {
    Persist([&] { topics.Claim(writer, 5s); });
  }
  static void Put(StateTopics& topics, const std::string& topic, const std::string& key,
                  std::optional<std::string> value) {
    const std::vector<StateWrite> writes{{topic, key, std::move(value)}};
    topics.Write(writes, 10s);
  }
  static std::string ValueIn(StateTopics& topics, const std::string& topic, const std::string& key) {
    const auto record = topics.Find(topic, key);
    return record ? record->value.value_or("tombstone") : "nothing";
  }
};

TEST_F(StateTopicsTest, ReadsWhatItHasWrittenAtOnceAndAnotherWorkerReadsItToTheEnd) {
  const auto broker = OpenKafkaBroker(Options());
  StateTopics& topics = *broker->state_topics();
  const StateTopicSpec spec = Spec();
  Open(topics, spec);
  Claim(topics, Topic("w"));
  for (int i = 0; i < 50; ++i) {
    const std::string key = std::string(1, 'k').append(std::to_string(i));
    Put(topics, spec.topic.name, key, "v");
    ASSERT_EQ(ValueIn(topics, spec.topic.name, key), "v");
  }
  Put(topics, spec.topic.name, "k7", "new");
  Put(topics, spec.topic.name, "k8", std::nullopt);
  EXPECT_EQ(ValueIn(topics, spec.topic.name, "k8"), "nothing");

  const auto other = OpenKafkaBroker(Options());
  Open(*other->state_topics(), spec);
  EXPECT_EQ(other->state_topics()->All(spec.topic.name).size(), 49U);
  EXPECT_EQ(ValueIn(*other->state_topics(), spec.topic.name, "k7"), "new");
  Put(topics, spec.topic.name, "late", "v");
  Persist([&] { other->state_topics()->ReadToEnd(spec.topic.name, 5s); });
  EXPECT_EQ(ValueIn(*other->state_topics(), spec.topic.name, "late"), "v");
}

TEST_F(StateTopicsTest, TellsNobodyAnyMoreWhoHasLeft) {
  const auto broker = OpenKafkaBroker(Options());
  StateTopics& topics = *broker->state_topics();
  StateTopicSpec spec = Spec();
  std::atomic<int> told = 0;
  spec.on_read = [&told](const ReadRecord& /*read*/) { ++told; };
  Open(topics, spec);
  Claim(topics, Topic("w"));
  const auto put = [&](const char* value) {
    Put(topics, spec.topic.name, "k", value);
    Persist([&] { topics.ReadToEnd(spec.topic.name, 5s); });
  };
  put("v");
  EXPECT_EQ(told, 1);
  topics.StopTelling(spec.topic.name);
  topics.StopTelling(Topic("none"));
  put("other");
  EXPECT_EQ(ValueIn(topics, spec.topic.name, "k"), "other");
  EXPECT_EQ(told, 1);
}

TEST_F(StateTopicsTest, AnEmptyTopicHasBeenReadToItsEnd) {
  const auto broker = OpenKafkaBroker(Options());
  Open(*broker->state_topics(), Spec());
  EXPECT_TRUE(broker->state_topics()->All(Topic("state")).empty());
  EXPECT_EQ(Persist([&] { return broker->Describe(Topic("state")); })->config.at("cleanup.policy"), "compact");
}

TEST_F(StateTopicsTest, ReadsPastTransactionsThatWereTakenBack) {
  const auto broker = OpenKafkaBroker(Options());
  StateTopics& topics = *broker->state_topics();
  const StateTopicSpec spec = Spec("state", 1);
  Open(topics, spec);
  Claim(topics, Topic("w"));
  Put(topics, spec.topic.name, "k", "v");
  const std::vector<StateWrite> too_large{{spec.topic.name, "k", "w"},
                                          {spec.topic.name, "large", std::string(2'000'000, 'x')}};
  EXPECT_THROW(topics.Write(too_large, 10s), BrokerError);
  EXPECT_EQ(ValueIn(topics, spec.topic.name, "k"), "v") << "all of it or nothing";
  EXPECT_THROW(Put(topics, spec.topic.name, "k", "u"), StateClaimLost);
  Claim(topics, Topic("w"));
  Persist([&] { topics.ReadToEnd(spec.topic.name, 5s); });
  EXPECT_EQ(ValueIn(topics, spec.topic.name, "k"), "v");
  Put(topics, spec.topic.name, "k", "u");
  const auto other = OpenKafkaBroker(Options());
  Open(*other->state_topics(), spec);
  EXPECT_EQ(ValueIn(*other->state_topics(), spec.topic.name, "k"), "u");
}

TEST_F(StateTopicsTest, WhoClaimsLaterShutsOutWhoClaimedBefore) {
  const auto first = OpenKafkaBroker(Options());
  const auto second = OpenKafkaBroker(Options());
  const StateTopicSpec spec = Spec();
  Open(*first->state_topics(), spec);
  Claim(*first->state_topics(), Topic("w"));
  Put(*first->state_topics(), spec.topic.name, "k", "first");
  Open(*second->state_topics(), spec);
  Claim(*second->state_topics(), Topic("w"));
  EXPECT_THROW(Put(*first->state_topics(), spec.topic.name, "k", "zombie"), StateClaimLost);
  Put(*second->state_topics(), spec.topic.name, "k", "second");
  Persist([&] { first->state_topics()->ReadToEnd(spec.topic.name, 5s); });
  EXPECT_EQ(ValueIn(*first->state_topics(), spec.topic.name, "k"), "second");
}

TEST_F(StateTopicsTest, RefusesATopicThatWouldLoseStateOrHasTooManyPartitions) {
  const auto broker = OpenKafkaBroker(Options());
  Persist([&] {
    broker->EnsureTopic({.name = Topic("deletes"), .partitions = 1, .config = {{"cleanup.policy", "delete"}}});
  });
  EXPECT_THAT(Words<BrokerError>([&] { Open(*broker->state_topics(), Spec("deletes")); }),
              AllOf(HasSubstr(std::string("config.storage.topic ").append(Topic("deletes"))),
                    HasSubstr("cleanup.policy=compact"), HasSubstr("but has delete")));
  Persist([&] {
    broker->EnsureTopic({.name = Topic("wide"), .partitions = 3, .config = {{"cleanup.policy", "compact"}}});
  });
  StateTopicSpec wide = Spec("wide");
  wide.one_partition = true;
  EXPECT_THAT(Words<BrokerError>([&] { Open(*broker->state_topics(), wide); }),
              AllOf(HasSubstr("must have one partition"), HasSubstr("has 3")));
  Open(*broker->state_topics(), Spec("kept"));
  EXPECT_THAT(Words<BrokerError>([&] { broker->DeleteTopic(Topic("kept")); }),
              HasSubstr("kept by this worker (config.storage.topic)"));
}

TEST_F(StateTopicsTest, SaysSoWhenATopicIsDeletedUnderIt) {
  const auto broker = OpenKafkaBroker(Options());
  const auto other = OpenKafkaBroker(Options());
  StateTopics& topics = *broker->state_topics();
  const StateTopicSpec spec = Spec("state", 1);
  Open(topics, spec);
  Claim(topics, Topic("w"));
  Put(topics, spec.topic.name, "k", "v");
  Persist([&] { other->DeleteTopic(spec.topic.name); });
  std::string why;
  EXPECT_TRUE(Await([&] {
    try {
      topics.ReadToEnd(spec.topic.name, 1s);
    } catch (const std::exception& error) {
      why = error.what();
    }
    return why.find("has lost what this worker keeps there") != std::string::npos;
  })) << why;
  EXPECT_EQ(ValueIn(topics, spec.topic.name, "k"), "v") << "it goes on with what it has in memory";
}

TEST_F(StateTopicsTest, SourceOffsetsOfTasksComeToTheSameTable) {
  KafkaOptions options = Options();
  options.exactly_once = true;
  options.offsets_by_place = true;
  options.offsets_topic = Topic("offsets");
  options.group_id = Topic("g");
  const auto broker = OpenKafkaBroker(options);
  std::vector<SourceOffset> recovered;
  broker->RecoverSourceOffsets(
      {}, [&](std::span<const SourceOffset> found) { recovered.assign(found.begin(), found.end()); });
  Acks acks;
  auto producer = Persist([&] { return broker->OpenProducer(Settings(), acks.handler()); });
  EXPECT_THAT(recovered, testing::IsEmpty());
  Append(*producer, Topic(), 0, 3);
  ASSERT_TRUE(Drain(*producer));
  Persist([&] { broker->state_topics()->ReadToEnd(options.offsets_topic, 5s); });
  const auto records = broker->state_topics()->All(options.offsets_topic);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].value, R"({"next":3})");
  EXPECT_TRUE(records[0].own);
  EXPECT_EQ(records[0].sequence, acks.where.back().sequence);
  producer.reset();
  producer = Persist([&] { return broker->OpenProducer(Settings(), acks.handler()); });
  ASSERT_EQ(recovered.size(), 1U);
  EXPECT_EQ(recovered[0].sequence, acks.where.back().sequence);
}

TEST_F(StateTopicsTest, WhatWasLeftOutMovesTheSourceOffsetInATransaction) {
  KafkaOptions options = Options();
  options.exactly_once = true;
  options.offsets_topic = Topic("offsets");
  options.group_id = Topic("g");
  const auto broker = OpenKafkaBroker(options);
  broker->RecoverSourceOffsets({}, [](auto) {});
  Acks acks;
  const auto producer = Persist([&] { return broker->OpenProducer(Settings(), acks.handler()); });
  const std::vector<std::pair<Fields, Fields>> passed{{kStream, {{"next", std::int64_t{9}}}}};
  EXPECT_TRUE(producer->Pass(passed));
  EXPECT_EQ(producer->Outstanding(), 1U);
  ASSERT_TRUE(Drain(*producer));
  const auto offset = [&] {
    Persist([&] { broker->state_topics()->ReadToEnd(options.offsets_topic, 5s); });
    const auto records = broker->state_topics()->All(options.offsets_topic);
    return records.empty() ? "nothing" : records[0].value.value_or("tombstone");
  };
  EXPECT_EQ(offset(), R"({"next":9})");
  EXPECT_THAT(acks.records, testing::IsEmpty());
  // A record behind it in the same transaction is where the source goes on.
  const std::vector<std::pair<Fields, Fields>> more{{kStream, {{"next", std::int64_t{15}}}}};
  producer->Pass(more);
  Append(*producer, Topic(), 20, 1);
  ASSERT_TRUE(Drain(*producer));
  EXPECT_EQ(offset(), R"({"next":21})");
}

}  // namespace
}  // namespace framespool::broker
