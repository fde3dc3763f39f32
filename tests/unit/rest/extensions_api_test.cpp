#include "rest_test.h"

namespace framespool::rest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What Framespool's API has beyond Kafka Connect's, and the two places where a connector's topics are told.
class ExtensionsApi : public RestTest {
 protected:
  static std::string NewConnector(const std::string& more = "") {
    return R"({"name": "cam", "config": {"connector.class": "VideoFileSource"})" + more + "}";
  }
  static std::string IfMatch(const std::string& tag) {
    return "Content-Type: application/json\r\nIf-Match: " + tag + "\r\n";
  }
};

TEST_F(ExtensionsApi, ChecksWhatWouldBeCreatedAndCreatesNothing) {
  const auto answer = Ask("POST", "/connectors?validate_only=True", NewConnector());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Parsed(answer),
            json::parse(R"({"name": "cam", "config": {"connector.class": "VideoFileSource", "name": "cam"},
      "tasks": [], "type": "source"})"));
  EXPECT_THAT(Ask("POST", "/connectors?validate_only=true", R"({"name": "b", "config": {}})"),
              IsError(400, "connector.class"));
  herder_.Add("cam", {});
  EXPECT_THAT(Ask("POST", "/connectors?validate_only=true", NewConnector()), IsError(409, "exists"));
  for (const char* no_switch : {"validate_only=1", "validate_only=yes", "validate_only="}) {
    EXPECT_THAT(Ask("POST", std::string("/connectors?") + no_switch, NewConnector()),
                IsError(400, "validate_only must be true or false"));
  }
  EXPECT_THAT(Ask("PUT", "/connectors?dry_run=1", "{}"), IsError(400, "dry_run must be true or false"));
  EXPECT_THAT(Ask("PUT", "/connectors?prune=maybe", "{}"), IsError(400, "prune must be true or false"));
  EXPECT_THAT(Ask("PUT", "/connectors?prune=true&dryrun=true", "{}"),
              IsError(400, "dryrun is no parameter of PUT /connectors, which has: dry_run, prune"));
  EXPECT_THAT(herder_.changes(), ElementsAre("check cam", "check b", "check cam"));
}

TEST_F(ExtensionsApi, TakesInitialOffsets) {
  const auto at = [](const std::string& offsets) { return NewConnector(R"(, "initial_offsets": )" + offsets); };
  EXPECT_EQ(Ask("POST", "/connectors", at(R"([{"partition": {"file": "a"}, "offset": {"frame": 7}}])")).status, 201);
  EXPECT_THAT(herder_.changes(), ElementsAre("create cam at 1"));
  EXPECT_THAT(Ask("POST", "/connectors", at("7")), IsError(400, "initial_offsets must be a list"));
  EXPECT_THAT(Ask("POST", "/connectors", at(R"([{"offset": {}}])")), IsError(400, "partition"));
}

TEST_F(ExtensionsApi, DeletesOffsetsOnlyWhenAsked) {
  herder_.Add("a", {});
  herder_.Add("b", {});
  EXPECT_EQ(Ask("DELETE", "/connectors/a?offsets=true").status, 204);
  EXPECT_EQ(Ask("DELETE", "/connectors/b").status, 204);
  EXPECT_THAT(herder_.changes(), ElementsAre("delete a with offsets", "delete b"));
}

TEST_F(ExtensionsApi, RefusesALostUpdate) {
  herder_.Add("cam", {{"fps", "25"}});
  const auto seen = Ask("GET", "/connectors/cam/config");
  const std::string tag = seen.headers.at("etag");
  EXPECT_EQ(Ask("PUT", "/connectors/cam/config", R"({"fps": "30"})", IfMatch(tag)).status, 200);
  EXPECT_THAT(Ask("PUT", "/connectors/cam/config", R"({"fps": "31"})", IfMatch(tag)),
              IsError(412, "changed meanwhile"));
  EXPECT_THAT(Ask("PATCH", "/connectors/cam/config", R"({"fps": "32"})", IfMatch(tag)), IsError(412, tag));
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/cam/config"))["fps"], "30");

  const std::string newer = Ask("GET", "/connectors/cam/config").headers.at("etag");
  const auto patched = Ask("PATCH", "/connectors/cam/config", R"({"fps": "32"})", IfMatch("\"other\", " + newer));
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(patched.headers.at("etag"), Ask("GET", "/connectors/cam/config").headers.at("etag"));
  EXPECT_EQ(Ask("PUT", "/connectors/cam/config", R"({"fps": "25"})", IfMatch("*")).headers.at("etag"), tag);
  EXPECT_THAT(Ask("PUT", "/connectors/new/config", R"({"fps": "25"})", IfMatch("*")), IsError(412, "not there"));
}

