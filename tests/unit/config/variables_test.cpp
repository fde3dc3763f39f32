#include <config/variables.h>

#include <gmock/gmock.h>

namespace framespool::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Variable Of(const std::string& provider, const std::string& path, const std::string& key) {
  return {.provider = provider, .path = path, .key = key};
}

TEST(Variables, AreFoundAsKafkaConnectFindsThem) {
  EXPECT_THAT(VariablesIn("${file:/a/b.properties:key}"), ElementsAre(Of("file", "/a/b.properties", "key")));
  EXPECT_THAT(VariablesIn("rtsp://${env:USER}:${file:/p:pass word}@host"),
              ElementsAre(Of("env", "", "USER"), Of("file", "/p", "pass word")));
  EXPECT_THAT(VariablesIn("${file:/p:key:with:colons}"), ElementsAre(Of("file", "/p", "key:with:colons")));
  EXPECT_THAT(VariablesIn("${file::key}"), ElementsAre(Of("file", "", "key")));
  EXPECT_THAT(VariablesIn("${:}"), ElementsAre(Of("", "", "")));
  EXPECT_THAT(VariablesIn("${name} ${a:b}"), ElementsAre(Of("a", "", "b")));
}

TEST(Variables, AreNotWhatOnlyLooksLikeThem) {
  for (const char* text : {"", "$", "${", "${}", "${name}", "$1-$2", "${a:b", "$a:b}", "{a:b}", "$ {a:b}",
                           "at ${header:site}", "${header:a:b}"})
    EXPECT_THAT(VariablesIn(text), IsEmpty()) << text;
}

TEST(Variables, AreLookedForInLinearTime) {
  std::string text;
  for (int i = 0; i < 500'000; ++i) text += "${";
  EXPECT_THAT(VariablesIn(text + "}"), IsEmpty());
  EXPECT_EQ(VariablesIn(text + ":}").size(), 1u);
}

TEST(Variables, AreReplacedOnceEach) {
  const auto replaced = [](const char* text) {
    return Replaced(text, [](const Variable& variable) { return "<" + variable.key + "${x:y}>"; });
  };
  EXPECT_EQ(replaced("a ${p:1} b ${p:q:2}c"), "a <1${x:y}> b <2${x:y}>c");
  EXPECT_EQ(replaced("nothing ${here}"), "nothing ${here}");
}

TEST(Variables, AreWrittenAsTheyWere) {
  for (const char* text : {"${file:/a:b}", "${env:USER}"}) EXPECT_EQ(ToText(VariablesIn(text).at(0)), text);
  EXPECT_TRUE(HasVariables({{"a", "b"}, {"c", "x${env:D}"}}));
  EXPECT_FALSE(HasVariables({{"a", "${b}"}}));
}

}  // namespace
}  // namespace framespool::config
