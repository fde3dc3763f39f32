#include "config/dead_letter_checks.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace framespool::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string kKeys = "errors.deadletterqueue.";

template <class Found>
std::vector<std::string> Said(const std::vector<Found>& found) {
  std::vector<std::string> said;
  for (const Found& each : found) said.push_back(each.field + " " + each.message);
  return said;
}
std::vector<std::string> Problems(const RawConfig& config) { return Said(DeadLetterProblems(config)); }
std::vector<std::string> Warnings(const RawConfig& config) { return Said(DeadLetterWarnings(config)); }

TEST(DeadLetterChecks, ANameOfWhiteSpaceIsNoneAndNotNoTopic) {
  EXPECT_THAT(Problems({{kKeys + "topic.name", " \t"}}),
              ElementsAre(StartsWith(kKeys + "topic.name must be the name")));
  EXPECT_THAT(Problems({{kKeys + "topic.name", ""}}), IsEmpty());
  EXPECT_THAT(Problems({{kKeys + "topic.name", " dead "}}), IsEmpty());
  EXPECT_THAT(Problems({}), IsEmpty());
}

TEST(DeadLetterChecks, NoTopicHasNoPartitionsAndNoCopies) {
  EXPECT_THAT(Problems({{kKeys + "topic.partitions", "0"}, {kKeys + "topic.replication.factor", " 0"}}),
              ElementsAre(StartsWith(kKeys + "topic.partitions must be a whole number of at least 1, or -1"),
                          StartsWith(kKeys + "topic.replication.factor must be")));
  EXPECT_THAT(Problems({{kKeys + "topic.partitions", "-1"}, {kKeys + "topic.replication.factor", "1"}}), IsEmpty());
}

TEST(DeadLetterChecks, ASinkDoesNotReadItsOwn) {
  EXPECT_THAT(Problems({{"topics", "a, dead"}, {kKeys + "topic.name", "dead"}}),
              ElementsAre("topics must not hold the topic of " + kKeys + "topic.name, \"dead\""));
}

TEST(DeadLetterChecks, WhereNothingIsLeftOutTheirTopicGetsNothing) {
  const RawConfig named{{kKeys + "topic.name", "dead"}};
  EXPECT_THAT(Warnings(named), ElementsAre(AllOf(StartsWith(kKeys + "topic.name gets no record"),
                                                 HasSubstr("set errors.tolerance = all"))));
  for (const char* tolerance : {"all", "${file:/run/t:x}"}) {
    RawConfig config = named;
    config["errors.tolerance"] = tolerance;
    EXPECT_THAT(Warnings(config), IsEmpty()) << tolerance;
  }
  EXPECT_THAT(Warnings({}), IsEmpty());
}

TEST(DeadLetterChecks, AThresholdThatTheWindowCannotPassIsNone) {
  const auto with = [](const std::string& threshold, const std::string& window) {
    return Warnings({{kKeys + "threshold", threshold}, {kKeys + "window", window}});
  };
  EXPECT_THAT(with("11", "10"), ElementsAre(StartsWith(kKeys + "threshold is never passed")));
  EXPECT_THAT(with("10", "10"), ElementsAre(HasSubstr("no more than 10 records")));
  EXPECT_THAT(with("9", "10"), IsEmpty());
  EXPECT_THAT(with("-1", "10"), IsEmpty());
  EXPECT_THAT(with("100", "${file:/run/w:x}"), IsEmpty());
}

}  // namespace
}  // namespace framespool::config
