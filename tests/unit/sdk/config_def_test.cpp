#include <framespool/config_def.h>
#include <gmock/gmock.h>

#include <chrono>

namespace framespool {
namespace {

using testing::HasSubstr;

enum class Pace { kRealtime, kUnpaced };

struct Config {
  std::string topic;
  std::int32_t quality = 80;
  double fps = 0;
  bool loop = false;
  std::string format = "auto";
  std::vector<std::string> topics = {"a", "b"};
  Pace pace = Pace::kUnpaced;
  std::chrono::milliseconds wait{250};
  std::chrono::duration<std::int32_t, std::ratio<1>> patience{3};
  Bytes limit{1024};
};

const ConfigDef<Config>& Definition() {
  static const auto def =
      ConfigDef<Config>()
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
          .Field("pace", &Config::pace, "How fast.", {{"realtime", Pace::kRealtime}, {"unpaced", Pace::kUnpaced}})
          .Field("wait.ms", &Config::wait, "How long.")
          .Range(1, 1000)
          .Field("patience.seconds", &Config::patience, "How long at most.")
          .Field("limit.bytes", &Config::limit, "How much.")
          .AtLeast(0)
          .Rule("format", [](const Config& config) -> std::optional<Problem> {
            if (config.format == "png" && config.quality != 80) return Problem{.message = "png has no quality"};
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

TEST(ConfigDef, ShowsAnEnumADurationAndASizeAsKafkaDoes) {
  const auto fields = Definition().fields();
  EXPECT_EQ(fields[6].type, FieldType::kString);
  EXPECT_EQ(fields[6].default_value, "unpaced");
  EXPECT_THAT(fields[6].choices, testing::ElementsAre("realtime", "unpaced"));
  EXPECT_EQ(fields[7].type, FieldType::kLong);
  EXPECT_EQ(fields[7].default_value, "250");
  EXPECT_EQ(fields[7].unit, "ms");
  EXPECT_EQ(fields[8].type, FieldType::kInt);
  EXPECT_EQ(fields[8].unit, "s");
  EXPECT_EQ(fields[9].type, FieldType::kLong);
  EXPECT_EQ(fields[9].unit, "bytes");
  const Config config = Definition().Parse(
      {{"topic", "t"}, {"pace", "realtime"}, {"wait.ms", "7"}, {"patience.seconds", "9"}, {"limit.bytes", "2048"}});
  EXPECT_EQ(config.pace, Pace::kRealtime);
  EXPECT_EQ(config.wait, std::chrono::milliseconds(7));
  EXPECT_EQ(config.patience, std::chrono::seconds(9));
  EXPECT_EQ(config.limit, Bytes{2048});
  EXPECT_EQ(ErrorOf({{"pace", "slow"}}, "pace"), "must be one of realtime, unpaced, but is \"slow\"");
  EXPECT_EQ(ErrorOf({{"wait.ms", "0"}}, "wait.ms"), "must be a whole number between 1 and 1000, but is \"0\"");
}

TEST(ConfigDef, ReadsWhatCanBeReadOfABadConfig) {
  const Config config = Definition().ReadGood({{"quality", "0"}, {"wait.ms", "soon"}, {"format", "png"}});
  EXPECT_EQ(config.quality, 80);
  EXPECT_EQ(config.wait, std::chrono::milliseconds(250));
  EXPECT_EQ(config.format, "png");
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
