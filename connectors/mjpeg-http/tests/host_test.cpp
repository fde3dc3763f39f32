// By which names a sink answers, and where it says that it is.
#include "http/host_policy.h"

#include <unistd.h>

#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

using testing::HasSubstr;

// What a policy makes of its names: tests/unit/http/host_policy_test.cpp.
TEST(SinkHostsTest, OnThisMachineOnlyAllowsNoNamesOfTheNeighbourhood) {
  const auto policy = SinkHosts("127.0.0.1", "", {});
  EXPECT_TRUE(policy.Allows("127.0.0.1:5000"));
  for (const char* host : {"cam-box:5000", "evil.example"}) EXPECT_FALSE(policy.Allows(host)) << host;
}

TEST(SinkHostsTest, AllowsWhatTheConfigurationNames) {
  const auto policy = SinkHosts("127.0.0.1", "https://Cams.Example.org:8443/hall", {"wall.example.org"});
  EXPECT_TRUE(policy.Allows("cams.example.org"));
  EXPECT_TRUE(policy.Allows("cams.example.org:8443"));
  EXPECT_TRUE(policy.Allows("WALL.example.org:80"));
  EXPECT_FALSE(policy.Allows("example.org"));
  EXPECT_TRUE(SinkHosts("127.0.0.1", "", {"*"}).Allows("any.example"));
}

TEST(SinkHostsTest, BeyondThisMachineAllowsNamesOfTheNeighbourhood) {
  const auto policy = SinkHosts("0.0.0.0", "", {});
  char own[256] = {};
  ASSERT_EQ(::gethostname(own, sizeof own - 1), 0);
  EXPECT_TRUE(policy.Allows(own));
  EXPECT_TRUE(policy.Allows("cam-box:5000"));
  EXPECT_FALSE(policy.Allows("evil.example:5000"));
}

TEST(SinkHostsTest, SaysWhatIsWrongWithHostsAndUrls) {
  EXPECT_FALSE(WrongHosts({"cams.example.org", "10.0.0.1", "*"}));
  for (const char* wrong : {"https://cams.example.org", "cams.example.org:80", "a b", "", "a/b"})
    EXPECT_THAT(WrongHosts({wrong}).value_or(""), HasSubstr("but has")) << wrong;
  for (const char* good : {"", "https://cams.example.org", "https://cams.example.org/hall", "http://10.0.0.1:8080/a/b/",
                           "http://[::1]:5000"})
    EXPECT_FALSE(WrongAdvertisedUrl(good)) << good;
  for (const char* wrong : {"cams.example.org", "ftp://cams.example.org", "https://", "https:///hall",
                            "https://u:p@cams.example.org", "https://cams.example.org/?a",
                            "https://cams.example.org:70000", "https://cams.example.org/a b", "javascript:1"})
    EXPECT_THAT(WrongAdvertisedUrl(wrong).value_or(""), HasSubstr("but is")) << wrong;
}

class HostTest : public SinkFixture {
 protected:
  Response Ask(const std::string& target, const std::string& host, const std::string& method = "GET") {
    return Exchange(port,
                    method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nOrigin: http://" + host + "\r\n\r\n");
  }
};

TEST_F(HostTest, RefusesAPageWhoseNameWasLedHere) {
  AppendOne(1);
  Start();
  for (const char* target :
       {"/", "/watch", "/snapshot", "/status", "/frames/0", "/clip", "/timeline", "/mux?streams=screen"}) {
    for (const char* method : {"GET", "HEAD", "OPTIONS"}) {
      const Response response = Ask(target, "evil.example:" + std::to_string(port), method);
      EXPECT_EQ(response.status, 403) << method << " " << target;
      EXPECT_EQ(response.headers.count("Access-Control-Allow-Origin"), 0u) << method << " " << target;
    }
  }
  EXPECT_THAT(Ask("/status", "evil.example").body, HasSubstr("http.allowed.hosts"));
  EXPECT_NE(Ask("/", "evil.example", "POST").status, 200);
  EXPECT_EQ(Ask("/status", "127.0.0.1:" + std::to_string(port)).status, 200);
  EXPECT_EQ(Exchange(port, "GET /status HTTP/1.0\r\n\r\n").status, 200);
}

TEST_F(HostTest, TellsViewersTheAdvertisedUrlAndAnswersToItsName) {
  AppendOne(1);
  Start({{"http.advertised.url", "https://cams.example.org/hall/"}, {"http.path", "/door"}});
  EXPECT_EQ(nlohmann::json::parse(Ask("/door/status", "cams.example.org").body)["url"],
            "https://cams.example.org/hall/door");
  EXPECT_TRUE(Eventually([&] {
    const Fields metrics = context.metrics();
    const auto url = metrics.find("url");
    return url != metrics.end() && std::get<std::string>(url->second) == "https://cams.example.org/hall/door";
  }));
  EXPECT_EQ(std::get<std::string>(context.metrics().at("mux_url")), "https://cams.example.org/hall/mux");
  EXPECT_TRUE(context.Logged(LogLevel::kInfo, "https://cams.example.org/hall/door"));
}

}  // namespace
}  // namespace framespool::mjpeg
