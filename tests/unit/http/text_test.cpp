#include <framespool/http/entity_tag.h>
#include <framespool/http/text.h>
#include <gtest/gtest.h>

namespace framespool::http {
namespace {

TEST(PercentCoding, DecodesWhatItEncodes) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(PercentDecode(PercentEncode(all)), all);
  EXPECT_EQ(PercentEncode("cam 1/ü?"), "cam%201%2F%C3%BC%3F");
  EXPECT_EQ(PercentDecode("a+b%2f", false), "a+b/");
  EXPECT_EQ(PercentDecode("a+b%2F", true), "a b/");
  for (const char* bad : {"%", "%2", "a%", "%g0", "%0g", "%%20"}) EXPECT_EQ(PercentDecode(bad), std::nullopt) << bad;
}

TEST(Queries, AreDecodedInTheirOrder) {
  EXPECT_EQ(ParseQuery("group=a%2Db&x&from=1+2&group=second&&=v&a=b=c"),
            (Query{{"group", "a-b"}, {"x", ""}, {"from", "1 2"}, {"group", "second"}, {"", "v"}, {"a", "b=c"}}));
  EXPECT_EQ(ParseQuery(""), Query{});
  EXPECT_EQ(ParseQuery("a=%0"), std::nullopt);
  EXPECT_EQ(ParseQuery("%x=1"), std::nullopt);
}

TEST(Targets, HaveAPathAndAQuery) {
  const auto parts = [](std::string_view text) {
    const auto target = ParseTarget(text);
    return target ? std::string(target->path) + "|" + std::string(target->query) : "none";
  };
  EXPECT_EQ(parts("/a%20b?x=1?#part"), "/a%20b|x=1?");
  EXPECT_EQ(parts("/"), "/|");
  EXPECT_EQ(parts("*"), "*|");
  EXPECT_EQ(parts("http://host:1/path?q"), "/path|q");
  EXPECT_EQ(parts("HTTPS://host/path"), "/path|");
  EXPECT_EQ(parts("http://host"), "|");
  EXPECT_EQ(parts("http://host?q=/"), "|q=/");
  for (const char* bad : {"", "path", "http", "http:", "ftp://host/path", "?q", "host:80", "#/"})
    EXPECT_EQ(parts(bad), "none") << bad;
}

TEST(Base64Coding, IsThatOfRfc4648) {
  EXPECT_EQ(Base64(""), "");
  EXPECT_EQ(Base64("f"), "Zg==");
  EXPECT_EQ(Base64("fo"), "Zm8=");
  EXPECT_EQ(Base64("foo"), "Zm9v");
  EXPECT_EQ(Base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(Base64("\xff\xfe\xfd"), "//79");
}

TEST(Lists, AreSplitAndStripped) {
  EXPECT_EQ(SplitList(" a,, b\t,c ", ','), (std::vector<std::string_view>{"a", "b", "c"}));
  EXPECT_TRUE(SplitList(" , ", ',').empty());
  EXPECT_EQ(SplitAll("a,, b,", ','), (std::vector<std::string_view>{"a", "", " b", ""}));
  EXPECT_EQ(SplitAll("", ','), (std::vector<std::string_view>{""}));
  EXPECT_TRUE(SameText("KEEP-Alive", "keep-alive"));
  EXPECT_FALSE(SameText("keep", "keep-alive"));
}

TEST(EntityTags, AreEqualForEqualBytesAndInLists) {
  EXPECT_EQ(EntityTag(""), "\"cbf29ce484222325\"");  // as earlier releases made it: clients have them
  EXPECT_NE(EntityTag("a"), EntityTag("b"));
  EXPECT_TRUE(NamesTag("\"x\", \"y\"", "\"y\""));
  EXPECT_TRUE(NamesTag("*", "\"y\""));
  EXPECT_FALSE(NamesTag("\"x\"", "\"y\""));
  EXPECT_FALSE(NamesTag("", "\"y\""));
}

}  // namespace
}  // namespace framespool::http
