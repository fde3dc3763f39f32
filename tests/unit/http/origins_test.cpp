#include <framespool/http/origins.h>
#include <gtest/gtest.h>

namespace framespool::http {
namespace {

TEST(Origins, AreThoseOfTheHostThatWasAsked) {
  const auto is_of = [](std::string_view origin, std::string_view host) {
    const auto parsed = ParseOrigin(origin);
    return parsed && IsOriginOf(*parsed, host);
  };
  EXPECT_TRUE(is_of("http://localhost:8083", "localhost:8083"));
  EXPECT_TRUE(is_of("http://LOCALHOST", "localhost:80"));
  EXPECT_TRUE(is_of("https://cam.example:443", "Cam.example"));
  EXPECT_FALSE(is_of("http://localhost:1", "localhost:8083"));
  EXPECT_FALSE(is_of("http://localhost:8083.evil.example", "localhost:8083"));
  EXPECT_FALSE(is_of("null", "localhost"));
  EXPECT_FALSE(is_of("http://", ""));
}

TEST(OriginListTest, HasWhatIsListedByItsSchemeHostAndPort) {
  const OriginList list({"https://Wall.example.org", "http://10.0.0.5:8083"});
  EXPECT_TRUE(list.Has("https://wall.example.org"));
  EXPECT_TRUE(list.Has("https://wall.example.org:443"));
  EXPECT_TRUE(list.Has("http://10.0.0.5:8083"));
  for (const char* other : {"http://wall.example.org", "https://wall.example.org:8443", "https://wall.example.org.evil",
                            "null", "", "wall.example.org"})
    EXPECT_FALSE(list.Has(other)) << other;
  EXPECT_FALSE(OriginList({}).Has("https://wall.example.org"));
  EXPECT_TRUE(OriginList({"*"}).Has("null"));
}

}  // namespace
}  // namespace framespool::http
