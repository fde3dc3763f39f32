// http.basic.auth and http.bearer.token.
#include "http/access_policy.h"

#include <future>

#include "fakes/fake_gate.h"

#include "mux_client.h"
#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

using testing::HasSubstr;

TEST(AccessPolicyTest, AdmitsEveryoneWhereNothingIsAskedFor) { EXPECT_TRUE(AccessPolicy().Admits("")); }

TEST(AccessPolicyTest, AdmitsThePasswordAndTheTokenAndNothingElse) {
  const AccessPolicy policy("ann:open sesame", "t0ken");
  for (const char* good : {"Basic YW5uOm9wZW4gc2VzYW1l", "basic  YW5uOm9wZW4gc2VzYW1l", "Bearer t0ken", "bearer t0ken"})
    EXPECT_TRUE(policy.Admits(good)) << good;
  for (const char* bad : {"", "Basic", "Basic ", "Basic YW5uOm9wZW4gc2VzYW1", "Basic t0ken", "Bearer", "Bearer t0kem",
                          "Bearer YW5uOm9wZW4gc2VzYW1l", "Digest t0ken", "t0ken"})
    EXPECT_FALSE(policy.Admits(bad)) << bad;
  EXPECT_FALSE(AccessPolicy("ann:x", "").Admits("Bearer "));
}

class Access : public SinkFixture {
 protected:
  Response Ask(const std::string& target, const std::string& authorization) {
    return Exchange(port,
                    "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: " + authorization + "\r\n\r\n");
  }
  const std::string good = "Basic YW5uOm9wZW4gc2VzYW1l";
};

TEST_F(Access, IsAskedForOnEveryPage) {
  AppendOne(0);
  Start({{"http.basic.auth", "ann:open sesame"}, {"http.bearer.token", "t0ken"}});
  for (const char* page : {"/", "/snapshot", "/status", "/frames/0", "/watch", "/timeline", "/clip", "/nothing"}) {
    const Response response = Get(port, page);
    EXPECT_EQ(response.status, 401) << page;
    EXPECT_THAT(response.headers.at("WWW-Authenticate"), HasSubstr("Basic realm")) << page;
    EXPECT_THAT(response.body, HasSubstr("http.basic.auth")) << page;
    EXPECT_EQ(Ask(page, "Basic d3Jvbmc6d3Jvbmc=").status, 401) << page;
  }
  EXPECT_EQ(Ask("/snapshot", good).body, Picture(0));
  EXPECT_EQ(Ask("/snapshot", "Bearer t0ken").body, Picture(0));
  EXPECT_EQ(Get(port, "/snapshot", "OPTIONS").status, 200);
}

TEST_F(Access, IsAskedForInTheMuxOfAnyPort) {
  AppendOne(0);
  Start({{"http.basic.auth", "ann:open sesame"}});
  MuxClient stranger(port, "streams=screen");
  EXPECT_TRUE(stranger.UntilState("screen", "forbidden"));
  MuxClient ann(port, "streams=screen", "Authorization: " + good + "\r\n");
  const auto picture = ann.NextPicture();
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->payload, Picture(0));
}

/// A sink of a worker that has users.
class AccessOfUsers : public Access {
 protected:
  AccessOfUsers() { context.SetAccess(&gate); }
  ~AccessOfUsers() override { sink.reset(); }
  fakes::FakeGate gate;
};

TEST_F(AccessOfUsers, IsAskedForOnEveryPageAndGivenToViewers) {
  AppendOne(0);
  Start();
  for (const char* page :
       {"/", "/snapshot", "/status", "/frames/0", "/watch", "/timeline", "/clip", "/nothing", "/mux?streams=screen"}) {
    const Response response = Get(port, page);
    EXPECT_EQ(response.status, 401) << page;
    EXPECT_TRUE(response.headers.contains("WWW-Authenticate")) << page;
    EXPECT_EQ(Ask(page, "eve").status, 401) << page;
  }
  EXPECT_EQ(Ask("/snapshot", "viewer").body, Picture(0));
  EXPECT_EQ(Get(port, "/snapshot", "OPTIONS").status, 200);
  EXPECT_EQ(gate.clients().front(), "127.0.0.1");
}

TEST_F(AccessOfUsers, IsNotNeededByWhoKnowsTheSinksOwnSecret) {
  AppendOne(0);
  Start({{"http.bearer.token", "t0ken"}});
  EXPECT_EQ(Ask("/snapshot", "Bearer t0ken").body, Picture(0));
  EXPECT_EQ(Ask("/snapshot", "viewer").body, Picture(0));
  EXPECT_EQ(Get(port, "/snapshot").status, 401);
}

TEST_F(AccessOfUsers, OpensTheMux) {
  AppendOne(0);
  Start();
  MuxClient viewer(port, "streams=screen", "Authorization: viewer\r\n");
  const auto picture = viewer.NextPicture();
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->payload, Picture(0));
}

TEST_F(AccessOfUsers, HoldsUpNobodyWhileAPasswordIsChecked) {
  AppendOne(0);
  Start();
  auto slow = std::async(std::launch::async, [&] { return Ask("/snapshot", "slow viewer"); });
  ASSERT_TRUE(Eventually([&] { return gate.waits(); }));
  EXPECT_EQ(Ask("/snapshot", "viewer").status, 200);
  gate.AnswerLate();
  EXPECT_EQ(slow.get().body, Picture(0));
  auto wrong = std::async(std::launch::async, [&] { return Ask("/snapshot", "slow eve"); });
  ASSERT_TRUE(Eventually([&] { return gate.waits(); }));
  gate.AnswerLate();
  EXPECT_EQ(wrong.get().status, 401);
}

TEST_F(AccessOfUsers, SaysWhenToComeBack) {
  Start();
  const Response response = Ask("/snapshot", "later");
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.at("Retry-After"), "7");
}

TEST_F(AccessOfUsers, LetsGoOfWhoWaitsWhenTheSinkEnds) {
  Start();
  auto slow = std::async(std::launch::async, [&] {
    try {
      static_cast<void>(Ask("/snapshot", "slow viewer"));
    } catch (const std::exception&) {  // the connection ends without an answer
    }
  });
  ASSERT_TRUE(Eventually([&] { return gate.waits(); }));
  sink.reset();
  EXPECT_FALSE(gate.waits());
  slow.get();
}

TEST(AccessConfig, IsRefusedWhereItCannotWorkWithoutRepeatingTheSecret) {
  const auto problem = [](const std::string& key, const std::string& value) {
    for (const FieldResult& result : DescribeSink().Validate({{"topics", "t"}, {key, value}})) {
      if (result.name == key && !result.errors.empty()) return result.errors.front().message;
    }
    return std::string();
  };
  EXPECT_EQ(problem("http.basic.auth", "ann:secret:with:colons"), "");
  EXPECT_EQ(problem("http.bearer.token", "abc.DEF-123_~+/="), "");
  for (const char* bad : {"secret", ":secret", "secret:"}) {
    EXPECT_THAT(problem("http.basic.auth", bad), HasSubstr("user:password")) << bad;
    EXPECT_THAT(problem("http.basic.auth", bad), testing::Not(HasSubstr("secret"))) << bad;
  }
  EXPECT_THAT(problem("http.bearer.token", "has spaces"), HasSubstr("letters, digits"));
}

}  // namespace
}  // namespace framespool::mjpeg
