#include <fstream>

#include "fakes/temporary_directory.h"
#include "rest_test.h"

namespace framespool::rest {
namespace {

class StaticPagesTest : public RestTest {
 protected:
  StaticPagesTest() {
    std::filesystem::create_directories(folder_.path() / "assets");
    std::ofstream(folder_.path() / "index.html") << "<!doctype html>";
    std::ofstream(folder_.path() / "assets" / "app-1a2b.js") << "go()";
    server_ =
        std::make_unique<HttpServer>(std::vector<Listener>{{"127.0.0.1", 0}}, fake_.worker(), limits_, folder_.path());
  }
  RawClient::Answer Get(const std::string& target, const std::string& headers = "Accept: text/html\r\n") {
    return Connect().Ask("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
  }
  TemporaryDirectory folder_;
};

TEST_F(StaticPagesTest, SendsABrowserThatAsksForTheRootToThePageAndAClientToTheApi) {
  EXPECT_EQ(Get("/").status, 302);
  EXPECT_EQ(Get("/").headers.at("location"), "ui/");
  EXPECT_EQ(Parsed(Ask("GET", "/"))["version"], "0.1.0");
}

TEST_F(StaticPagesTest, ServesThePageAtEachOfItsPlaces) {
  for (const char* place : {"/ui/", "/ui/index.html", "/ui/connectors/front%20door"}) {
    EXPECT_EQ(Get(place).body, "<!doctype html>") << place;
    EXPECT_EQ(Get(place).headers.at("cache-control"), "no-cache");
  }
  EXPECT_EQ(Get("/ui").headers.at("location"), "ui/");
}

TEST_F(StaticPagesTest, LetsHashedFilesBeKeptAndOthersBeAskedForAgain) {
  const auto script = Get("/ui/assets/app-1a2b.js");
  EXPECT_EQ(script.body, "go()");
  EXPECT_EQ(script.headers.at("content-type"), "text/javascript; charset=utf-8");
  EXPECT_THAT(script.headers.at("cache-control"), testing::HasSubstr("immutable"));
  const auto etag = Get("/ui/").headers.at("etag");
  EXPECT_EQ(Get("/ui/", "If-None-Match: " + etag + "\r\n").status, 304);
}

TEST_F(StaticPagesTest, ReadsAFileWhenItIsAskedForAndSaysWhenItHasGone) {
  std::ofstream(folder_.path() / "assets" / "app-1a2b.js") << "go(again)";
  EXPECT_EQ(Get("/ui/assets/app-1a2b.js").body, "go(again)");
  std::ofstream(folder_.path() / "assets" / "app-1a2b.js");
  const auto empty = Get("/ui/assets/app-1a2b.js");
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(empty.body, "");
  std::filesystem::remove(folder_.path() / "assets" / "app-1a2b.js");
  EXPECT_THAT(Get("/ui/assets/app-1a2b.js"), IsError(404, "has no /ui/assets/app-1a2b.js"));
}

TEST_F(StaticPagesTest, TellsTheBrowserToRunNothingElseAndToShowItInNoFrame) {
  for (const char* place : {"/ui/", "/ui/assets/app-1a2b.js"}) {
    const auto headers = Get(place).headers;
    const std::string policy = headers.at("content-security-policy");
    EXPECT_THAT(policy, testing::HasSubstr("default-src 'self'"));
    EXPECT_THAT(policy, testing::HasSubstr("frame-ancestors 'none'"));
    EXPECT_THAT(policy, testing::Not(testing::HasSubstr("script-src"))) << "scripts are default-src's";
    EXPECT_EQ(headers.at("x-frame-options"), "DENY");
    EXPECT_EQ(headers.at("x-content-type-options"), "nosniff");
    EXPECT_EQ(headers.at("referrer-policy"), "no-referrer");
  }
}

TEST_F(StaticPagesTest, NeverLeavesItsFolder) {
  for (const char* target :
       {"/ui/missing.js", "/ui/../etc/passwd", "/ui/%2e%2e/%2e%2e/etc/passwd.txt", "/ui/assets/%00.js"}) {
    const auto answer = Get(target);
    EXPECT_THAT(answer.body, testing::Not(testing::HasSubstr("root:"))) << target;
    EXPECT_TRUE(answer.status == 404 || answer.status == 400 || answer.body == "<!doctype html>")
        << target << answer.status;
  }
}

}  // namespace
}  // namespace framespool::rest
