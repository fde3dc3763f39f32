#include "broker_fixture.h"

namespace framespool::broker {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

class KafkaTopicsTest : public KafkaBrokerTest {};

TEST_F(KafkaTopicsTest, CreatesATopicAsItsSpecSaysAndLeavesItAsItIsTheNextTime) {
  const auto broker = OpenKafkaBroker(Options());
  broker->EnsureTopic(
      {.name = Topic(), .partitions = 3, .config = {{"retention.ms", "60000"}}, .replication_factor = 1});
  broker->EnsureTopic({.name = Topic(), .partitions = 5, .config = {}});
  const auto info = broker->Describe(Topic());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->partitions.size(), 3U);
  EXPECT_EQ(info->config.at("retention.ms"), "60000");
  EXPECT_EQ(info->config.at("max.message.bytes"), std::to_string(64 << 20));
}

TEST_F(KafkaTopicsTest, RefusesWhatCannotBeATopicWithTheReason) {
  const auto broker = OpenKafkaBroker(Options());
  EXPECT_THAT(Words<BrokerError>([&] { broker->EnsureTopic({.name = "a topic", .partitions = {}, .config = {}}); }),
              AllOf(HasSubstr("\"a topic\""), HasSubstr("' '")));
  EXPECT_THAT(Words<BrokerError>([&] {
                broker->EnsureTopic({.name = Topic(), .partitions = {}, .config = {{"retention.hours", "1"}}});
              }),
              AllOf(HasSubstr("retention.hours"), HasSubstr("topic.creation.default.")));
  EXPECT_THAT(Words<BrokerError>([&] {
                broker->EnsureTopic({.name = Topic(), .partitions = {}, .config = {}, .replication_factor = 3});
              }),
              HasSubstr("topic.creation.default.replication.factor"));
  EXPECT_FALSE(broker->Describe(Topic()));
}

TEST_F(KafkaTopicsTest, SaysWhichSettingKeepsItFromCreatingATopic) {
  auto options = Options();
  options.create_topics = false;
  const auto broker = OpenKafkaBroker(options);
  EXPECT_THAT(Words<BrokerError>([&] { broker->OpenReader({Topic(), 0}); }), HasSubstr("topic.creation.enable"));
  Acks acks;
  const auto producer = broker->OpenProducer({.connector = "c"}, acks.handler());
  EXPECT_THAT(Words<BrokerError>([&] { producer->Append({Numbered(Topic(), 0)}); }),
              HasSubstr("topic.creation.enable"));
}

TEST_F(KafkaTopicsTest, ListsTheTopicsWithWhatTheyHold) {
  const auto broker = OpenKafkaBroker(Options());
  Fill(*broker, Topic(), 0, 7);
  const auto topics = broker->Topics();
  const auto found =
      std::find_if(topics.begin(), topics.end(), [&](const TopicInfo& info) { return info.name == Topic(); });
  ASSERT_NE(found, topics.end());
  ASSERT_EQ(found->partitions.size(), 1U);
  EXPECT_EQ(found->partitions[0].end, 7);
  EXPECT_FALSE(broker->ClusterId().empty());
  EXPECT_TRUE(broker->GetHealth().reachable);
}

TEST_F(KafkaTopicsTest, DeletesATopicButNoneThatIsKafkasOrTheWorkersOwn) {
  const auto options = Options();
  const auto broker = OpenKafkaBroker(options);
  Fill(*broker, Topic(), 0, 7);
  EXPECT_TRUE(broker->DeleteTopic(Topic()));
  EXPECT_TRUE(Await([&] { return !broker->Describe(Topic()); }));
  EXPECT_FALSE(broker->DeleteTopic(Topic()));
  Fill(*broker, Topic(), 0, 2);
  EXPECT_EQ(broker->Describe(Topic())->partitions.at(0).end, 2);
  EXPECT_THAT(Words<BrokerError>([&] { broker->DeleteTopic("__consumer_offsets"); }), HasSubstr("kept by Kafka"));
  EXPECT_THAT(Words<BrokerError>([&] { broker->DeleteTopic(options.offsets_topic); }),
              HasSubstr("offset.storage.topic"));
}

