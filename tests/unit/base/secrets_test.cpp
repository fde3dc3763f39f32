#include <base/log.h>
#include <base/secrets.h>

#include <gmock/gmock.h>

#include <string>

namespace framespool::base {
namespace {

using testing::HasSubstr;

TEST(Secrets, HidesAValueWhereverItStands) {
  const Secrets secrets({"CANARY-7f3a9e"});
  EXPECT_EQ(secrets.Hidden("must be a port, but is \"CANARY-7f3a9e\""), "must be a port, but is \"[hidden]\"");
  EXPECT_EQ(secrets.Hidden("xCANARY-7f3a9ey and CANARY-7f3a9e"), "x[hidden]y and [hidden]");
  EXPECT_EQ(secrets.Hidden("nothing of it"), "nothing of it");
}

TEST(Secrets, HidesWhatIsLeftOfALongValueThatWasCut) {
  const std::string value = "$6$salt$abcdefghijklmnopqrstuvwxyz0123456789";
  EXPECT_EQ(Secrets({value}).Hidden("but is \"" + value.substr(0, 20) + "…\""), "but is \"[hidden]…\"");
  EXPECT_EQ(Secrets({value}).Hidden("at fghijklmnop"), "at [hidden]");
}

TEST(Secrets, HidesAValueAsItIsEscapedInMessages) {
  const Secrets secrets({"p\"w\n\x01&x"});
  for (const char* text : {R"(is "p"w\n\x01&x")", R"({"a": "p\"w\n\u0001&x"})", "?a=p%22w%0A%01%26x"})
    EXPECT_THAT(secrets.Hidden(text), HasSubstr("[hidden]")) << text;
}

TEST(Secrets, HidesTheItemsOfAListAndThePasswordOfAUrl) {
  EXPECT_EQ(Secrets({"alpha,beta"}).Hidden("no alpha here, but beta"), "no [hidden] here, but [hidden]");
  EXPECT_EQ(Secrets({"rtsp://admin:hunter2@10.0.0.5/one"}).Hidden("password hunter2 refused"),
            "password [hidden] refused");
}

TEST(Secrets, HidesAShortValueOnlyWhereItStandsByItself) {
  const Secrets secrets({"1"});
  EXPECT_EQ(secrets.Hidden("must be between 10 and 21, but is \"1\""),
            "must be between 10 and 21, but is \"[hidden]\"");
  EXPECT_TRUE(Secrets({"", " \n"}).empty());
}

TEST(Secrets, HidesProblemsWithTheirFactsAndNumbers) {
  const Secrets secrets({"8080", "hunter22"});
  const Problem problem = secrets.Hidden(Problem{.field = "http.port",
                                                 .message = "is 8080",
                                                 .facts = {{"port", std::int64_t{8080}},
                                                           {"rate", 8080.0},
                                                           {"value", std::string("hunter22")},
                                                           {"other", std::int64_t{80}},
                                                           {"good", true}}});
  EXPECT_EQ(problem.field, "http.port");
  EXPECT_EQ(problem.message, "is [hidden]");
  EXPECT_EQ(problem.facts, (Fields{{"port", std::string("[hidden]")},
                                   {"rate", std::string("[hidden]")},
                                   {"value", std::string("[hidden]")},
                                   {"other", std::int64_t{80}},
                                   {"good", true}}));
}

TEST(Secrets, AreThoseOfTwoTogether) {
  const Secrets both = Secrets({"first-one"}).With(Secrets({"second-one"}));
  EXPECT_EQ(both.Hidden("first-one second-one"), "[hidden] [hidden]");
  EXPECT_TRUE(Secrets().With(Secrets()).empty());
}

TEST(Secrets, AreNotInTheLogAsLongAsTheyAreHeld) {
  const std::uint64_t before = log::NewestLine();
  auto held = HideInLog("door", Secrets({"CANARY-11aa22", "ab"}));
  log::Warn("door|task-0", "one CANARY-11aa22 and ab");
  log::Warn("other", "two CANARY-11aa22 and ab");
  log::Warn("doors", "three ab");
  held.reset();
  log::Warn("door", "four CANARY-11aa22");
  std::vector<std::string> lines;
  for (const log::Line& line : log::Tail(before, LogLevel::kWarn, "", 10)) lines.push_back(line.message);
  EXPECT_THAT(lines, testing::ElementsAre("one [hidden] and [hidden]", "two [hidden] and ab", "three ab",
                                          "four CANARY-11aa22"));
}

}  // namespace
}  // namespace framespool::base
