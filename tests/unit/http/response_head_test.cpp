#include <framespool/http/message.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace framespool::http {
namespace {

TEST(ResponseHead, IsWrittenAsItIsSaid) {
  EXPECT_EQ(HeadText(200, {{"Content-Length", "2"}, {"X-a", "b"}, {"Content-Type", "text/plain"}}),
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-a: b\r\nContent-Type: text/plain\r\n\r\n");
  EXPECT_EQ(HeadText(100, {}), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(HeadText(404, {}, true), "HTTP/1.0 404 Not Found\r\n\r\n");
}

TEST(ResponseHead, KeepsAHeaderThatComesTwice) {
  EXPECT_EQ(HeadText(401, {{"WWW-Authenticate", "Basic"}, {"WWW-Authenticate", "Bearer"}}),
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nWWW-Authenticate: Bearer\r\n\r\n");
}

TEST(ResponseHead, HasADateLikeHttps) {
  EXPECT_THAT(DateText(), testing::MatchesRegex("[A-Z][a-z][a-z], [0-9][0-9] [A-Z][a-z][a-z] [0-9][0-9][0-9][0-9] "
                                                "[0-9][0-9]:[0-9][0-9]:[0-9][0-9] GMT"));
}

}  // namespace
}  // namespace framespool::http
