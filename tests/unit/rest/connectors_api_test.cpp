#include "rest_test.h"

namespace framespool::rest {
namespace {

using testing::ElementsAre;

class ConnectorsApi : public RestTest {};

constexpr const char* kConfig = R"({"connector.class": "VideoFileSource", "file": "/a.mp4"})";

std::string NewConnectorBody(const std::string& name, const std::string& more = "") {
  return R"({"name": ")" + name +
         R"(", "config": {"connector.class": "VideoFileSource", "fps": 30, "loop": true, "scale": 0.5})" + more + "}";
}

TEST_F(ConnectorsApi, ListsNoConnectorsAsAnEmptyArray) { EXPECT_EQ(Ask("GET", "/connectors").body, "[]"); }

TEST_F(ConnectorsApi, CreatesAConnectorAndSaysWhereItIs) {
  const auto answer = Ask("POST", "/connectors", NewConnectorBody("cam"));
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.headers.at("location"), "http://localhost/connectors/cam");
  EXPECT_EQ(Parsed(answer), json::parse(R"({"name": "cam", "config": {"connector.class": "VideoFileSource", "fps": "30",
      "loop": "true", "scale": "0.5", "name": "cam"}, "tasks": [{"connector": "cam", "task": 0}], "type": "source"})"));
  EXPECT_EQ(Ask("GET", "/connectors").body, R"(["cam"])");
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/cam")), Parsed(answer));
}

TEST_F(ConnectorsApi, TakesTheInitialStateInAnyCase) {
  EXPECT_EQ(Ask("POST", "/connectors", NewConnectorBody("a", R"(, "initial_state": "paused")")).status, 201);
  EXPECT_EQ(Ask("POST", "/connectors", NewConnectorBody("b", R"(, "initial_state": "STOPPED")")).status, 201);
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/a/status"))["connector"]["state"], "PAUSED");
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/b/status"))["connector"]["state"], "STOPPED");
  EXPECT_THAT(Ask("POST", "/connectors", NewConnectorBody("c", R"(, "initial_state": "ASLEEP")")),
              IsError(400, "RUNNING, PAUSED or STOPPED, but is \"ASLEEP\""));
}

TEST_F(ConnectorsApi, RefusesABodyThatIsNoConnector) {
  EXPECT_THAT(Ask("POST", "/connectors", "{"), IsError(400, "Malformed JSON"));
  EXPECT_THAT(Ask("POST", "/connectors", "[]"), IsError(400, "an array"));
  EXPECT_THAT(Ask("POST", "/connectors", "null"), IsError(400, "null"));
  EXPECT_THAT(Ask("POST", "/connectors", R"({"name": "a"})"), IsError(400, "config is missing"));
  EXPECT_THAT(Ask("POST", "/connectors", R"({"name": "a", "config": null})"), IsError(400, "config must be an object"));
  EXPECT_THAT(Ask("POST", "/connectors", R"({"name": 1, "config": {}})"), IsError(400, "name must be a string"));
  EXPECT_THAT(Ask("POST", "/connectors", R"({"config": {"name": "a"}})"), IsError(400, "name is missing"));
  EXPECT_THAT(Ask("POST", "/connectors", R"({"name": "a", "config": {"x": {}}})"), IsError(400, "config key x"));
  EXPECT_THAT(Ask("POST", "/connectors", R"({"name": "a", "confg": {}})"), IsError(400, "Unknown field confg"));
  EXPECT_THAT(Ask("POST", "/connectors", R"({"name": "a", "config": {"name": "b"}})"), IsError(400, "doesn't match"));
  EXPECT_THAT(Connect().Ask("POST /connectors HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\r\n"),
              IsError(400, "no body"));
  EXPECT_THAT(herder_.changes(), ElementsAre());
}

