#include <gmock/gmock.h>

#include <inspect/inspector.h>

#include "fakes/memory_broker.h"

namespace framespool::inspect {
namespace {

/// Asked for the dead letters of connectors with such configs.
class InspectorTest : public testing::Test {
 protected:
  base::Outcome<DeadLetterReport> Letters(config::ConnectorType type, const RawConfig& config,
                                          const std::string& asked = "view") {
    runtime::ConnectorInfo info{.name = "view", .config = config, .tasks = {}, .type = type};
    const auto views = std::make_shared<const std::vector<runtime::ConnectorView>>(
        std::vector<runtime::ConnectorView>{{std::make_shared<const runtime::ConnectorInfo>(std::move(info)),
                                             std::make_shared<const runtime::ConnectorStatus>()}});
    return Inspector({}, plugins_, broker_, events_, [&views] { return runtime::ConnectorViews(views); })
        .DeadLetters(asked);
  }
  base::Refusal Refused(config::ConnectorType type, const RawConfig& config, const std::string& asked = "view") {
    const auto outcome = Letters(type, config, asked);
    EXPECT_FALSE(outcome);
    return outcome ? base::Refusal{} : outcome.error();
  }

  MemoryBroker broker_;
  EventLog events_;
  plugins::PluginRegistry plugins_{std::vector<std::filesystem::path>{}};
};

const RawConfig kWithLetters{{"errors.deadletterqueue.topic.name", "dead"}};

TEST_F(InspectorTest, LooksForDeadLettersWhereTheConfigOfASinkSays) {
  const auto report = Letters(config::ConnectorType::kSink, kWithLetters);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->topic, "dead");
  EXPECT_FALSE(report->exists);
}

TEST_F(InspectorTest, SaysThatThereAreNoDeadLettersToLookFor) {
  const auto none = Refused(config::ConnectorType::kSink, {});
  EXPECT_EQ(none.reason, base::Reason::kNotFound);
  EXPECT_EQ(none.problems.at(0).kind, ProblemKind("no-dead-letter-topic"));
  EXPECT_EQ(Refused(config::ConnectorType::kSource, kWithLetters).problems.at(0).kind,
            ProblemKind("no-dead-letter-topic"));
  EXPECT_EQ(Refused(config::ConnectorType::kSink, kWithLetters, "else").problems.at(0).kind,
            ProblemKind("no-such-connector"));
}

TEST_F(InspectorTest, ShowsNoTopicThatAConfigProviderNames) {
  const auto hidden =
      Refused(config::ConnectorType::kSink, {{"errors.deadletterqueue.topic.name", "${file:/secret:topic}"}});
  EXPECT_EQ(hidden.problems.at(0).kind, ProblemKind("dead-letter-topic-hidden"));
  EXPECT_EQ(hidden.problems.at(0).field, "errors.deadletterqueue.topic.name");
}

}  // namespace
}  // namespace framespool::inspect