TEST_F(KafkaTopicsTest, TakesJavasNamesOfClientSettingsAndNamesTheKeyOfAWrongOne) {
  auto options = Options();
  options.producer = {{"buffer.memory", "1048576"}, {"max.request.size", "2000000"}, {"key.serializer", "x"}};
  options.consumer = {{"max.partition.fetch.bytes", "2000000"}, {"auto.offset.reset", "latest"}};
  EXPECT_NO_THROW(OpenKafkaBroker(options));
  options.producer = {{"lingr.ms", "5"}};
  EXPECT_THAT(Words<ConfigError>([&] { OpenKafkaBroker(options); }), HasSubstr("producer.lingr.ms"));
  options.producer = {{"compression.type", "zip"}};
  EXPECT_THAT(Words<ConfigError>([&] { OpenKafkaBroker(options); }), HasSubstr("producer.compression.type"));
  options.producer.clear();
  options.consumer = {{"enable.auto.commit", "true"}};
  EXPECT_THAT(Words<ConfigError>([&] { OpenKafkaBroker(options); }), HasSubstr("consumer.enable.auto.commit"));
  options.consumer = {{"auto.offset.reset", "first"}};
  EXPECT_THAT(Words<ConfigError>([&] { OpenKafkaBroker(options); }), HasSubstr("consumer.auto.offset.reset"));
  options.consumer.clear();
  options.clients = {{"ssl.truststore.location", "/etc/trust.jks"}};
  EXPECT_THAT(Words<ConfigError>([&] { OpenKafkaBroker(options); }), HasSubstr("ssl.truststore.location"));
}

TEST_F(KafkaTopicsTest, SaysWhatIsWrongWithTheSettingsThatAConnectorAsksFor) {
  const auto broker = OpenKafkaBroker(Options());
  const auto problems = [&](ClientKind client, const std::map<std::string, std::string>& overrides) {
    std::map<std::string, std::string> found;
    for (const Problem& problem : broker->ClientSettingProblems(client, overrides))
      found[problem.field] = problem.message;
    return found;
  };
  EXPECT_THAT(problems(ClientKind::kProducer, {{"linger.ms", "5"}, {"sasl.mechanism", "PLAIN"}}), IsEmpty());
  EXPECT_THAT(problems(ClientKind::kConsumer, {{"auto.offset.reset", "latest"}}), IsEmpty());
  EXPECT_THAT(problems(ClientKind::kProducer, {{"lingr.ms", "5"}}),
              ElementsAre(Pair("lingr.ms", StartsWith("is no setting"))));
  EXPECT_THAT(problems(ClientKind::kConsumer, {{"auto.offset.reset", "first"}}),
              ElementsAre(Pair("auto.offset.reset", StartsWith("must be one of earliest"))));
  EXPECT_THAT(problems(ClientKind::kConsumer, {{"sasl.jaas.config", "Krb5LoginModule required;"}}),
              ElementsAre(Pair("sasl.jaas.config", HasSubstr("PlainLoginModule"))));
  EXPECT_THAT(problems(ClientKind::kConsumer, {{"group.id", "g"}, {"ssl.truststore.location", "/etc/trust.jks"}}),
              ElementsAre(Pair("group.id", HasSubstr("the worker's to say")),
                          Pair("ssl.truststore.location", HasSubstr("PEM"))));
}

TEST_F(KafkaTopicsTest, SaysWhatItCan) {
  auto options = Options();
  EXPECT_TRUE(OpenKafkaBroker(options)->capabilities().clients);
  EXPECT_TRUE(OpenKafkaBroker(options)->capabilities().transactions);
  EXPECT_FALSE(OpenKafkaBroker(options)->capabilities().exactly_once);
  options.exactly_once = true;
  EXPECT_TRUE(OpenKafkaBroker(options)->capabilities().exactly_once);
}

}  // namespace
}  // namespace framespool::broker
