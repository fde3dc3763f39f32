#include "http/cross_origin.h"

#include "mux_client.h"
#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

TEST(OriginPolicyTest, AllowsThisMachineAndTheHostThatWasAskedFor) {
  const OriginPolicy policy;
  for (const char* origin : {"", "http://127.0.0.1:8083", "http://localhost:3000", "https://localhost",
                             "http://[::1]:8083", "http://Box.Lan:8083"}) {
    EXPECT_TRUE(policy.Allows(origin, "box.lan:5000")) << origin;
  }
  for (const char* origin : {"null", "https://evil.example", "http://localhost.evil.example",
                             "http://127.0.0.1.evil.example", "http://box.lan.evil.example", "file://", "http://"}) {
    EXPECT_FALSE(policy.Allows(origin, "box.lan:5000")) << origin;
    EXPECT_FALSE(policy.Allows(origin, "")) << origin;
  }
}

TEST(OriginPolicyTest, AllowsWhatIsListed) {
  const OriginPolicy policy({"https://wall.example.org"});
  EXPECT_TRUE(policy.Allows("https://wall.example.org", "box.lan:5000"));
  EXPECT_FALSE(policy.Allows("https://wall.example.org:8443", "box.lan:5000"));
  EXPECT_FALSE(policy.Allows("http://wall.example.org", "box.lan:5000"));
  EXPECT_TRUE(OriginPolicy({"*"}).Allows("null", ""));
}

TEST(OriginPolicyTest, SaysWhichOriginIsWrong) {
  EXPECT_FALSE(WrongOrigins({"*", "https://wall.example.org", "http://[::1]:8083"}));
  for (const char* wrong :
       {"wall.example.org", "https://wall.example.org/", "https://", "ftp://wall.example.org", "null"}) {
    EXPECT_THAT(WrongOrigins({wrong}).value_or(""), testing::HasSubstr(wrong)) << wrong;
  }
}

class CrossOriginTest : public SinkFixture {
 protected:
  static constexpr const char* kAllow = "Access-Control-Allow-Origin";
  Response Ask(const std::string& target, const std::string& origin, const std::string& method = "GET") {
    return Exchange(port,
                    method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1:5000\r\nOrigin: " + origin + "\r\n\r\n");
  }
};

TEST_F(CrossOriginTest, LetsAllowedPagesReadEveryPage) {
  AppendOne(1);
  Start({{"access.control.allow.origin", "https://wall.example.org"}});
  for (const char* target : {"/snapshot", "/status", "/frames/0", "/frames/99", "/mux?streams="}) {
    for (const char* origin : {"https://wall.example.org", "http://127.0.0.1:8083"}) {
      const Response response = Ask(target, origin);
      EXPECT_EQ(response.headers.count(kAllow) ? response.headers.at(kAllow) : "none", origin) << target;
      EXPECT_EQ(response.headers.count("Access-Control-Expose-Headers"), 1u) << target;
    }
    EXPECT_EQ(Ask(target, "https://evil.example").headers.count(kAllow), 0u) << target;
  }
  EXPECT_EQ(Ask("/", "https://wall.example.org", "HEAD").headers.count(kAllow), 1u);
  EXPECT_EQ(Get(port, "/status").headers.count(kAllow), 0u);
}

TEST_F(CrossOriginTest, AnswersPreflights) {
  Start();
  for (const char* target : {"/", "/snapshot", "/mux"}) {
    const Response allowed = Ask(target, "http://localhost:3000", "OPTIONS");
    EXPECT_EQ(allowed.status, 200) << target;
    EXPECT_EQ(allowed.headers.at(kAllow), "http://localhost:3000") << target;
    EXPECT_EQ(allowed.headers.at("Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS") << target;
    EXPECT_EQ(Ask(target, "https://evil.example", "OPTIONS").headers.count(kAllow), 0u) << target;
  }
}

TEST_F(CrossOriginTest, AMuxLeavesOutTheSinkThatDoesNotAllowThePage) {
  AppendOne(1);
  Start({{"access.control.allow.origin", "https://wall.example.org"}});
  fakes::FakeTopic private_topic{"private-frames"};
  private_topic.Append(Picture(2));
  fakes::FakeViewContext private_context{private_topic, "private"};
  const MjpegHttpSink private_sink(
      MjpegHttpSink::Describe().Parse({{"topics", private_topic.name()}, {"http.port", "0"}}), private_context,
      library);
  MuxClient client(port, "streams=private,screen", "Origin: https://wall.example.org\r\n");
  EXPECT_THAT(client.Head(), testing::HasSubstr("Access-Control-Allow-Origin: https://wall.example.org"));
  bool forbidden = false;
  for (auto message = client.Next(); message; message = client.Next()) {
    if (message->type == 0) {
      forbidden |= message->json().value("state", "") == "forbidden";
      continue;
    }
    EXPECT_EQ(message->stream, 1u);
    if (forbidden) break;
  }
  EXPECT_TRUE(forbidden);
}

}  // namespace
}  // namespace framespool::mjpeg