TEST_F(ConnectorsApi, RefusesBodiesMadeToEatMemory) {
  EXPECT_THAT(Ask("POST", "/connectors", std::string(1'000'000, '[')), IsError(400, "nested"));
  std::string many = R"({"name": "a", "config": {)";
  for (int i = 0; i < 200'000; ++i) many.append("\"").append(std::to_string(i)).append("\":0,");
  EXPECT_THAT(Ask("POST", "/connectors", many + R"("z": 0}})"), IsError(400, "too many"));
}

TEST_F(ConnectorsApi, PassesOnWhyTheHerderRefuses) {
  herder_.Add("cam", {});
  EXPECT_THAT(Ask("POST", "/connectors", NewConnectorBody("cam")), IsError(409, "already exists"));
  EXPECT_THAT(Ask("POST", "/connectors", R"({"name": "b", "config": {}})"), IsError(400, "connector.class"));
}

TEST_F(ConnectorsApi, WantsJson) {
  EXPECT_THAT(Ask("POST", "/connectors", NewConnectorBody("a"), "Content-Type: text/plain\r\n"),
              IsError(415, "text/plain"));
  EXPECT_THAT(Ask("POST", "/connectors", NewConnectorBody("a"), ""), IsError(415, "without a Content-Type"));
  EXPECT_THAT(Ask("PUT", "/connectors/a/config", kConfig, "Content-Type: application/x-www-form-urlencoded\r\n"),
              IsError(415, "application/json"));
  EXPECT_EQ(
      Ask("POST", "/connectors", NewConnectorBody("a"), "Content-Type: Application/JSON; charset=utf-8\r\n").status,
      201);
}

TEST_F(ConnectorsApi, WritesAnyStatusInTheListAsItWritesItAlone) {
  herder_.Add("a \"\\\n\xff\u00fc", {}, 2);
  herder_.SetTask("a \"\\\n\xff\u00fc", 1,
                  {.id = 1,
                   .state = runtime::State::kFailed,
                   .worker_id = "w",
                   .version = "1",
                   .trace = "why\n\tat \"x\"",
                   .problems = {{.message = "why \"x\"", .kind = "a-kind-of-its-own"}},
                   .metrics = {{"a", true}, {"b", std::int64_t{-7}}, {"c", 0.5}, {"d", std::string("\x01")}}});
  const auto all = Ask("GET", "/connectors?expand=status");
  const auto alone = Ask("GET", "/connectors/a%20%22%5C%0A%FF%C3%BC/status");
  EXPECT_EQ(alone.status, 200);
  EXPECT_THAT(all.body, testing::HasSubstr("\"status\":" + alone.body));
  EXPECT_EQ(Parsed(all).size(), 1U);
}

TEST_F(ConnectorsApi, ExpandsTheList) {
  herder_.Add("a", {{"k", "v"}});
  herder_.Add("b", {});
  const auto both = Parsed(Ask("GET", "/connectors?expand=status&expand=info"));
  EXPECT_EQ(both.size(), 2u);
  EXPECT_EQ(both["a"]["status"]["connector"]["state"], "RUNNING");
  EXPECT_EQ(both["a"]["info"]["config"]["k"], "v");
  EXPECT_EQ(Parsed(Ask("GET", "/connectors?expand=status"))["b"].size(), 1u);
  EXPECT_EQ(Ask("GET", "/connectors?expand=nonsense").body, R"({"a":{},"b":{}})");
}

TEST_F(ConnectorsApi, AnswersForOneThousandConnectorsAtOnce) {
  for (int i = 0; i < 1000; ++i) herder_.Add("connector-" + std::to_string(i), {{"file", "/video.mp4"}});
  EXPECT_EQ(Parsed(Ask("GET", "/connectors?expand=status&expand=info")).size(), 1000u);
}

TEST_F(ConnectorsApi, SaysWhichConnectorIsUnknown) {
  EXPECT_THAT(Ask("GET", "/connectors/x"), IsError(404, "Connector x not found"));
  EXPECT_THAT(Ask("GET", "/connectors/x/config"), IsError(404, "Connector x not found"));
  EXPECT_THAT(Ask("GET", "/connectors/x/status"), IsError(404, "No status found for connector x"));
  EXPECT_THAT(Ask("GET", "/connectors/x/tasks"), IsError(404, "x"));
  EXPECT_THAT(Ask("GET", "/connectors/x/tasks/0/status"), IsError(404, "x"));
  EXPECT_THAT(Ask("DELETE", "/connectors/x"), IsError(404, "x"));
  EXPECT_THAT(Ask("PUT", "/connectors/x/pause"), IsError(404, "x"));
  EXPECT_THAT(Ask("PUT", "/connectors/x/resume"), IsError(404, "x"));
  EXPECT_THAT(Ask("PUT", "/connectors/x/stop"), IsError(404, "x"));
  EXPECT_THAT(Ask("POST", "/connectors/x/restart"), IsError(404, "x"));
  EXPECT_THAT(Ask("POST", "/connectors/x/tasks/0/restart"), IsError(404, "x"));
}

TEST_F(ConnectorsApi, DeletesAConnector) {
  herder_.Add("cam", {});
  const auto answer = Ask("DELETE", "/connectors/cam");
  EXPECT_EQ(answer.status, 204);
  EXPECT_EQ(answer.headers.count("content-length"), 0u);
  EXPECT_EQ(Ask("GET", "/connectors/cam/status").status, 404);
}

TEST_F(ConnectorsApi, PutsAConfigOfANewAndOfAKnownConnector) {
  const auto created = Ask("PUT", "/connectors/cam/config", kConfig);
  EXPECT_EQ(created.status, 201);
  EXPECT_EQ(created.headers.at("location"), "http://localhost/connectors/cam");
  const auto changed = Ask("PUT", "/connectors/cam/config", R"({"name": "cam", "file": "/b.mp4"})");
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.headers.count("location"), 0u);
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/cam/config")), json::parse(R"({"file": "/b.mp4", "name": "cam"})"));
  EXPECT_THAT(Ask("PUT", "/connectors/cam/config", R"({"name": "dog"})"), IsError(400, "(dog) doesn't match"));
  EXPECT_THAT(Ask("PUT", "/connectors/cam/config", "\"a\""), IsError(400, "a string"));
}

