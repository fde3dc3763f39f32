#include <config/connector_config.h>
#include <config/value_checks.h>

#include <gmock/gmock.h>

namespace framespool::config {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

std::string TopicProblem(const std::string& name) { return TopicNameProblem(name).value_or(""); }

TEST(ValueChecks, TakesTheNamesThatKafkaTakes) {
  for (const std::string& name : {"a"s, "front-door_2.raw"s, "..."s, std::string(249, 'x')})
    EXPECT_EQ(TopicProblem(name), "") << name;
}

TEST(ValueChecks, RefusesTopicNamesThatKafkaRefuses) {
  for (const std::string& name : {""s, "."s, ".."s, "my topic/ü"s, "../../x"s, "a\0b"s, "a b"s, std::string(250, 'x')})
    EXPECT_THAT(TopicProblem(name), HasSubstr("must be the name of a topic")) << name;
  EXPECT_THAT(TopicProblem(std::string(250, 'x')), HasSubstr("of 250 characters"));
}

TEST(ValueChecks, QuotesNothingThatCouldForgeALine) {
  const std::string problem = TopicProblem("x\n2026-01-01 00:00:00.000 I [herder] all is well");
  EXPECT_EQ(problem.find('\n'), std::string::npos);
  EXPECT_THAT(problem, HasSubstr("x\\n2026-01-01"));
  EXPECT_LT(TopicProblem(std::string(1 << 20, 'x')).size(), 500u);
}

TEST(ValueChecks, RefusesNamesOfConnectorsThatNoUrlCanHave) {
  for (const char* name : {".", "..", "", " a", "a\n"}) EXPECT_TRUE(NameProblem(name)) << name;
  for (const char* name : {"...", ".a", "a/..", "%2e"}) EXPECT_FALSE(NameProblem(name)) << name;
}

TEST(ValueChecks, RefusesNulInAnyValue) {
  EXPECT_THAT(TextProblem("/v/a.mp4\0.txt"s).value_or(""), HasSubstr("\\x00.txt"));
  EXPECT_EQ(TextProblem("two\nlines"), std::nullopt);
}

TEST(ValueChecks, ChecksWhatAFieldStandsFor) {
  const auto problem = [](Role role, FieldType type, const std::string& value) {
    FieldSpec spec;
    spec.role = role;
    spec.type = type;
    return RoleProblem(spec, value).value_or("");
  };
  EXPECT_EQ(problem(Role::kNone, FieldType::kString, "any thing\n"), "");
  EXPECT_EQ(problem(Role::kTopic, FieldType::kString, ""), "") << "whether it must be there is another question";
  EXPECT_EQ(problem(Role::kTopic, FieldType::kList, "a, b"), "");
  EXPECT_THAT(problem(Role::kTopic, FieldType::kList, "a, b/c"), HasSubstr("\"b/c\""));
  EXPECT_EQ(problem(Role::kTopicPattern, FieldType::kString, "cam-[0-9]+|door"), "");
  EXPECT_THAT(problem(Role::kTopicPattern, FieldType::kString, "cam-(?!1)"), HasSubstr("has a lookahead"));
  EXPECT_THAT(problem(Role::kPath, FieldType::kString, "/v/a\n.mp4"), HasSubstr("control characters"));
  EXPECT_EQ(problem(Role::kPath, FieldType::kString, "/v/Tür 1.mp4"), "");
  EXPECT_EQ(problem(Role::kUrl, FieldType::kString, "rtsp://host/x"), "");
  EXPECT_THAT(problem(Role::kUrl, FieldType::kString, "host/x"), HasSubstr("must be a URL"));
  EXPECT_EQ(problem(Role::kPort, FieldType::kInt, "0"), "");
  EXPECT_THAT(problem(Role::kPort, FieldType::kInt, "65536"), HasSubstr("0 to 65535"));
}

}  // namespace
}  // namespace framespool::config
