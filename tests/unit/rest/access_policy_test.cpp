#include "rest_test.h"

namespace framespool::rest {
namespace {

using testing::HasSubstr;

/// Servers that a browser could be made to call.
class AccessPolicyTest : public RestTest {
 protected:
  void Serve(Access access = {}, const std::string& host = "127.0.0.1") {
    server_ = std::make_unique<HttpServer>(std::vector<Listener>{{host, 0}}, fake_.worker(), limits_,
                                           std::filesystem::path(), std::move(access));
  }
  RawClient::Answer Send(const std::string& method, const std::string& path, const std::string& host,
                         const std::string& headers = "") {
    return Connect().Ask(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers +
                         "Content-Length: 0\r\n\r\n");
  }
  RawClient::Answer Pause(const std::string& host, const std::string& headers = "") {
    return Send("PUT", "/connectors/cam/pause", host, headers);
  }
  void SetUp() override { herder_.Add("cam", {{"connector.class", "VideoFileSource"}}); }
};

TEST_F(AccessPolicyTest, AnswersUnderItsOwnNamesAndAddresses) {
  Serve();
  for (const char* host : {"localhost", "localhost:8083", "LOCALHOST", "localhost.:80", "a.localhost", "127.0.0.1:1",
                           "192.168.1.7:8083", "[::1]:8083", ""}) {
    EXPECT_EQ(Send("GET", "/connectors", host).status, 200) << host;
  }
}

TEST_F(AccessPolicyTest, RefusesAStrangersNameWhateverIsAsked) {
  Serve();
  for (const char* host : {"evil.example", "evil.example:8083", "localhost.evil.example", "127.0.0.1.evil.example"}) {
    EXPECT_THAT(Send("GET", "/connectors", host), IsError(403, "listeners.allowed.hosts")) << host;
    EXPECT_THAT(Send("GET", "/ui/", host), IsError(403, host)) << host;
    EXPECT_THAT(Pause(host, "Origin: http://" + std::string(host) + "\r\n"), IsError(403, host)) << host;
  }
  EXPECT_THAT(herder_.changes(), testing::IsEmpty());
}

TEST_F(AccessPolicyTest, AnswersUnderTheNamesThatItIsGiven) {
  Serve({.allowed_hosts = {"Video.example.org"}, .allowed_origins = {}});
  EXPECT_EQ(Send("GET", "/connectors", "video.example.org:8083").status, 200);
  EXPECT_EQ(Send("GET", "/connectors", "other.example.org").status, 403);
  server_.reset();
  Serve({.allowed_hosts = {"*"}, .allowed_origins = {}});
  EXPECT_EQ(Send("GET", "/connectors", "other.example.org").status, 200);
}

TEST_F(AccessPolicyTest, TakesANameWithoutADotOnlyWhereOthersCanReachIt) {
  Serve({}, "0.0.0.0");
  EXPECT_EQ(Send("GET", "/connectors", "framespool:8083").status, 200);
  EXPECT_EQ(Send("GET", "/connectors", "evil.example").status, 403);
  server_.reset();
  Serve();
  EXPECT_EQ(Send("GET", "/connectors", "framespool:8083").status, 403);
}

TEST_F(AccessPolicyTest, RefusesAChangeThatAnotherOriginsPageSends) {
  Serve();
  for (const char* origin : {"http://evil.example", "https://evil.example", "null", "http://localhost:1", "nonsense",
                             "http://localhost:8083.evil.example"}) {
    EXPECT_THAT(Pause("localhost:8083", "Origin: " + std::string(origin) + "\r\n"),
                IsError(403, "access.control.allow.origin"))
        << origin;
  }
  EXPECT_THAT(Pause("localhost:8083", "Sec-Fetch-Site: cross-site\r\n"), IsError(403, "another site"));
  EXPECT_THAT(herder_.changes(), testing::IsEmpty());
}

TEST_F(AccessPolicyTest, CarriesOutWhatItsOwnPageAndProgramsSend) {
  Serve();
  EXPECT_EQ(Pause("localhost:8083").status, 202);
  EXPECT_EQ(Pause("localhost:8083", "Origin: http://localhost:8083\r\n").status, 202);
  EXPECT_EQ(Pause("localhost", "Origin: http://localhost\r\n").status, 202);
  EXPECT_EQ(Pause("localhost:80", "Origin: http://localhost\r\n").status, 202);
  EXPECT_EQ(Pause("localhost:8083", "Origin: http://LOCALHOST:8083\r\nSec-Fetch-Site: same-origin\r\n").status, 202);
  // A proxy ends TLS and hands on the name.
  EXPECT_EQ(Pause("localhost", "Origin: https://localhost\r\n").status, 202);
}

TEST_F(AccessPolicyTest, LetsAnotherOriginsPageReadNothingAndAnAllowedOnesRead) {
  Serve();
  const auto strange = Send("GET", "/connectors", "localhost", "Origin: http://evil.example\r\n");
  EXPECT_EQ(strange.status, 200);
  EXPECT_FALSE(strange.headers.contains("access-control-allow-origin"));
  server_.reset();
  Serve({.allowed_hosts = {}, .allowed_origins = {"https://console.example"}});
  const std::string origin = "Origin: https://console.example\r\n";
  EXPECT_EQ(Send("GET", "/connectors", "localhost", origin).headers.at("access-control-allow-origin"),
            "https://console.example");
  const auto paused = Pause("localhost", origin);
  EXPECT_EQ(paused.status, 202);
  EXPECT_EQ(paused.headers.at("access-control-allow-origin"), "https://console.example");
  const auto preflight =
      Send("OPTIONS", "/connectors/cam/pause", "localhost", origin + "Access-Control-Request-Method: PUT\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_THAT(preflight.headers.at("access-control-allow-methods"), HasSubstr("PUT"));
  EXPECT_EQ(Pause("localhost", "Origin: http://console.example\r\n").status, 403) << "another scheme is another origin";
}

TEST_F(AccessPolicyTest, BelievesAProxyOnlyWhereItIsTold) {
  const std::string proxied =
      "X-Forwarded-Host: video.example.org\r\nX-Forwarded-Proto: https\r\n"
      "X-Forwarded-Prefix: /cams/\r\nOrigin: https://video.example.org\r\n";
  Serve();
  EXPECT_EQ(Pause("127.0.0.1:8083", proxied).status, 403);
  server_.reset();
  Serve({.allowed_hosts = {"video.example.org"}, .allowed_origins = {}, .trust_forwarded = true});
  EXPECT_EQ(Pause("127.0.0.1:8083", proxied).status, 202);
  EXPECT_EQ(Pause("127.0.0.1:8083",
                  "Forwarded: for=1.2.3.4;proto=https;host=\"video.example.org\", for=x\r\n"
                  "Origin: https://video.example.org\r\n")
                .status,
            202);
  // A rebound page could set the header itself: the name still has to be one of the worker's.
  EXPECT_EQ(Pause("127.0.0.1:8083", "X-Forwarded-Host: evil.example\r\nOrigin: http://evil.example\r\n").status, 403);
  EXPECT_EQ(Pause("evil.example", proxied).status, 403);
}

TEST_F(AccessPolicyTest, TellsWhereANewConnectorIsAsTheClientSeesIt) {
  Serve({.allowed_hosts = {"video.example.org"}, .allowed_origins = {}, .trust_forwarded = true});
  const std::string body = R"({"name": "NAME", "config": {"connector.class": "VideoFileSource"}})";
  const auto create = [&](const std::string& name, const std::string& headers) {
    std::string own = body;
    own.replace(own.find("NAME"), 4, name);
    return Ask("POST", "/connectors", own, "Content-Type: application/json\r\n" + headers).headers.at("location");
  };
  EXPECT_EQ(create("a", ""), "http://localhost/connectors/a");
  EXPECT_EQ(create("b",
                   "X-Forwarded-Host: video.example.org\r\nX-Forwarded-Proto: https\r\n"
                   "X-Forwarded-Prefix: /cams\r\n"),
            "https://video.example.org/cams/connectors/b");
}

}  // namespace
}  // namespace framespool::rest