TEST_F(ConnectorsApi, ShowsStatusAsConnectDoes) {
  herder_.Add("cam", {}, 2);
  herder_.SetTask("cam", 0,
                  {.state = runtime::State::kFailed,
                   .worker_id = "w",
                   .version = "1",
                   .trace = "why",
                   .problems = {{.field = "http.port",
                                 .message = "is taken",
                                 .kind = kind::kPortInUse,
                                 .facts = {{"port", std::int64_t{5000}}}}},
                   .metrics = {}});
  herder_.SetTask("cam", 1,
                  {.state = runtime::State::kRunning,
                   .worker_id = "w",
                   .version = "1",
                   .trace = {},
                   .metrics = {{"frames_read", std::int64_t{12}}, {"end_of_file", true}, {"lag_seconds", 0.5}}});
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/cam/status")), json::parse(R"({"name": "cam",
      "connector": {"state": "RUNNING", "worker_id": "w", "version": "0.1.0"},
      "tasks": [{"id": 0, "state": "FAILED", "worker_id": "w", "version": "1", "trace": "why",
                 "problems": [{"kind": "port-in-use", "field": "http.port", "message": "is taken",
                               "facts": {"port": 5000}}]},
                {"id": 1, "state": "RUNNING", "worker_id": "w", "version": "1",
                 "metrics": {"frames_read": 12, "end_of_file": true, "lag_seconds": 0.5}}], "type": "source"})"));
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/cam/tasks/0/status")),
            json::parse(R"({"id": 0, "state": "FAILED", "worker_id": "w", "version": "1", "trace": "why",
                "problems": [{"kind": "port-in-use", "field": "http.port", "message": "is taken",
                              "facts": {"port": 5000}}]})"));
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/cam/tasks")), json::parse(R"([
      {"id": {"connector": "cam", "task": 0}, "config": {"name": "cam"}},
      {"id": {"connector": "cam", "task": 1}, "config": {"name": "cam"}}])"));
}

