#include <store_kafka/state_formats.h>

#include <gmock/gmock.h>

namespace framespool::store {
namespace {

const Timestamp kThen{std::chrono::milliseconds(1700000000000)};

TEST(StateFormatsTest, KeysAndValuesOfConfigsAreConnects) {
  EXPECT_EQ(ConnectorKey("cam"), "connector-cam");
  EXPECT_EQ(TargetStateKey("cam"), "target-state-cam");
  EXPECT_EQ(TaskCountKey("cam"), "tasks-fencing-cam");
  EXPECT_EQ(ConnectorValue({{"fps", "30"}, {"name", "cam"}}), R"({"properties":{"fps":"30","name":"cam"}})");
  EXPECT_EQ(ConnectorValue({}), R"({"properties":{}})");
  EXPECT_EQ(TargetStateValue(TargetState::kRunning), R"({"state":"STARTED","state.v2":"STARTED"})");
  EXPECT_EQ(TargetStateValue(TargetState::kPaused), R"({"state":"PAUSED","state.v2":"PAUSED"})");
  EXPECT_EQ(TargetStateValue(TargetState::kStopped), R"({"state":"PAUSED","state.v2":"STOPPED"})");
  EXPECT_EQ(TaskCountValue(3), R"({"task-count":3})");
}

TEST(StateFormatsTest, ReadsWhatConnectHasWritten) {
  EXPECT_EQ(ConfigFromValue(R"({"properties":{"name":"cam","unset":null,"tasks.max":2}})"),
            (RawConfig{{"name", "cam"}, {"tasks.max", "2"}}));
  EXPECT_EQ(TargetFromValue(R"({"state":"PAUSED"})"), TargetState::kPaused);
  EXPECT_EQ(TargetFromValue(R"({"state":"PAUSED","state.v2":"STOPPED"})"), TargetState::kStopped);
  EXPECT_EQ(TargetFromValue(R"({"state":"STARTED","state.v2":null})"), TargetState::kRunning);
  EXPECT_EQ(TaskCountFromValue(R"({"task-count":7})"), 7);
  for (const char* wrong : {"", "{", "[]", "null", R"({"properties":7})", R"({"properties":[]})", R"({"other":{}})"})
    EXPECT_ANY_THROW(ConfigFromValue(wrong)) << wrong;
  EXPECT_ANY_THROW(TargetFromValue("{}"));
  EXPECT_ANY_THROW(TaskCountFromValue("{}"));
}

TEST(StateFormatsTest, KeysAndValuesOfStatusAreConnects) {
  EXPECT_EQ(TaskStatusKey("cam", 2), "status-task-cam-2");
  EXPECT_EQ(ConnectorStatusKey("cam"), "status-connector-cam");
  EXPECT_EQ(StatusValue({.state = "RUNNING", .trace = "", .worker_id = "w:1", .generation = 4}),
            R"({"generation":4,"state":"RUNNING","trace":null,"worker_id":"w:1"})");
  EXPECT_EQ(StatusValue({.state = "FAILED", .trace = "no \"file\"", .worker_id = "w:1"}),
            R"({"generation":0,"state":"FAILED","trace":"no \"file\"","worker_id":"w:1"})");
  EXPECT_EQ(ActiveTopicKey("cam", "frames"), "status-topic-frames:connector-cam");
  EXPECT_EQ(ActiveTopicValue("cam", "frames", kThen),
            R"({"topic":{"connector":"cam","discoverTimestamp":1700000000000,"name":"frames","task":0}})");
}

TEST(StateFormatsTest, KeysOfOneConnectorAreNotThoseOfAnotherWithALikeName) {
  EXPECT_TRUE(IsTaskStatusOf("status-task-cam-12", "cam"));
  EXPECT_FALSE(IsTaskStatusOf("status-task-cam-2-0", "cam"));
  EXPECT_TRUE(IsTaskStatusOf("status-task-cam-2-0", "cam-2"));
  EXPECT_FALSE(IsTaskStatusOf("status-task-cam-", "cam"));
  EXPECT_EQ(ActiveTopicFromKey("status-topic-a.b:connector-x:connector-y"),
            std::pair(std::string("x:connector-y"), std::string("a.b")));
  EXPECT_EQ(ActiveTopicFromKey("status-task-cam-0"), std::nullopt);
  EXPECT_FALSE(HistoryKey("cam2", 0).starts_with(HistoryPrefix("cam")));
  EXPECT_FALSE(PositionKey("connect-cam/x", {"t", 0}).starts_with(PositionPrefix("connect-cam")));
}

TEST(StateFormatsTest, OwnKeysSayAllThatTheyAreOfWhateverTheNames) {
  for (const std::string group : {"connect-cam", "connect-a\"b,[]/guest", "connect-ü?key=\n", ""}) {
    const TopicPartition source{"frames", 3};
    EXPECT_EQ(PositionFromKey(PositionKey(group, source)), std::pair(group, source));
    EXPECT_TRUE(PositionKey(group, source).starts_with(PositionPrefix(group)));
    EXPECT_TRUE(PositionKey(group, source).starts_with(kPositionPrefix));
    EXPECT_TRUE(HistoryKey(group, 1).starts_with(HistoryPrefix(group)));
    EXPECT_TRUE(HistoryKey(group, 1).starts_with(kHistoryPrefix));
  }
  EXPECT_EQ(PositionKey("g", {"t", 3}), R"(["position","g","t",3])");
  EXPECT_EQ(PositionValue(7), R"({"offset":7})");
  EXPECT_EQ(OwnerKey(""), R"(["owner"])");
  EXPECT_EQ(HistoryKey("cam", 3), HistoryKey("cam", 3 + kKeptChanges));
  for (const char* wrong : {"", "x", "[]", R"(["position","g","t"])", R"(["position",1,"t",3])", R"({"a":1})"})
    EXPECT_EQ(PositionFromKey(wrong), std::nullopt) << wrong;
}

TEST(StateFormatsTest, AChangeAndAnOwnerComeBackAsTheyWere) {
  const StoredChange change{
      .connector = "cam", .by = "1.2.3.4", .action = "CHANGED", .before = {{"a", "1"}}, .after = {}, .time = kThen};
  const auto [back, number] = HistoryFromValue(HistoryValue(change, 512));
  EXPECT_EQ(number, 512);
  EXPECT_EQ(back.connector, "cam");
  EXPECT_EQ(back.by, "1.2.3.4");
  EXPECT_EQ(back.before, change.before);
  EXPECT_EQ(back.after, change.after);
  EXPECT_EQ(back.time, kThen);
  const StateOwner owner = OwnerFromValue(OwnerValue({.id = "x", .host = "h", .process = 9, .term = 3}));
  EXPECT_EQ(owner.id, "x");
  EXPECT_EQ(owner.process, 9);
  EXPECT_EQ(owner.term, 3);
}

}  // namespace
}  // namespace framespool::store
