#include <base/log.h>

#include <map>
#include <string>

#include "rest_test.h"

namespace framespool::rest {
namespace {

class InspectionApi : public RestTest {};

TEST_F(InspectionApi, ListsTopicsWithWhatTheyHold) {
  const auto topic =
      json::parse(R"({"name": "t", "bytes": 7, "config": {}, "sources": ["a"], "sinks": [], "partitions": [
      {"partition": 0, "first_offset": 0, "end_offset": 0, "first_timestamp": null, "last_timestamp": null},
      {"partition": 1, "first_offset": 3, "end_offset": 9, "first_timestamp": 1, "last_timestamp": 2}]})");
  EXPECT_EQ(Parsed(Ask("GET", "/topics")), json::array({topic}));
  EXPECT_EQ(Parsed(Ask("GET", "/topics/t")), topic);
  EXPECT_THAT(Ask("GET", "/topics/nothing"), IsError(404, "nothing"));
}

TEST_F(InspectionApi, DeletesATopicUnlessAConnectorNamesIt) {
  EXPECT_EQ(Ask("DELETE", "/topics/t").status, 204);
  EXPECT_THAT(Ask("DELETE", "/topics/busy"), IsError(409, "busy is used by a (source)"));
  EXPECT_THAT(Ask("DELETE", "/topics/nothing"), IsError(404, "nothing"));
  EXPECT_THAT(herder_.changes(), testing::ElementsAre("delete topic t", "delete topic busy", "delete topic nothing"));
}

TEST_F(InspectionApi, TellsWhatIsInADeadLetterTopic) {
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/a/dead-letters")), json::parse(R"({
      "topic": "dead", "exists": true, "records": 9, "looked_at": 4, "complete": false, "own": 2, "others": 1,
      "unnamed": 1, "in_further_reasons": 0,
      "reasons": [{"named": true, "topic": "t", "stage": "TASK_PUT", "class": "", "exception": "", "message": "no",
                   "messages_differ": false, "letters": 2, "without_value": 0, "first_timestamp": 5,
                   "last_timestamp": 5}],
      "letters": [{"reason": 0, "partition": 0, "offset": 3, "timestamp": 5, "key": "k", "value": "aGk=",
                   "value_bytes": 2, "headers": []},
                  {"reason": 0, "partition": 0, "offset": 2, "timestamp": 5, "key": null, "value": null,
                   "value_bytes": 0, "headers": [{"key": "h", "value": "\ufffd"}]}]})"));
  EXPECT_THAT(Ask("GET", "/connectors/b/dead-letters"), IsError(404, "b has no dead letter topic"));
}

TEST_F(InspectionApi, TellsRecordsOfAPartition) {
  EXPECT_EQ(Parsed(Ask("GET", "/topics/t/records")), json::parse(R"({
      "topic": "t", "partition": 0, "first_offset": 0, "end_offset": 9, "begin": 2, "end": 4, "looked_at": 2,
      "records": [{"partition": 0, "offset": 3, "timestamp": 5, "key": "k", "value": "aGk=", "value_bytes": 2,
                   "headers": []},
                  {"partition": 0, "offset": 2, "timestamp": 5, "key": null, "value": null, "value_bytes": 0,
                   "headers": [{"key": "h", "value": "\ufffd"}]}]})"));
  EXPECT_THAT(Ask("GET", "/topics/nothing/records"), IsError(404, "nothing"));
}

TEST_F(InspectionApi, AsksForTheRecordsThatTheQueryNames) {
  Ask("GET", "/topics/t/records");
  EXPECT_EQ(fake_.inspection().asked().limit, 50U);
  EXPECT_FALSE(fake_.inspection().asked().offset || fake_.inspection().asked().before ||
               fake_.inspection().asked().time || fake_.inspection().asked().key);
  Ask("GET", "/topics/t/records?partition=2&time=1500&key=a%20b&limit=7&whole_value=0");
  EXPECT_EQ(fake_.inspection().asked().partition, 2);
  EXPECT_EQ(fake_.inspection().asked().time, Timestamp(std::chrono::milliseconds(1500)));
  EXPECT_EQ(fake_.inspection().asked().key, "a b");
  EXPECT_EQ(fake_.inspection().asked().limit, 7U);
  EXPECT_EQ(fake_.inspection().asked().whole_value, 0U);
  Ask("GET", "/topics/t/records?before=9&key=");
  EXPECT_EQ(fake_.inspection().asked().before, 9);
  EXPECT_EQ(fake_.inspection().asked().key, "");
}

