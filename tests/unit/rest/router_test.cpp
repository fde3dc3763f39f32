#include "rest_test.h"

namespace framespool::rest {
namespace {

class RouterOverHttp : public RestTest {};

TEST_F(RouterOverHttp, IntroducesTheWorker) {
  EXPECT_EQ(Ask("GET", "/").body, R"({"version":"0.1.0","commit":"abc1234","kafka_cluster_id":"embedded"})");
  EXPECT_EQ(Ask("GET", "/", "", "Accept: text/html\r\n").status, 200);
}

TEST_F(RouterOverHttp, TellsHealth) {
  const auto healthy = Ask("GET", "/health");
  EXPECT_EQ(healthy.status, 200);
  EXPECT_EQ(Parsed(healthy)["status"], "healthy");
  herder_.SetHealth({herder::Health::Status::kStarting, "reading configs"});
  const auto starting = Ask("GET", "/health");
  EXPECT_EQ(starting.status, 503);
  EXPECT_EQ(starting.body, R"({"status":"starting","message":"reading configs","problems":[]})");
  herder_.SetHealth({herder::Health::Status::kUnhealthy, "no store"});
  EXPECT_EQ(Ask("GET", "/health").status, 500);
  herder_.SetHealth({herder::Health::Status::kCannotStore,
                     "the disk is full",
                     {{.subject = "topic frames", .kind = "disk-full", .message = "the disk is full"}}});
  const auto full = Ask("GET", "/health");
  EXPECT_EQ(full.status, 503);
  EXPECT_EQ(full.body, R"({"status":"unhealthy","message":"the disk is full","problems":[)"
                       R"({"subject":"topic frames","kind":"disk-full","message":"the disk is full","since":0}]})");
}

TEST_F(RouterOverHttp, AcceptsTrailingSlashesEverywhere) {
  herder_.Add("cam", {});
  for (const std::string path :
       {"/", "//", "/health/", "/connectors/", "/connectors/cam/", "/connectors/cam/status//", "/connector-plugins/"}) {
    EXPECT_EQ(Ask("GET", path).status, 200) << path;
  }
  EXPECT_EQ(Ask("PUT", "/connectors/cam/pause/").status, 202);
}

TEST_F(RouterOverHttp, AnswersUnknownPathsWith404) {
  for (const std::string path :
       {"/nothing", "/connectors/a/b", "/connectors//status", "/Connectors", "/health/x", "/%00"}) {
    EXPECT_THAT(Ask("GET", path), IsError(404, "Not Found")) << path;
  }
  EXPECT_EQ(Ask("OPTIONS", "/nothing").status, 404);
  EXPECT_EQ(Ask("OPTIONS", "*").status, 404);
}

TEST_F(RouterOverHttp, AnswersOtherMethodsWith405AndAllow) {
  const auto answer = Ask("DELETE", "/connectors");
  EXPECT_THAT(answer, IsError(405, "takes GET, HEAD, POST, PUT, OPTIONS, not DELETE"));
  EXPECT_EQ(answer.headers.at("allow"), "GET, HEAD, POST, PUT, OPTIONS");
  EXPECT_THAT(Ask("BREW", "/connectors/cam/pause"), IsError(405, "takes PUT, OPTIONS"));
  EXPECT_EQ(Ask("HEAD", "/connectors/cam/pause").status, 405);
}

TEST_F(RouterOverHttp, AnswersOptionsOnEveryRoute) {
  for (const Route& route : Routes()) {
    std::string path;
    bool in_braces = false;
    for (const char c : route.path) {
      if (c == '{') path += '0';
      in_braces = c == '{' || (in_braces && c != '}');
      if (!in_braces && c != '}') path += c;
    }
    const auto answer = Ask("OPTIONS", path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_THAT(answer.headers.at("allow"), testing::HasSubstr(std::string(route.method))) << path;
    EXPECT_EQ(answer.body, answer.headers.at("allow")) << path;
  }
}

TEST_F(RouterOverHttp, AnswersHeadAsGetWithoutTheBody) {
  auto client = Connect();
  const auto get = client.Ask("GET", "/health");
  const auto head = client.Ask("HEAD", "/health");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), std::to_string(get.body.size()));
  EXPECT_EQ(head.headers.at("content-type"), "application/json");
  EXPECT_EQ(client.Ask("HEAD", "/connectors/x").status, 404);
  EXPECT_EQ(client.Ask("GET", "/health").body, get.body);
}

TEST_F(RouterOverHttp, ServesJsonOnly) {
  auto client = Connect();
  const auto accepting = [&](const std::string& accept) {
    return client.Ask("GET /connectors HTTP/1.1\r\nHost: localhost\r\nAccept: " + accept + "\r\n\r\n");
  };
  EXPECT_THAT(accepting("text/html"), IsError(406, "application/json"));
  EXPECT_THAT(accepting("application/xml, text/*;q=0.5"), IsError(406, "application/json"));
  for (const std::string good : {"*/*", "application/*", "text/html, application/json;q=0.1", "Application/JSON", "",
                                 "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"}) {
    EXPECT_EQ(accepting(good).status, 200) << good;
  }
}

TEST_F(RouterOverHttp, RefusesBadPercentEncoding) {
  for (const std::string path :
       {"/connectors/%", "/connectors/%4", "/connectors/%zz", "/connectors?expand=%g1", "/%"}) {
    EXPECT_THAT(Ask("GET", path), IsError(400, "percent-encoding")) << path;
  }
}

TEST_F(RouterOverHttp, TakesTheAbsoluteFormOfATarget) {
  EXPECT_EQ(Ask("GET", "http://localhost:8083/health?x#y").status, 200);
  EXPECT_EQ(Ask("GET", "http://localhost:8083").status, 404) << "an empty path is not /";
}

TEST_F(RouterOverHttp, SurvivesAHandlerThatThrows) {
  EXPECT_THAT(Ask("GET", "/connectors/throws"), IsError(500, "as asked"));
  EXPECT_THAT(Ask("GET", "/connectors/throws-a-number"), IsError(500, "no std::exception"));
  EXPECT_THAT(Ask("GET", "/connectors/must-wait"), IsError(503, "the broker is away"));
  EXPECT_THAT(Ask("POST", "/connectors", R"({"name": "a", "config": {"connector.class": "Throws"}})"),
              IsError(500, "as asked"));
  EXPECT_EQ(Ask("GET", "/health").status, 200);
}

}  // namespace
}  // namespace framespool::rest
