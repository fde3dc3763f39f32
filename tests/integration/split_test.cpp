#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "herder_fixture.h"

namespace framespool::herder {
namespace {

using fakes::Eventually;
using runtime::State;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// Connectors that split a list over their tasks.
class SplitTest : public HerderTest {
 protected:
  void List(const std::vector<std::string>& items) {
    const std::string next = list_ + ".next";
    {
      std::ofstream file(next);
      for (const std::string& item : items) file << item << '\n';
    }
    std::filesystem::rename(next, list_);
  }
  RawConfig Source(int tasks_max) const {
    return {
        {"connector.class", "ListSource"}, {"topic", "t"}, {"list", list_}, {"tasks.max", std::to_string(tasks_max)}};
  }
  /// What each task is told to do.
  std::vector<std::string> Items() {
    std::vector<std::string> items;
    const auto info = herder().Connector("lists");
    for (const runtime::TaskInfo& task : info->tasks) items.push_back(task.config.at("items"));
    return items;
  }
  bool AwaitItems(const std::vector<std::string>& items) {
    return Eventually([&] { return Items() == items; });
  }
  bool AwaitState(State connector, const std::vector<State>& tasks) {
    return Eventually([&] {
      const auto status = herder().Status("lists");
      std::vector<State> found;
      for (const runtime::TaskStatus& task : status->tasks) found.push_back(task.state);
      return status->state == connector && found == tasks;
    });
  }
  /// How often each task has been taken up.
  std::map<int, int> Beginnings() {
    std::map<int, int> beginnings;
    for (const inspect::Event& event : worker_->events.After(0)) {
      if (event.connector == "lists" && event.task >= 0 && event.state == "RUNNING") ++beginnings[event.task];
    }
    return beginnings;
  }
  /// The numbers that `item` has counted, as the topic has them.
  std::vector<int> Counted(const std::string& item) {
    std::vector<int> numbers;
    for (const auto& stored : broker_.Records("t")) {
      if (stored.record.key == item) numbers.push_back(std::stoi(std::string(stored.record.value.text())));
    }
    return numbers;
  }
  bool AwaitMoreOf(const std::string& item) {
    const std::size_t before = Counted(item).size();
    return Eventually([&] { return Counted(item).size() > before + 2; });
  }
  /// Without a gap and without a number that came twice.
  static bool IsWhole(const std::vector<int>& numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i] != static_cast<int>(i)) return false;
    }
    return !numbers.empty();
  }

  std::string list_ = (folder_.path() / "list.txt").string();
};

TEST_F(SplitTest, RunsATaskForEachShareWithAConfigOfItsOwn) {
  List({"a", "b", "c"});
  ASSERT_EQ(Create("lists", Source(2)), std::nullopt);
  EXPECT_THAT(Items(), ElementsAre("a,c", "b")) << "the answer to a change has the tasks that come of it";
  EXPECT_EQ(herder().Connector("lists")->config.contains("items"), false);
  ASSERT_TRUE(AwaitState(State::kRunning, {State::kRunning, State::kRunning}));
  for (const char* item : {"a", "b", "c"}) EXPECT_TRUE(AwaitMoreOf(item));
}

TEST_F(SplitTest, FollowsTheConnectorsWishAndLeavesTasksAloneWhoseShareStays) {
  List({"b", "c"});
  ASSERT_EQ(Create("lists", Source(3)), std::nullopt);
  ASSERT_TRUE(AwaitMoreOf("b"));
  List({"a", "b", "c"});
  ASSERT_TRUE(AwaitItems({"b", "c", "a"}));
  ASSERT_TRUE(AwaitMoreOf("a"));
  EXPECT_THAT(Beginnings(), ElementsAre(testing::Pair(0, 1), testing::Pair(1, 1), testing::Pair(2, 1)));
  List({"a", "c"});
  ASSERT_TRUE(AwaitItems({"a", "c"}));
  ASSERT_TRUE(AwaitMoreOf("a"));
  EXPECT_THAT(Beginnings(), ElementsAre(testing::Pair(0, 2), testing::Pair(1, 1), testing::Pair(2, 1)));
  EXPECT_EQ(herder().Status("lists")->tasks.size(), 2u);
}

