#include <framespool/errors.h>
#include <rest/server.h>

#include "rest_test.h"

namespace framespool::rest {
namespace {

using testing::HasSubstr;

TEST(Listeners, ReadsAListOfUrls) {
  const auto listeners =
      ParseListeners("http://127.0.0.1:8083, HTTP://[::1]:0/,http://worker.local:65535,http://:80,HTTPS://a:1");
  ASSERT_EQ(listeners.size(), 5u);
  EXPECT_EQ(listeners[0].host, "127.0.0.1");
  EXPECT_EQ(listeners[0].port, 8083);
  EXPECT_EQ(listeners[1].host, "[::1]");
  EXPECT_EQ(listeners[1].port, 0);
  EXPECT_EQ(listeners[2].port, 65535);
  EXPECT_EQ(listeners[3].host, "");
  EXPECT_FALSE(listeners[3].is_tls);
  EXPECT_EQ(listeners[4].host, "a");
  EXPECT_TRUE(listeners[4].is_tls);
}

TEST(Listeners, SaysWhatIsWrong) {
  const auto error = [](const std::string& text) -> std::string {
    try {
      ParseListeners(text);
    } catch (const ConfigError& thrown) {
      return thrown.what();
    }
    return "accepted";
  };
  EXPECT_THAT(error(""), HasSubstr("at least one"));
  EXPECT_THAT(error("127.0.0.1:8083"), HasSubstr("begin with http://"));
  EXPECT_THAT(error("ftp://a:1"), HasSubstr("or https://"));
  EXPECT_THAT(error("http://a"), HasSubstr("port is missing"));
  EXPECT_THAT(error("http://[::1]"), HasSubstr("port is missing"));
  EXPECT_THAT(error("http://a:"), HasSubstr("0 (any free port) to 65535"));
  EXPECT_THAT(error("http://a:65536"), HasSubstr("0 (any free port) to 65535"));
  EXPECT_THAT(error("http://a:80/x"), HasSubstr("0 (any free port) to 65535"));
  EXPECT_THAT(error("http://a/b:80"), HasSubstr("only a host and a port"));
  EXPECT_THAT(error("http://::1:80"), HasSubstr("brackets"));
}

TEST(Listeners, ServesOnAllOfThem) {
  fakes::FakeWorker fake;
  const Server server(ParseListeners("http://127.0.0.1:0,http://localhost:0"), fake.worker());
  ASSERT_EQ(server.urls().size(), 2u);
  for (const std::string& url : server.urls()) {
    const int port = std::stoi(url.substr(url.rfind(':') + 1));
    EXPECT_NE(port, 0);
    if (url.find("127.0.0.1") == std::string::npos) continue;  // localhost may be ::1, where RawClient does not go
    EXPECT_EQ(RawClient(port).Ask("GET", "/health").status, 200);
  }
}

TEST(Listeners, SaysThatAPortIsTaken) {
  fakes::FakeWorker fake;
  const Server first({{"127.0.0.1", 0}}, fake.worker());
  const std::string url = first.urls().front();
  try {
    const Server second(ParseListeners(url), fake.worker());
    FAIL() << "the port was bound twice";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr(url), HasSubstr("in use")));
  }
}

TEST(Listeners, ClosesItsClientsWhenItEnds) {
  fakes::FakeWorker fake;
  auto server = std::make_unique<Server>(std::vector<Listener>{{"127.0.0.1", 0}}, fake.worker());
  const std::string url = server->urls().front();
  RawClient client(std::stoi(url.substr(url.rfind(':') + 1)));
  EXPECT_EQ(client.Ask("GET", "/health").status, 200);
  fake.herder().Add("cam", {});
  fake.herder().Hold();
  client.Send("PUT /connectors/cam/pause HTTP/1.1\r\nHost: localhost\r\n\r\n");
  ASSERT_TRUE(fake.herder().WaitForPosts(1));
  server.reset();
  EXPECT_TRUE(client.ReadsEnd());
  fake.herder().Release();
  EXPECT_TRUE(fake.herder().WaitForDone(1)) << "a change that was accepted is made, even when nobody hears of it";
}

}  // namespace
}  // namespace framespool::rest
