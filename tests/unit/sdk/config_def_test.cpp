#include <framespool/config_def.h>
#include <gmock/gmock.h>

namespace framespool {
namespace {

using testing::HasSubstr;

struct Config {
  std::string topic;
  std::int32_t quality = 80;
  double fps = 0;
  bool loop = false;
  std::string format = "auto";
  std::vector<std::string> topics = {"a", "b"};
};

const ConfigDef<Config>& Definition() {
  static const auto def = ConfigDef<Config>()
                              .Field("topic", &Config::topic, "Where to.")
                              .Required()
                              .Field("quality", &Config::quality, "How good.")
                              .Range(1, 100)
                              .Field("fps", &Config::fps, "How fast.")
                              .AtLeast(0)
                              .Field("loop", &Config::loop, "Again.")
                              .Field("format", &Config::format, "What as.")
                              .OneOf({"auto", "jpeg", "png"})
                              .Field("topics", &Config::topics, "Which.")
                              .Rule("format", [](const Config& config) -> std::optional<Problem> {
                                if (config.format == "png" && config.quality != 80)
                                  return Problem{.message = "png has no quality"};
                                return std::nullopt;
                              });
  return def;
}

std::string ErrorOf(const RawConfig& raw, const std::string& field) {
  for (const FieldResult& result : Definition().Validate(raw)) {
    if (result.name == field) return result.errors.empty() ? "" : result.errors.front().message;
  }
  return "no such field";
}

TEST(ConfigDef, TakesDefaultsFromTheMembersInitialisers) {
  const Config config = Definition().Parse({{"topic", "t"}});
  EXPECT_EQ(config.quality, 80);
  EXPECT_EQ(config.topics, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(Definition().fields()[5].default_value, "a,b");
}

TEST(ConfigDef, ReadsEveryType) {
  const Config config = Definition().Parse({{"topic", " t "},
                                            {"quality", "7"},
                                            {"fps", "29.97"},
                                            {"loop", "TRUE"},
                                            {"format", "jpeg"},
                                            {"topics", "x, y ,"}});
  EXPECT_EQ(config.topic, "t");
  EXPECT_EQ(config.quality, 7);
  EXPECT_DOUBLE_EQ(config.fps, 29.97);
  EXPECT_TRUE(config.loop);
  EXPECT_EQ(config.topics, (std::vector<std::string>{"x", "y"}));
}

TEST(ConfigDef, SaysWhatWasWantedAndWhatWasFound) {
  EXPECT_EQ(ErrorOf({}, "topic"), "is required and has no default");
  EXPECT_EQ(ErrorOf({{"topic", "  "}}, "topic"), "must not be empty");
  EXPECT_EQ(ErrorOf({{"quality", "101"}}, "quality"), "must be a whole number between 1 and 100, but is \"101\"");
  EXPECT_EQ(ErrorOf({{"quality", "8o"}}, "quality"), "must be a whole number between 1 and 100, but is \"8o\"");
  EXPECT_EQ(ErrorOf({{"fps", "-1"}}, "fps"), "must be a number of at least 0, but is \"-1\"");
  EXPECT_EQ(ErrorOf({{"fps", "nan"}}, "fps"), "must be a number of at least 0, but is \"nan\"");
  EXPECT_EQ(ErrorOf({{"loop", "maybe"}}, "loop"), "must be true or false, but is \"maybe\"");
  EXPECT_EQ(ErrorOf({{"format", "gif"}}, "format"), "must be one of auto, jpeg, png, but is \"gif\"");
}

TEST(ConfigDef, SaysWhatIsWrongForProgramsToo) {
  const auto results = Definition().Validate({{"topic", "t"}, {"quality", "101"}, {"loop", "maybe"}});
  ASSERT_EQ(results[1].errors.size(), 1u);
  EXPECT_EQ(results[1].errors[0].field, "quality");
  EXPECT_EQ(results[1].errors[0].kind.text(), "out-of-range");
  EXPECT_EQ(results[1].errors[0].facts, (Fields{{"min", 1.0}, {"max", 100.0}, {"value", std::string("101")}}));
  EXPECT_EQ(results[3].errors.at(0).kind.text(), "wrong-type");
  try {
    Definition().Parse({{"topic", "t"}, {"format", "png"}, {"quality", "7"}});
    FAIL();
  } catch (const ConfigError& error) {
    ASSERT_EQ(error.problems().size(), 1u);
    EXPECT_EQ(error.problems()[0].field, "format") << "a rule's problem has the rule's field";
  }
}

TEST(ConfigDef, AsksARuleOnlyWhenEveryFieldIsGood) {
  EXPECT_EQ(ErrorOf({{"topic", "t"}, {"format", "png"}, {"quality", "7"}}, "format"), "png has no quality");
  EXPECT_EQ(ErrorOf({{"format", "png"}, {"quality", "7"}}, "format"), "");
}

TEST(ConfigDef, NamesEveryBadFieldInOneException) {
  try {
    Definition().Parse({{"quality", "0"}, {"loop", "?"}});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("topic is required"));
    EXPECT_THAT(error.what(), HasSubstr("quality must be"));
    EXPECT_THAT(error.what(), HasSubstr("loop must be"));
  }
}

}  // namespace
}  // namespace framespool