TEST_F(SplitTest, AShareThatMovesGoesOnWhereItWas) {
  List({"a", "b", "c"});
  ASSERT_EQ(Create("lists", Source(3)), std::nullopt);
  for (const std::vector<std::string>& items :
       std::vector<std::vector<std::string>>{{"c", "a"}, {"b", "c", "a"}, {"a"}, {"c", "b", "a"}}) {
    List(items);
    ASSERT_TRUE(Eventually([&] { return Items().size() == items.size(); }));
    for (const std::string& item : items) ASSERT_TRUE(AwaitMoreOf(item));
  }
  Restart();
  for (const char* item : {"a", "b", "c"}) {
    ASSERT_TRUE(AwaitMoreOf(item));
    EXPECT_TRUE(IsWhole(Counted(item))) << item;
  }
}

TEST_F(SplitTest, AnotherConfigRestartsTheTasksThatItMakesOthersOfAndNoMore) {
  List({"a", "b", "c"});
  ASSERT_EQ(Create("lists", Source(2)), std::nullopt);
  ASSERT_TRUE(AwaitMoreOf("b"));
  const auto put = [&](const RawConfig& config) {
    return Do([&](Herder& h) { return h.PutConfig("lists", config); })->info.tasks.size();
  };
  EXPECT_EQ(put(Source(3)), 3u);
  EXPECT_TRUE(Eventually([&] { return Beginnings() == std::map<int, int>{{0, 2}, {1, 1}, {2, 1}}; }));
  EXPECT_EQ(put(With(Source(3), {{"topic", "other"}})), 3u);
  EXPECT_TRUE(Eventually([&] { return Beginnings() == std::map<int, int>{{0, 3}, {1, 2}, {2, 2}}; }));
  std::filesystem::remove(list_);
  EXPECT_EQ(put(With(Source(3), {{"topic", "another"}})), 0u) << "no task does what the config no longer says";
}

TEST_F(SplitTest, HasNoTaskUntilThereIsWork) {
  List({});
  ASSERT_EQ(Create("lists", Source(3)), std::nullopt);
  EXPECT_TRUE(AwaitState(State::kRunning, {}));
  List({"late"});
  EXPECT_TRUE(AwaitMoreOf("late"));
}

TEST_F(SplitTest, WaitsForASplitThatMayComeLater) {
  ASSERT_EQ(Create("lists", Source(1)), std::nullopt);
  EXPECT_TRUE(AwaitState(State::kRunning, {}));
  const auto waits_for = [&] {
    std::string message;
    for (const base::StandingProblem& problem : herder().GetHealth().problems) {
      if (problem.kind.text() == "connector-waiting") message += problem.message;
    }
    return message;
  };
  ASSERT_TRUE(Eventually([&] { return !waits_for().empty(); }));
  EXPECT_THAT(waits_for(), HasSubstr("there is no list yet"));
  List({"late"});
  EXPECT_TRUE(AwaitMoreOf("late"));
  EXPECT_TRUE(Eventually([&] { return waits_for().empty(); }));
}

TEST_F(SplitTest, RestartsOneTaskWithItsShare) {
  List({"a", "b"});
  ASSERT_EQ(Create("lists", Source(2)), std::nullopt);
  ASSERT_TRUE(AwaitMoreOf("a"));
  ASSERT_TRUE(Do([](Herder& h) { return h.RestartTask("lists", 1); }).has_value());
  ASSERT_TRUE(AwaitMoreOf("b"));
  EXPECT_TRUE(IsWhole(Counted("b")));
  EXPECT_TRUE(Eventually([&] { return Beginnings() == std::map<int, int>{{0, 1}, {1, 2}}; }));
  EXPECT_EQ(Do([](Herder& h) { return h.RestartTask("lists", 2); }).error().reason, base::Reason::kNotFound);
}

TEST_F(SplitTest, FailsTheConnectorWhoseSplitFailsAndLeavesItsTasksRunning) {
  List({"a"});
  ASSERT_EQ(Create("lists", Source(2)), std::nullopt);
  ASSERT_TRUE(AwaitMoreOf("a"));
  for (const char* trouble : {"!throw", "!raise"}) {
    List({trouble});
    ASSERT_TRUE(AwaitState(State::kFailed, {State::kRunning})) << trouble;
    EXPECT_THAT(herder().Status("lists")->trace, HasSubstr("the list says so"));
    EXPECT_TRUE(AwaitMoreOf("a"));
    List({"a", "b"});
    const auto restarted = Do([](Herder& h) { return h.Restart("lists", false, true); });
    EXPECT_EQ(restarted->state, State::kRestarting);
    ASSERT_TRUE(AwaitState(State::kRunning, {State::kRunning, State::kRunning})) << trouble;
    List({"a"});
    ASSERT_TRUE(AwaitItems({"a"}));
  }
  EXPECT_THAT(Beginnings(), Contains(testing::Pair(0, 1))) << "the first task was never touched";
}

