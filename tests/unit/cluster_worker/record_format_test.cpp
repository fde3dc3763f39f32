#include "record_format.h"

#include <gmock/gmock.h>

#include "fakes/memory_state_topics.h"

namespace framespool::cluster {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

broker::ReadRecord Read(const broker::StateWrite& write) {
  return {.key = write.key, .value = write.value, .partition = 0, .offset = 0, .time = {}};
}

/// What a view has that follows the topic.
View ViewOf(const Transaction& transaction) {
  RecordReader reader;
  View view;
  for (const auto& write : WritesOf(transaction, "configs")) {
    EXPECT_EQ(write.topic, "configs");
    if (const auto record = reader.Read(Read(write))) view.Apply(*record);
    EXPECT_EQ(reader.problem(), "");
  }
  return view;
}

Record ConnectorRecord(const std::string& name, RawConfig config, store::TargetState target) {
  return {.kind = Record::Kind::kConnector,
          .name = name,
          .value = std::make_shared<const store::StoredConnector>(
              store::StoredConnector{.name = name, .config = std::move(config), .target = target})};
}

TEST(RecordFormat, ReadsWhatItHasWritten) {
  base::Refusal refusal =
      base::Refuse(base::Reason::kConflict,
                   Problem{.message = "there is one", .kind = "connector-exists", .facts = {{"connector", "cam"}}})
          .value();
  const View view = ViewOf(
      {ConnectorRecord("cam", {{"name", "cam"}}, store::TargetState::kStopped),
       {.kind = Record::Kind::kLedger,
        .name = "cam",
        .value = std::make_shared<const Ledger>(Ledger{.revision = 7, .split = {}, .tasks = {}})},
       {.kind = Record::Kind::kAnswer,
        .name = "id",
        .value = std::make_shared<const Answer>(Answer{.refused = refusal, .at = 5})},
       {.kind = Record::Kind::kLeader, .name = {}, .value = Leadership{.worker = "w1", .session = "w1-5f", .term = 3}},
       {.kind = Record::Kind::kMembers,
        .name = {},
        .value = std::make_shared<const Members>(Members{{.worker = "w1", .session = "w1-5f"}})},
       {.kind = Record::Kind::kRequests, .name = {}, .value = std::int64_t{12}}});
  ASSERT_NE(view.Connector("cam"), nullptr);
  EXPECT_EQ(view.Connector("cam")->config, (RawConfig{{"name", "cam"}}));
  EXPECT_EQ(view.Connector("cam")->target, store::TargetState::kStopped);
  EXPECT_EQ(view.LedgerOf("cam")->revision, 7U);
  const auto& answer = *view.answers().at("id");
  EXPECT_EQ(answer.at, 5);
  EXPECT_EQ(answer.refused->reason, base::Reason::kConflict);
  EXPECT_EQ(answer.refused->message, refusal.message);
  EXPECT_EQ(answer.refused->problems, refusal.problems);
  EXPECT_EQ(view.leader(), (Leadership{.worker = "w1", .session = "w1-5f", .term = 3}));
  EXPECT_EQ(view.next_request(), 12);
  EXPECT_THAT(view.members(), ElementsAre(Member{.worker = "w1", .session = "w1-5f"}));
}

TEST(RecordFormat, ATombstoneTakesAConnectorAwayAndAnotherTargetStateKeepsItsConfig) {
  RecordReader reader;
  View view;
  const auto read = [&](const std::string& key, std::optional<std::string> value) {
    if (const auto record = reader.Read({.key = key, .value = std::move(value)})) view.Apply(*record);
  };
  read("connector-cam", R"({"properties":{"a":"1"}})");
  EXPECT_EQ(view.Connector("cam")->target, store::TargetState::kRunning);
  read("target-state-cam", R"({"state":"PAUSED","state.v2":"STOPPED"})");
  EXPECT_EQ(view.Connector("cam")->config, (RawConfig{{"a", "1"}}));
  EXPECT_EQ(view.Connector("cam")->target, store::TargetState::kStopped);
  read("target-state-cam", std::nullopt);
  read("connector-cam", std::nullopt);
  EXPECT_EQ(view.Connector("cam"), nullptr);
}

TEST(RecordFormat, WhatCannotBeReadIsSaidAndLeftOut) {
  RecordReader reader;
  for (const char* key : {"connector-x", "framespool-tasks-x", "framespool-answer-x", "framespool-leader",
                          "framespool-members", "framespool-requests", "target-state-x"}) {
    EXPECT_FALSE(reader.Read({.key = key, .value = "{"})) << key;
    EXPECT_THAT(reader.problem(), HasSubstr(key));
    EXPECT_FALSE(reader.Read({.key = key, .value = "[]"})) << key;
    EXPECT_THAT(reader.problem(), HasSubstr(key));
  }
  EXPECT_FALSE(reader.Read({.key = "task-cam-0", .value = "{}"}));
  EXPECT_EQ(reader.problem(), "") << "Kafka Connect's own";
}

TEST(RecordFormat, TellsWhatWorkersHaveTold) {
  MemoryStateTopics topics(std::make_shared<MemoryTopics>());
  topics.Claim("w", {});
  TellingWorker tells{.session = "w1-5f",
                      .version = "1.2.3",
                      .started = 99,
                      .labels = {{"site", "berlin"}},
                      .plugins = {{"Numbers", {"1", "2"}}},
                      .leaving = true,
                      .returns_within = Moment(5)};
  tells.buried = "w1-4e";
  tells.crashed = {{"cam", 2}, 17};
  tells.suspicion = {.connectors = {"cam", "other"}, .at = 1234};
  const TaskReport report{.kind = TaskReport::Kind::kRefused, .epoch = 9, .reason = "there is no file"};
  Told told;
  EXPECT_TRUE(TakeTold(Read(WriteOf("own", "w1", tells)), told));
  EXPECT_TRUE(TakeTold(Read(WriteOf("own", TaskKey{"cam", 1}, report)), told));
  EXPECT_TRUE(TakeTold(Read({"own", R"(["worker","w2"])", "{"}), told));
  EXPECT_FALSE(TakeTold(Read({"own", R"(["owner"])", "{}"}), told));
  ASSERT_EQ(told.workers.size(), 1U);
  EXPECT_EQ(told.workers.at("w1"), tells);
  ASSERT_EQ(told.reports.size(), 1U);
  EXPECT_EQ(told.reports.at("cam").at(1), report);
  EXPECT_TRUE(TakeTold(Read({"own", R"(["worker","w1"])", std::nullopt}), told));
  EXPECT_TRUE(TakeTold(Read({"own", R"(["task","cam",1])", std::nullopt}), told));
  EXPECT_TRUE(told.workers.empty() && told.reports.empty()) << "taken back";
}

}  // namespace
}  // namespace framespool::cluster
