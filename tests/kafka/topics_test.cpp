#include "broker_fixture.h"

namespace framespool::broker {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

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
  const auto producer = broker->OpenProducer("c", 0, acks.handler());
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

TEST_F(KafkaTopicsTest, ChecksWhatAConnectorOverridesAgainstTheWorkersPolicy) {
  const RawConfig config{{"producer.override.linger.ms", "5"}, {"consumer.override.sasl.mechanism", "PLAIN"}};
  const auto keys = [](const std::vector<Problem>& errors) {
    std::vector<std::string> names;
    for (const auto& error : errors) names.push_back(error.field);
    return names;
  };
  auto options = Options();
  EXPECT_THAT(keys(OpenKafkaBroker(options)->CheckConnector(config)), ElementsAre());
  EXPECT_THAT(keys(OpenKafkaBroker(options)->CheckConnector({{"producer.override.lingr.ms", "5"}})),
              ElementsAre("producer.override.lingr.ms"));
  EXPECT_THAT(keys(OpenKafkaBroker(options)->CheckConnector({{"exactly.once.support", "required"}})),
              ElementsAre("exactly.once.support"));
  options.override_policy = "Principal";
  EXPECT_THAT(keys(OpenKafkaBroker(options)->CheckConnector(config)), ElementsAre("producer.override.linger.ms"));
  options.override_policy = "None";
  EXPECT_THAT(keys(OpenKafkaBroker(options)->CheckConnector(config)),
              ElementsAre("consumer.override.sasl.mechanism", "producer.override.linger.ms"));
}

}  // namespace
}  // namespace framespool::broker