TEST_F(ExtensionsApi, TakesMergePatchesByTheirMediaType) {
  herder_.Add("cam", {{"fps", "25"}, {"loop", "true"}});
  const auto answer = Ask("PATCH", "/connectors/cam/config", R"({"fps": 30, "loop": null})",
                          "Content-Type: application/merge-patch+json\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Parsed(answer)["config"], json::parse(R"({"fps": "30", "name": "cam"})"));
}

TEST_F(ExtensionsApi, AppliesAWholeSetAndTellsThePlan) {
  const auto answer = Ask("PUT", "/connectors?dry_run=true&prune=true",
                          R"({"cam": {"connector.class": "VideoFileSource", "fps": 30}})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(Parsed(answer), json::parse(R"({"dry_run": true, "plan": [{"name": "cam", "action": "create",
      "changes": {"name": {"from": null, "to": "cam"}}}]})"));
  EXPECT_EQ(Parsed(Ask("PUT", "/connectors", "{}")), json::parse(R"({"dry_run": false, "plan": []})"));
  EXPECT_THAT(herder_.changes(), ElementsAre("apply prune dry", "apply"));
  EXPECT_THAT(Ask("PUT", "/connectors", R"({"cam": 7})"), IsError(400, "The config of cam must be an object"));
  EXPECT_THAT(Ask("PUT", "/connectors", R"({"cam": {"name": "other"}})"), IsError(400, "doesn't match"));
}

TEST_F(ExtensionsApi, TellsWhoChangedWhat) {
  herder_.Add("cam", {});
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/cam/history?limit=1")),
            json::parse(R"({"name": "cam", "history": [{"time": 5,
      "by": "127.0.0.1 test", "action": "CHANGED", "changes": {"fps": {"from": null, "to": "30"}}}]})"));
  EXPECT_THAT(Ask("GET", "/connectors/cam/history?limit=all"), IsError(400, "limit"));
  EXPECT_THAT(Ask("GET", "/connectors/none/history"), IsError(404, "none"));
  EXPECT_EQ(
      Connect().Ask("PUT /connectors/cam/pause HTTP/1.1\r\nHost: localhost\r\nUser-Agent: kcctl/1.0\r\n\r\n").status,
      202);
  EXPECT_EQ(herder_.posted_by(), "127.0.0.1 kcctl/1.0");
}

TEST_F(ExtensionsApi, ServesItsOwnDescription) {
  const auto answer = Ask("GET", "/openapi.yaml", "", "Accept: text/plain\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "application/yaml");
  EXPECT_THAT(answer.body, HasSubstr("openapi: 3.1.0\n"));
  EXPECT_THAT(answer.body, HasSubstr("\n  /connectors/{connector}/history:\n"));
}

TEST_F(ExtensionsApi, TellsAndForgetsActiveTopics) {
  herder_.Add("a/b", {});
  EXPECT_EQ(Ask("GET", "/connectors/a%2Fb/topics").body, R"({"a/b":{"topics":["t"]}})");
  EXPECT_EQ(Ask("GET", "/connectors/none/topics").body, R"({"none":{"topics":[]}})");
  const auto reset = Ask("PUT", "/connectors/a%2Fb/topics/reset");
  EXPECT_EQ(reset.status, 202);
  EXPECT_EQ(reset.body, "");
  EXPECT_THAT(herder_.changes(), ElementsAre("reset topics a/b"));
}

TEST_F(ExtensionsApi, ListsConvertersWhenNotOnlyConnectorsAreAskedFor) {
  const auto only = Parsed(Ask("GET", "/connector-plugins"));
  EXPECT_EQ(Parsed(Ask("GET", "/connector-plugins?connectorsOnly=true")), only);
  const auto all = Parsed(Ask("GET", "/connector-plugins?connectorsOnly=False"));
  ASSERT_EQ(all.size(), only.size() + 5);
  EXPECT_EQ(all.back()["type"], "header_converter");
}

}  // namespace
}  // namespace framespool::rest