TEST_F(InspectionApi, RefusesAPlaceInATopicThatCannotBe) {
  for (const auto& [query, message] :
       std::map<std::string, std::string>{{"offset=1&before=2", "each names a place"},
                                          {"offset=-1", "offset must be a whole number"},
                                          {"offset=99999999999999999999", "offset must be"},
                                          {"offset=18446744073709551615", "offset must be at most"},
                                          {"partition=3000000000", "partition must be from 0 to"},
                                          {"limit=0", "limit must be from 1 to 200"},
                                          {"limit=201", "limit must be from 1 to 200"},
                                          {"whole_value=99999999", "whole_value must be from 0 to"}}) {
    EXPECT_THAT(Ask("GET", "/topics/t/records?" + query), IsError(400, message)) << query;
  }
}

TEST_F(InspectionApi, AnswersTheHistoryOfMetricsWithGapsAsNull) {
  EXPECT_EQ(
      Parsed(Ask("GET", "/metrics/history?connector=b")),
      json::parse(
          R"({"resolution_ms": 1000, "times": [1000, 2000], "series": {"b": {"records_per_second": [null, 30.0]}}})"));
  EXPECT_EQ(Parsed(Ask("GET", "/metrics/history?resolution=1m"))["resolution_ms"], 60000);
  EXPECT_THAT(Ask("GET", "/metrics/history?resolution=1h"), IsError(400, "resolution must be 1s"));
}

TEST_F(InspectionApi, AnswersMetricsAsTextForPrometheus) {
  herder_.SetHealth({herder::Health::Status::kHealthy, "", {{.subject = "a", .kind = "b", .message = "c"}}});
  const auto answer = Ask("GET", "/metrics", "", "Accept: application/openmetrics-text; version=1.0.0\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(answer.body, "framespool_build_info{version=\"0.1.0\"} 1\nframespool_problems 1\n");
}

TEST_F(InspectionApi, AnswersEventsBehindANumber) {
  EXPECT_EQ(
      Parsed(Ask("GET", "/events?after=4")),
      json::parse(
          R"({"next": 5, "events": [{"seq": 5, "time": 5, "connector": "a", "task": 0, "state": "RUNNING", "message": ""}]})"));
  EXPECT_THAT(Ask("GET", "/events?after=-1"), IsError(400, "after must be a whole number"));
}

TEST_F(InspectionApi, AnswersTheLogFromWhereItWasLastRead) {
  const auto before = log::NewestLine();
  log::Info("kitchen|task-0", "hello");
  log::Warn("garden|task-0", "careful");
  const auto logs = [&](const std::string& more) {
    return Parsed(Ask("GET", "/logs?after=" + std::to_string(before) + more));
  };
  EXPECT_EQ(logs("")["entries"].size(), 2U);
  EXPECT_EQ(logs("&connector=kitchen")["entries"][0]["message"], "hello");
  EXPECT_EQ(logs("&level=warn")["entries"][0]["logger"], "garden|task-0");
  EXPECT_EQ(logs("&limit=1")["next"], before + 1);
  EXPECT_THAT(Ask("GET", "/logs?level=loud"), IsError(400, "level must be one of"));
}

TEST_F(InspectionApi, TellsOfTheWorker) { EXPECT_TRUE(Parsed(Ask("GET", "/worker")).contains("rss_bytes")); }

TEST_F(InspectionApi, TellsOfAWorkerThatIsAlone) {
  const json cluster = Parsed(Ask("GET", "/cluster"));
  EXPECT_TRUE(cluster["group_id"].is_null());
  ASSERT_EQ(cluster["workers"].size(), 1U);
  const json& worker = cluster["workers"][0];
  EXPECT_EQ(worker["worker_id"], cluster["worker_id"]);
  EXPECT_EQ(worker["state"], "RUNNING");
  EXPECT_EQ(worker["leads"], true);
  EXPECT_TRUE(worker["session"].is_null());
  EXPECT_EQ(worker["connector_classes"], json::parse(R"({"HeartbeatSource": ["1.0.0"]})"));
}

TEST_F(InspectionApi, TellsOfWorkersThatShareTheirTasksAndOfThoseThatAreGone) {
  const auto at = [](int ms) { return Timestamp(std::chrono::milliseconds(ms)); };
  runtime::TaskStatus waits{
      .id = 1, .state = runtime::State::kUnassigned, .worker_id = {}, .version = {}, .trace = {}, .metrics = {}};
  waits.problems = {{.message = "no worker may run it", .kind = "not-placed"}};
  herder_.SetCluster(
      {.group = "wall",
       .worker = "w1",
       .leader = "w2",
       .term = 7,
       .workers = {{.id = "w2",
                    .session = "s",
                    .version = "1",
                    .labels = {{"gpu", ""}},
                    .classes = {},
                    .is_there = true,
                    .is_leaving = true,
                    .tasks = 1},
                   {.id = "w3", .session = {}, .version = {}, .labels = {}, .classes = {}}},
       .tasks =
           {{.connector = "cam", .status = waits, .epoch = 4, .cause = "worker-gone", .from = "w3", .since = at(5)}},
       .moves = {{.time = at(5),
                  .connector = "cam",
                  .task = 1,
                  .from = {},
                  .to = "w2",
                  .epoch = 4,
                  .cause = "new",
                  .message = "it is new: w2 has it"}}});
  EXPECT_EQ(Parsed(Ask("GET", "/cluster")), json::parse(R"({
      "group_id": "wall", "worker_id": "w1", "leader": "w2", "term": 7,
      "workers": [{"worker_id": "w2", "session": "s", "state": "LEAVING", "leads": true, "version": "1",
                   "uptime_ms": null, "labels": {"gpu": ""}, "connector_classes": {}, "tasks": 1},
                  {"worker_id": "w3", "session": null, "state": "GONE", "leads": false, "version": null,
                   "uptime_ms": null, "labels": {}, "connector_classes": {}, "tasks": 0}],
      "tasks": [{"connector": "cam", "task": 1, "state": "UNASSIGNED", "worker_id": null, "epoch": 4,
                 "cause": "worker-gone", "from": "w3", "since": 5,
                 "problems": [{"kind": "not-placed", "message": "no worker may run it"}]}],
      "moves": [{"time": 5, "connector": "cam", "task": 1, "from": null, "to": "w2", "epoch": 4, "cause": "new",
                 "message": "it is new: w2 has it"}]})"));
}

TEST_F(InspectionApi, ShowsAltersAndResetsOffsets) {
  herder_.Add("a", {});
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/a/offsets")),
            json::parse(R"({"offsets": [{"partition": {"file": "a.mp4"}, "offset": {"frame": 12}}]})"));
  EXPECT_THAT(Ask("GET", "/connectors/none/offsets"), IsError(404, "none"));
  EXPECT_EQ(Parsed(Ask("PATCH", "/connectors/a/offsets",
                       R"({"offsets": [{"partition": {"file": "a"}, "offset": null}]})"))["message"],
            "The offsets for this connector have been altered successfully");
  EXPECT_EQ(Parsed(Ask("DELETE", "/connectors/a/offsets"))["message"],
            "The offsets for this connector have been reset successfully");
  for (const char* bad :
       {"{}", R"({"offsets": []})", R"({"offsets": [1]})", R"({"offsets": [{"partition": 1, "offset": {}}]})",
        R"({"offsets": [{"partition": {"a": [1]}, "offset": {}}]})"}) {
    EXPECT_EQ(Ask("PATCH", "/connectors/a/offsets", bad).status, 400) << bad;
  }
}