TEST_F(ConnectorsApi, ShowsEachTaskWithItsOwnConfig) {
  herder_.Add("cams", {{"folder", "/v"}}, 2);
  herder_.SetTaskConfig("cams", 0, {{"files", "/v/a.mp4"}});
  herder_.SetTaskConfig("cams", 1, {{"files", "/v/b.mp4"}});
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/cams/tasks")), json::parse(R"([
      {"id": {"connector": "cams", "task": 0}, "config": {"files": "/v/a.mp4"}},
      {"id": {"connector": "cams", "task": 1}, "config": {"files": "/v/b.mp4"}}])"));
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/cams/tasks-config")), json::parse(R"({
      "cams-0": {"files": "/v/a.mp4"}, "cams-1": {"files": "/v/b.mp4"}})"));
}

TEST_F(ConnectorsApi, RefusesTaskNumbersThatAreNone) {
  herder_.Add("cam", {});
  for (const std::string task : {"1", "-1", "x", "0x", "99999999999", "+0"}) {
    EXPECT_THAT(Ask("GET", "/connectors/cam/tasks/" + task + "/status"), IsError(404, "cam-" + task)) << task;
    EXPECT_THAT(Ask("POST", "/connectors/cam/tasks/" + task + "/restart"), IsError(404, "cam-" + task)) << task;
  }
}

TEST_F(ConnectorsApi, PausesResumesStopsAndRestarts) {
  herder_.Add("cam", {});
  const auto pause = Ask("PUT", "/connectors/cam/pause");
  EXPECT_EQ(pause.status, 202);
  EXPECT_EQ(pause.headers.at("content-length"), "0");
  EXPECT_EQ(Ask("PUT", "/connectors/cam/resume").status, 202);
  EXPECT_EQ(Ask("PUT", "/connectors/cam/stop").status, 204);
  EXPECT_EQ(Ask("POST", "/connectors/cam/restart").status, 204);
  EXPECT_EQ(Ask("POST", "/connectors/cam/restart?includeTasks=false&onlyFailed=no").status, 204);
  const auto restart = Ask("POST", "/connectors/cam/restart?includeTasks=True&onlyFailed=TRUE");
  EXPECT_EQ(restart.status, 202);
  EXPECT_EQ(Parsed(restart)["connector"]["state"], "RESTARTING");
  EXPECT_EQ(Ask("POST", "/connectors/cam/tasks/0/restart").status, 204);
  EXPECT_THAT(herder_.changes(), ElementsAre("pause cam", "resume cam", "stop cam", "restart cam", "restart cam",
                                             "restart cam tasks failed", "restart cam 0"));
}

TEST_F(ConnectorsApi, TakesAnyNameThatCanBePercentEncoded) {
  const std::string name = "a b/ü%";
  const auto created = Ask("POST", "/connectors", NewConnectorBody(name));
  ASSERT_EQ(created.status, 201);
  EXPECT_EQ(created.headers.at("location"), "http://localhost/connectors/a%20b%2F%C3%BC%25");
  for (const std::string path :
       {"/connectors/a%20b%2F%C3%BC%25", "/connectors/a%20b%2f%c3%bc%25/", "/connectors/%61%20b%2Fü%25"}) {
    EXPECT_EQ(Parsed(Ask("GET", path))["name"], name) << path;
  }
  EXPECT_THAT(Ask("GET", "/connectors/a+b"), IsError(404, "Connector a+b not found"));
  EXPECT_THAT(Ask("GET", "/connectors/%ff%00"), IsError(404, "not found"));
}

}  // namespace
}  // namespace framespool::rest
