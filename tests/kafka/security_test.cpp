#include "broker_fixture.h"

namespace framespool::broker {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;

const std::map<std::string, std::string> kGuest = {
    {"security.protocol", "SASL_PLAINTEXT"},
    {"sasl.mechanism", "PLAIN"},
    {"sasl.jaas.config",
     "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"guest\" password=\"guest-secret\";"}};

class KafkaSecurityTest : public KafkaBrokerTest {
 protected:
  /// What is said of a cluster that does not answer, once that is known.
  static std::string Trouble(const KafkaOptions& options) {
    const auto broker = OpenKafkaBroker(options);
    EXPECT_TRUE(Await([&] { return broker->GetHealth().message.find(" (") != std::string::npos; }));
    return Words<RetriableError>([&] { broker->OpenReader({"t", 0}); });
  }
};

TEST_F(KafkaSecurityTest, ReadsAndWritesThroughTls) {
  auto options = Options();
  options.bootstrap_servers = Kafka().tls();
  options.clients = {
      {"security.protocol", "SSL"}, {"ssl.truststore.type", "PEM"}, {"ssl.truststore.location", Kafka().certificate()}};
  const auto broker = OpenKafkaBroker(options);
  Fill(*broker, Topic(), 0, 3);
  const auto reader = Persist([&] { return broker->OpenReader({Topic(), 0}); });
  EXPECT_EQ(Numbers(ReadAll(*reader, 3)), Sequence(0, 3));
}

TEST_F(KafkaSecurityTest, NamesTheSettingWhenTlsDoesNotMatch) {
  auto options = Options();
  options.clients = {{"security.protocol", "SSL"}};
  EXPECT_THAT(Trouble(options), HasSubstr("security.protocol"));
  options.clients.clear();
  options.bootstrap_servers = Kafka().tls();
  EXPECT_THAT(Trouble(options), HasSubstr("security.protocol"));
  options.clients = {{"security.protocol", "SSL"}};  // but no certificate to trust
  EXPECT_THAT(Trouble(options), HasSubstr("ssl.truststore.location"));
}

TEST_F(KafkaSecurityTest, NamesTheSettingWhenThePasswordIsWrong) {
  auto options = Options();
  options.bootstrap_servers = Kafka().sasl();
  options.clients = kGuest;
  options.clients["sasl.jaas.config"] =
      "org.apache.kafka.common.security.plain.PlainLoginModule required username=guest password=wrong;";
  const std::string words = Trouble(options);
  EXPECT_THAT(words, AllOf(HasSubstr("sasl.jaas.config"), HasSubstr("Authentication failed")));
  EXPECT_THAT(words, testing::Not(HasSubstr("wrong;")));
}

TEST_F(KafkaSecurityTest, NamesAWrongAddress) {
  auto options = Options();
  options.bootstrap_servers = "127.0.0.1:1";
  EXPECT_THAT(Trouble(options),
              AllOf(HasSubstr("bootstrap.servers=127.0.0.1:1"), HasSubstr("refused"), HasSubstr("since")));
}

TEST_F(KafkaSecurityTest, NamesTheTopicThatAUserMayNotUse) {
  const auto owner = OpenKafkaBroker(Options());
  Fill(*owner, Topic(), 0, 3);
  auto options = Options();
  options.bootstrap_servers = Kafka().sasl();
  options.clients = kGuest;
  const auto broker = OpenKafkaBroker(options);
  ASSERT_TRUE(Await([&] { return broker->GetHealth().reachable; }));
  EXPECT_THAT(Words<BrokerError>([&] {
                broker->OpenReader({Topic(), 0});
              }),
              AllOf(HasSubstr(Topic()), HasSubstr("uthoriz"), HasSubstr("kafka-acls")));
  Acks acks;
  EXPECT_THAT(Words<BrokerError>([&] { broker->OpenProducer(Settings({}, {Topic()}), acks.handler()); }),
              AllOf(HasSubstr(Topic()), HasSubstr("kafka-acls")));
}

TEST_F(KafkaSecurityTest, NamesTheTopicThatAUserMayReadButNotWrite) {
  const auto owner = OpenKafkaBroker(Options());
  Fill(*owner, Topic(), 0, 3);
  static_cast<void>(Kafka().Tool("org.apache.kafka.tools.AclCommand",
                                 {"--bootstrap-server", Kafka().plain(), "--add", "--allow-principal", "User:guest",
                                  "--operation", "Read", "--operation", "DescribeConfigs", "--topic", Topic()}));
  auto options = Options();
  options.bootstrap_servers = Kafka().sasl();
  options.clients = kGuest;
  const auto broker = OpenKafkaBroker(options);
  const auto reader = Persist([&] { return broker->OpenReader({Topic(), 0}); });
  EXPECT_EQ(Numbers(ReadAll(*reader, 3)), Sequence(0, 3));
  Acks acks;
  const auto producer = broker->OpenProducer(Settings({}, {Topic()}), acks.handler());
  producer->Append({Numbered(Topic(), 0)});
  EXPECT_THAT(Words<BrokerError>([&] {
                while (producer->Outstanding() > 0) producer->Service(1s);
              }),
              AllOf(HasSubstr(Topic()), HasSubstr("kafka-acls --topic")));
}

}  // namespace
}  // namespace framespool::broker
