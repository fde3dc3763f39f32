#include <config/properties.h>

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "fakes/temporary_directory.h"

namespace framespool::config {
namespace {

using testing::HasSubstr;

TEST(Properties, ReadsJavasFormat) {
  const RawConfig config = ParseProperties(
      "# a comment\n"
      "! another\n"
      "  a = 1 \n"
      "b:2\r\n"
      "c 3\n"
      "long=one,\\\n    two\n"
      "path=C\\:\\\\x\n"
      "key\\=with\\ space=v\n"
      "unicode=\\u00fcber\\tt\n"
      "empty=\n"
      "bare\n"
      "last=x");
  EXPECT_EQ(config, (RawConfig{{"a", "1 "},
                               {"b", "2"},
                               {"c", "3"},
                               {"long", "one,two"},
                               {"path", "C:\\x"},
                               {"key=with space", "v"},
                               {"unicode", "über\tt"},
                               {"empty", ""},
                               {"bare", ""},
                               {"last", "x"}}));
}

TEST(Properties, ReadsWhatAnEditorOnWindowsHasSaved) {
  EXPECT_EQ(ParseProperties("\xef\xbb\xbfname=a\r\nb=1\r\n"), (RawConfig{{"name", "a"}, {"b", "1"}}));
}

TEST(Properties, MakesOneCharacterOfJavasTwoHalves) {
  EXPECT_EQ(ParseProperties("a=\\ud83d\\ude00!"), (RawConfig{{"a", "😀!"}}));
}

TEST(Properties, SurvivesAnythingAtItsEnd) {
  EXPECT_EQ(ParseProperties(""), RawConfig{});
  EXPECT_EQ(ParseProperties("a=b\\"), (RawConfig{{"a", "b"}}));
  EXPECT_EQ(ParseProperties("a=\\u12"), (RawConfig{{"a", "u12"}}));
  EXPECT_EQ(ParseProperties("a\\"), (RawConfig{{"a", ""}}));
}

TEST(Nearest, FindsATypoAndNothingWhereNothingIsNear) {
  const std::vector<std::string> known = {"listeners", "plugin.path", "data.dir"};
  EXPECT_EQ(Nearest("listener", known), "listeners");
  EXPECT_EQ(Nearest("plugins.path", known), "plugin.path");
  EXPECT_EQ(Nearest("security.protocol", known), "");
}

TEST(Nearest, GoesByTheWordsThatDiffer) {
  const std::vector<std::string> known = {"transforms.a.header", "transforms.a.value.literal", "transforms.a.field",
                                          "errors.deadletterqueue.topic.name", "errors.deadletterqueue.window"};
  EXPECT_EQ(Nearest("transforms.a.vlaue", known), "") << "the five letters have four wrong for header";
  EXPECT_EQ(Nearest("transforms.a.value.literla", known), "transforms.a.value.literal");
  EXPECT_EQ(Nearest("transforms.a.feild", known), "transforms.a.field");
  EXPECT_EQ(Nearest("transforms.b.field", known), "transforms.a.field");
  EXPECT_EQ(Nearest("errors.deadletterqueue.wnidow", known), "errors.deadletterqueue.window");
  EXPECT_EQ(Nearest("errors.deadletterqueue.limits", known), "");
  EXPECT_EQ(Nearest("transforms.a.x", known), "");
  EXPECT_EQ(Nearest("transforms.a.", known), "");
  EXPECT_EQ(Nearest("", known), "");
}

class ConnectorFile : public testing::Test {
 protected:
  std::vector<NamedConfig> LoadAll(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() / name) << text;
    return LoadConnectorFile(folder_.path() / name);
  }
  NamedConfig Load(const std::string& name, const std::string& text) {
    auto all = LoadAll(name, text);
    EXPECT_EQ(all.size(), 1U);
    return std::move(all.at(0));
  }
  std::string ReasonForRefusal(const std::string& name, const std::string& text) {
    try {
      Load(name, text);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "loaded";
  }
  TemporaryDirectory folder_;
};

TEST_F(ConnectorFile, MayBeJsonWithANameAndAConfig) {
  const auto named =
      Load("c.json", R"({"name": "camera", "config": {"loop": true, "jpeg.quality": 80, "topic": "t"}})");
  EXPECT_EQ(named.name, "camera");
  EXPECT_EQ(named.config, (RawConfig{{"loop", "true"}, {"jpeg.quality", "80"}, {"topic", "t"}}));
}

TEST_F(ConnectorFile, MayBeFlatJsonOrProperties) {
  EXPECT_EQ(Load("c.json", R"({"name": "camera", "topic": "t"})").name, "camera");
  EXPECT_EQ(Load("c.properties", "name=camera\ntopic=t\n").config.at("topic"), "t");
}

TEST_F(ConnectorFile, MayHaveASetOfConnectors) {
  const auto set = LoadAll("set.json", R"({"b": {"topics": "t", "http.port": 5000}, "config": {"topic": "t"}})");
  ASSERT_EQ(set.size(), 2U);
  EXPECT_EQ(set[0].name, "b");
  EXPECT_EQ(set[0].config, (RawConfig{{"topics", "t"}, {"http.port", "5000"}}));
  EXPECT_EQ(set[1].name, "config");
  EXPECT_EQ(Load("one.json", R"({"a": {"topic": "t"}})").name, "a");
  EXPECT_EQ(Load("wrapped.json", R"({"config": {"name": "a", "topic": "t"}})").name, "a");
  EXPECT_THAT(ReasonForRefusal("bad.json", R"({"a": {"topic": ["t"]}, "b": {}})"), HasSubstr("\"topic\" must be text"));
  EXPECT_THAT(ReasonForRefusal("mixed.json", R"({"a": {"topic": "t"}, "b": "t"})"), HasSubstr("set of connectors"));
  EXPECT_THAT(ReasonForRefusal("empty.json", R"({"": {"topic": "t"}})"), HasSubstr("name: is required"));
}

TEST_F(ConnectorFile, IsToldFromThatOfAWorker) {
  const auto is_workers = [&](const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() / name) << text;
    return IsWorkerFile(folder_.path() / name);
  };
  EXPECT_TRUE(is_workers("worker.properties", "listeners=http://127.0.0.1:0\n"));
  EXPECT_TRUE(is_workers("empty.properties", ""));
  EXPECT_FALSE(is_workers("a.properties", "name=a\n"));
  EXPECT_FALSE(is_workers("b.properties", "connector.class=VideoFileSource\n"));
  EXPECT_FALSE(is_workers("c.json", "{}"));
}

TEST_F(ConnectorFile, IsRefusedWithItsNameAndAReason) {
  EXPECT_THAT(ReasonForRefusal("c.json", "{\"topic\": "), HasSubstr("c.json: not a connector's config"));
  EXPECT_THAT(ReasonForRefusal("c.json", "[1]"), HasSubstr("c.json: not a connector's config"));
  EXPECT_THAT(ReasonForRefusal("c.json", "{\"topics\": [\"a\"]}"), HasSubstr("\"topics\" must be text"));
  EXPECT_THAT(ReasonForRefusal("c.properties", "topic=t"), HasSubstr("c.properties: name: is required"));
  EXPECT_THAT(ReasonForRefusal("c.properties", "name=a\nrecord.key=\xfc"),
              HasSubstr("record.key: is no UTF-8: \"\\xfc\""));
  EXPECT_EQ(Load("c.properties", "name=\\ud800x").name, "\uFFFDx");
  std::filesystem::create_symlink("loop.json", folder_.path() / "loop.json");
  EXPECT_THROW(LoadConnectorFile(folder_.path() / "loop.json"), ConfigError);
  EXPECT_THROW(LoadConnectorFile(folder_.path() / "missing.json"), ConfigError);
  EXPECT_THROW(LoadConnectorFile(folder_.path()), ConfigError);
}

}  // namespace
}  // namespace framespool::config