TEST_F(InspectionApi, PatchesAConfigAndTakesKeysOut) {
  herder_.Add("a", {{"keep", "1"}, {"change", "1"}, {"drop", "1"}});
  const auto config = Parsed(Ask("PATCH", "/connectors/a/config", R"({"change": 2, "drop": null})"))["config"];
  EXPECT_EQ(config, json::parse(R"({"keep": "1", "change": "2", "name": "a"})"));
  EXPECT_THAT(Ask("PATCH", "/connectors/a/config", R"({"name": "b"})"), IsError(400, "name cannot be changed"));
  EXPECT_THAT(Ask("PATCH", "/connectors/none/config", "{}"), IsError(404, "none"));
  EXPECT_EQ(Parsed(Ask("GET", "/connectors/a/tasks-config"))["a-0"]["keep"], "1");
}

TEST_F(InspectionApi, ShowsAndSetsTheLevelsOfLoggers) {
  log::Info("attic|task-0", "here");
  EXPECT_EQ(Parsed(Ask("PUT", "/admin/loggers/attic", R"({"level": "debug"})")),
            json::parse(R"(["attic", "attic|task-0"])"));
  EXPECT_EQ(Parsed(Ask("GET", "/admin/loggers/attic"))["level"], "DEBUG");
  EXPECT_TRUE(Parsed(Ask("GET", "/admin/loggers")).contains("root"));
  EXPECT_EQ(Ask("PUT", "/admin/loggers/attic?scope=cluster", R"({"level": "INFO"})").status, 204);
  EXPECT_THAT(Ask("PUT", "/admin/loggers/attic", R"({"level": "loud"})"), IsError(404, "invalid log level 'loud'"));
  EXPECT_THAT(Ask("PUT", "/admin/loggers/attic", "{}"), IsError(400, "level must be one of"));
  EXPECT_THAT(Ask("GET", "/admin/loggers/never-seen"), IsError(404, "never-seen"));
}

}  // namespace
}  // namespace framespool::rest