TEST_F(SplitTest, PausesResumesAndStopsAllTasksAndSplitsWhilePaused) {
  List({"a", "b"});
  ASSERT_EQ(Create("lists", Source(3)), std::nullopt);
  Do([](Herder& h) { return h.Pause("lists"); });
  ASSERT_TRUE(AwaitState(State::kPaused, {State::kPaused, State::kPaused}));
  List({"a", "b", "c"});
  ASSERT_TRUE(AwaitState(State::kPaused, {State::kPaused, State::kPaused, State::kPaused}));
  Do([](Herder& h) { return h.Resume("lists"); });
  ASSERT_TRUE(AwaitState(State::kRunning, {State::kRunning, State::kRunning, State::kRunning}));
  Do([](Herder& h) { return h.StopConnector("lists"); });
  EXPECT_TRUE(AwaitState(State::kStopped, {}));
}

TEST_F(SplitTest, TheTasksOfASinkShareItsPartitionsAndGoOnWhenThereAreMoreOfThem) {
  broker_.EnsureTopic({.name = "t", .partitions = 4, .config = {}});
  const auto sink = [](int tasks_max) {
    return RawConfig{{"connector.class", "SharingSink"}, {"topics", "t"}, {"tasks.max", std::to_string(tasks_max)}};
  };
  const auto await = [&](const char* metric, const std::vector<std::int64_t>& each) {
    return Eventually([&] {
      const auto status = herder().Status("lists");
      std::vector<std::int64_t> found;
      for (const runtime::TaskStatus& task : status->tasks) {
        const auto at = task.metrics.find(metric);
        found.push_back(at == task.metrics.end() ? -1 : std::get<std::int64_t>(at->second));
      }
      return found == each;
    });
  };
  const auto append = [&] {
    const auto producer = broker_.OpenProducer({.connector = "source"}, [](auto, auto, const auto&) {});
    for (std::int32_t i = 0; i < 4; ++i) {
      SourceRecord record;
      record.topic = "t";
      record.partition = i;
      record.timestamp = Now();
      std::vector<SourceRecord> one;
      one.push_back(std::move(record));
      producer->Append(std::move(one));
    }
  };
  append();
  ASSERT_EQ(Create("lists", sink(2)), std::nullopt);
  ASSERT_TRUE(await("partitions", {2, 2}));
  ASSERT_TRUE(await("taken", {2, 2}));
  ASSERT_TRUE(Do([&](Herder& h) { return h.PutConfig("lists", sink(4)); }).has_value());
  ASSERT_TRUE(await("partitions", {1, 1, 1, 1}));
  append();
  ASSERT_TRUE(await("taken", {3, 3, 1, 1}));
  EXPECT_EQ(Beginnings(), (std::map<int, int>{{0, 1}, {1, 1}, {2, 1}, {3, 1}}));
  ASSERT_TRUE(Do([&](Herder& h) { return h.PutConfig("lists", sink(1)); }).has_value());
  ASSERT_TRUE(await("partitions", {4}));
  append();
  ASSERT_TRUE(await("taken", {7}));
}

TEST_F(SplitTest, ASplitThatNeverReturnsHoldsUpNobody) {
  List({"a"});
  RestartImpatiently();
  ASSERT_EQ(Create("lists", Source(2)), std::nullopt);
  ASSERT_TRUE(AwaitMoreOf("a"));
  List({"!hang"});
  EXPECT_TRUE(Eventually([&] { return std::filesystem::exists(list_ + ".hangs"); }));
  EXPECT_TRUE(AwaitMoreOf("a"));
  EXPECT_EQ(Create("other", {{"connector.class", "ThrowingSource"}, {"topic", "t"}}), std::nullopt);
  EXPECT_TRUE(AwaitTask("other", State::kRunning));
  EXPECT_TRUE(Do([](Herder& h) { return h.Delete("lists", false); }).has_value());
  List({"a"});
  EXPECT_THAT(herder().Stop(), Contains("lists"));
}

}  // namespace
}  // namespace framespool::herder
