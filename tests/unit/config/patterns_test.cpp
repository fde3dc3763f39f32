#include "patterns.h"

#include <gmock/gmock.h>

#include <framespool/errors.h>

#include <config/topic_creation.h>

namespace framespool::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string ProblemOf(const std::string& pattern) { return PatternProblem(pattern).value_or(""); }

TEST(Patterns, MatchTheWholeOfANameWithOneOfThem) {
  EXPECT_TRUE(MatchesOneOf({"door", "cam-\\d+"}, "cam-12"));
  EXPECT_FALSE(MatchesOneOf({"door", "cam-\\d+"}, "cam-12-raw"));
  EXPECT_TRUE(MatchesOneOf({".*"}, "anything"));
  EXPECT_FALSE(MatchesOneOf({}, "anything"));
}

TEST(Patterns, RefuseWhatIsNone) {
  EXPECT_THAT(ProblemOf("("), HasSubstr("is none: missing )"));
  EXPECT_THAT(ProblemOf("[z-a]"), HasSubstr("is none"));
  EXPECT_EQ(ProblemOf("a+b?c*[d-f]{2,3}|(x|y)"), "");
}

TEST(Patterns, RefuseWhatIsTooMuch) {
  EXPECT_THAT(ProblemOf(std::string(20000, '(')), HasSubstr("at most 1000 bytes"));
  EXPECT_THAT(ProblemOf(std::string(999, '(')), HasSubstr("is none"));
  EXPECT_THAT(ProblemOf("((a{100}){100}){100}"), HasSubstr("is none"));
  EXPECT_LT(ProblemOf(std::string(20000, '(')).size(), 400u);
}

TEST(Patterns, SayWhichOfJavasFeaturesThereIsNot) {
  EXPECT_THAT(ProblemOf("(?!door).*"), HasSubstr("a lookahead"));
  EXPECT_THAT(ProblemOf("(?<=a)b"), HasSubstr("a lookbehind"));
  EXPECT_THAT(ProblemOf("(a)\\1"), HasSubstr("a backreference"));
  EXPECT_THAT(ProblemOf("(?>a)b"), HasSubstr("an atomic group"));
  EXPECT_THAT(ProblemOf("a*+b"), HasSubstr("a possessive quantifier"));
}

TEST(Patterns, AreLinearInWhatTheyMatch) {
  // A backtracking matcher takes 2^n steps here: 2^249 is never.
  EXPECT_FALSE(MatchesOneOf({"(a*)*b"}, std::string(249, 'a')));
  EXPECT_FALSE(MatchesOneOf({"(a|aa)+$b"}, std::string(249, 'a')));
}

TEST(TopicCreation, SaysWhatIsWrongAtEachKey) {
  const auto errors = TopicCreationProblems({{"topic.creation.groups", "g,h"},
                                             {"topic.creation.g.include", std::string(20000, '(')},
                                             {"topic.creation.h.exclude", "(?=x)"},
                                             {"topic.creation.h.include", "fine.*"},
                                             {"topic.creation.default.partitions", "many"},
                                             {"topic.creation.g.replication.factor", "0"},
                                             {"topic.creation.unnamed.include", "("}});
  ASSERT_THAT(errors, SizeIs(4));
  EXPECT_EQ(errors[0].field, "topic.creation.default.partitions");
  EXPECT_EQ(errors[1].field, "topic.creation.g.include");
  EXPECT_EQ(errors[2].field, "topic.creation.g.replication.factor");
  EXPECT_EQ(errors[3].field, "topic.creation.h.exclude");
  EXPECT_THAT(TopicCreationProblems({{"topic.creation.default.retention.ms", "1000"}}), IsEmpty());
}

TEST(TopicCreation, BoundsAllPatternsOfAConfigTogether) {
  RawConfig config{{"topic.creation.groups", ""}};
  for (int i = 0; i < 100; ++i) {
    std::string group = "g";
    group += std::to_string(i);
    config["topic.creation.groups"].append(group).append(",");
    config[std::string("topic.creation.").append(group).append(".include")] = std::string(900, 'a');
  }
  const auto errors = TopicCreationProblems(config);
  ASSERT_FALSE(errors.empty());
  EXPECT_THAT(errors.back().message, HasSubstr("together"));
}

TEST(TopicCreation, TakesTheFirstGroupWhosePatternMatches) {
  const auto spec = ConfiguredTopic({{"topic", "cam-1"},
                                     {"topic.creation.groups", "doors,cams"},
                                     {"topic.creation.doors.include", "door.*"},
                                     {"topic.creation.doors.partitions", "2"},
                                     {"topic.creation.cams.include", "cam-\\d"},
                                     {"topic.creation.cams.partitions", "3"}});
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->partitions, 3);
}

}  // namespace
}  // namespace framespool::config
