#include <config/broker_problems.h>
#include <gmock/gmock.h>

#include "fakes/memory_broker.h"

namespace framespool::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ClientsBroker final : public MemoryBroker {
 public:
  broker::Capabilities can;
  broker::Capabilities capabilities() const noexcept override { return can; }
  std::vector<Problem> ClientSettingProblems(broker::ClientKind client,
                                             const std::map<std::string, std::string>& overrides) const override {
    const bool producer = client == broker::ClientKind::kProducer;
    if (overrides.contains("together")) return {{.message = "do not go together"}};
    if (overrides.contains("linger.ms") && !producer) return {{.field = "linger.ms", .message = "is a producer's"}};
    return {};
  }
};

class BrokerProblemsTest : public testing::Test {
 protected:
  std::vector<std::string> Keys(const RawConfig& config, const std::string& policy = "All") {
    std::vector<std::string> keys;
    for (const auto& error : BrokerProblems(config, broker_, policy)) keys.push_back(error.field);
    return keys;
  }
  ClientsBroker broker_;
};

TEST_F(BrokerProblemsTest, ComparesOverridesWithTheWorkersPolicyAndThenAsksTheBroker) {
  broker_.can = {.clients = true};
  const RawConfig config{{"producer.override.linger.ms", "5"}, {"consumer.override.sasl.mechanism", "PLAIN"}};
  EXPECT_THAT(Keys(config), IsEmpty());
  EXPECT_THAT(Keys(config, "Principal"), ElementsAre("producer.override.linger.ms"));
  EXPECT_THAT(Keys(config, "None"), ElementsAre("producer.override.linger.ms", "consumer.override.sasl.mechanism"));
  EXPECT_THAT(Keys({{"consumer.override.linger.ms", "5"}}), ElementsAre("consumer.override.linger.ms"));
  EXPECT_THAT(Keys({{"producer.override.together", "5"}}), ElementsAre("producer.override.*"));
}

TEST_F(BrokerProblemsTest, LeavesOverridesAloneWhereThereAreNoClients) {
  EXPECT_THAT(Keys({{"consumer.override.linger.ms", "5"}}, "None"), IsEmpty());
}

TEST_F(BrokerProblemsTest, RefusesAGuaranteeThatTheBrokerDoesNotGive) {
  EXPECT_THAT(Keys({{"exactly.once.support", "required"}}), IsEmpty());
  broker_.can = {.exactly_once = false};
  EXPECT_THAT(Keys({{"exactly.once.support", "required"}}), ElementsAre("exactly.once.support"));
  EXPECT_THAT(Keys({{"exactly.once.support", "requested"}}), IsEmpty());
}

TEST_F(BrokerProblemsTest, RefusesTransactionsOfTheConnectorsOwnWhereThereAreTransactions) {
  EXPECT_THAT(Keys({{"transaction.boundary", "connector"}}), IsEmpty());
  broker_.can = {.transactions = true};
  EXPECT_THAT(Keys({{"transaction.boundary", "connector"}}), ElementsAre("transaction.boundary"));
  EXPECT_THAT(Keys({{"transaction.boundary", "interval"}}), IsEmpty());
}

}  // namespace
}  // namespace framespool::config
