#include <cluster/assigner.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace framespool::cluster {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

PlacingWorker Worker(const std::string& id, Labels labels = {}) {
  labels["worker"] = id;
  return {.id = id, .labels = std::move(labels), .plugins = {{"Camera", {"1.0", "1.1"}}}};
}

class AssignerTest : public testing::Test {
 protected:
  void Waits(int number, const std::string& last = "") {
    tasks_.push_back({.key = {"c", number}, .needs = &needs_, .worker = last, .runs = false, .only = "", .to = ""});
  }
  void Runs(int number, const std::string& worker) {
    Waits(number, worker);
    tasks_.back().runs = true;
  }
  Placing Assigned(bool may_move = true) { return Assign(tasks_, workers_, may_move); }
  static Needs NeedsOf(const std::string& placement) {
    return {.connector_class = "Camera", .version = "", .placement = *Placement::Parse(placement)};
  }

  Needs needs_ = NeedsOf("");
  std::vector<PlacingWorker> workers_ = {Worker("w1"), Worker("w2"), Worker("w3")};
  std::vector<PlacingTask> tasks_;
};

TEST_F(AssignerTest, SpreadsTasksEvenly) {
  for (int i = 0; i < 9; ++i) Waits(i);
  std::map<std::string, int> counts;
  for (const auto& [key, worker] : Assigned().placed) ++counts[worker];
  EXPECT_THAT(counts, ElementsAre(Pair("w1", 3), Pair("w2", 3), Pair("w3", 3)));
}

TEST_F(AssignerTest, ATaskGoesBackToWhereItRanUnlessThatHasTwoMoreToDo) {
  Runs(0, "w2");
  Waits(1, "w2");
  EXPECT_EQ(Assigned().placed.at({"c", 1}), "w2");
  Runs(2, "w2");
  EXPECT_NE(Assigned().placed.at({"c", 1}), "w2");
}

TEST_F(AssignerTest, AHeavyTaskCountsForAsManyAsItsWeight) {
  Needs heavy = NeedsOf("");
  heavy.weight = 4;
  for (int i = 0; i < 5; ++i) Waits(i);
  tasks_[3].needs = &heavy;
  workers_.pop_back();
  const auto placed = Assigned().placed;
  const auto beside = std::count_if(placed.begin(), placed.end(), [&](const auto& each) {
    return each.second == placed.at({"c", 3});
  });
  EXPECT_EQ(beside, 1);
}

TEST_F(AssignerTest, OnlyWhoHasTheClassAndItsVersionAndIsWherePlacementSaysGetsATask) {
  needs_ = NeedsOf("gpu");
  needs_.version = "1.1";
  workers_ = {Worker("old", {{"gpu", ""}}), Worker("slow"), Worker("bare", {{"gpu", ""}}),
              Worker("good", {{"gpu", ""}})};
  workers_[0].plugins = {{"Camera", {"1.0"}}};
  workers_[2].plugins = {};
  for (int i = 0; i < 3; ++i) Waits(i);
  for (const auto& [key, worker] : Assigned().placed) EXPECT_EQ(worker, "good");
  workers_.pop_back();
  const Placing none = Assigned();
  EXPECT_THAT(none.placed, IsEmpty());
  EXPECT_THAT(none.not_placed.at({"c", 0}),
              AllOf(HasSubstr("old does not have version 1.1 of Camera"), HasSubstr("slow is not where placement says"),
                    HasSubstr("bare does not have Camera")));
}

TEST_F(AssignerTest, AWorkerThatSaidNoOrIsLeavingGetsNone) {
  Waits(0, "w1");
  tasks_[0].refused = {{"w1", "there is no /video/a.mp4"}};
  workers_[1].takes = false;
  EXPECT_EQ(Assigned().placed.at({"c", 0}), "w3");
  workers_.pop_back();
  EXPECT_THAT(Assigned().not_placed.at({"c", 0}),
              AllOf(HasSubstr("w1 said: there is no /video/a.mp4"), HasSubstr("w2 is leaving")));
}

TEST_F(AssignerTest, ATaskOnItsWayGoesWhereItIsSent) {
  Runs(0, "w2");
  Waits(1, "w1");
  tasks_[1].to = "w2";
  EXPECT_EQ(Assigned().placed.at({"c", 1}), "w2");
}

TEST_F(AssignerTest, MovesOneTaskWhereTheDifferenceIsTwoAndNoneWhereItIsOne) {
  Runs(0, "w1");
  Runs(1, "w2");
  Runs(2, "w1");
  EXPECT_EQ(Assigned().move->second, "w3");
  Runs(3, "w3");
  EXPECT_FALSE(Assigned().move);
}

TEST_F(AssignerTest, MovesNothingWhileSomethingIsPlacedOrMovesAreNotWanted) {
  for (int i = 0; i < 4; ++i) Runs(i, "w1");
  EXPECT_TRUE(Assigned().move);
  EXPECT_FALSE(Assigned(false).move);
  Waits(9);
  EXPECT_FALSE(Assigned().move);
}

TEST_F(AssignerTest, EndsEvenAfterAFewMovesWhateverCameAndWent) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    tasks_.clear();
    workers_.clear();
    const int count = 1 + static_cast<int>(random() % 6);
    for (int i = 0; i < count; ++i) workers_.push_back(Worker("w" + std::to_string(i)));
    const int tasks = static_cast<int>(random() % 20);
    for (int i = 0; i < tasks; ++i) Runs(i, "w" + std::to_string(random() % static_cast<unsigned>(count)));
    int moves = 0;
    for (auto move = Assigned().move; move; move = Assigned().move) {
      ASSERT_LE(++moves, tasks) << "round " << round;
      tasks_[static_cast<std::size_t>(move->first.task)].worker = move->second;
    }
    std::map<std::string, int> loads;
    for (const PlacingWorker& worker : workers_) loads[worker.id] = 0;
    for (const PlacingTask& task : tasks_) ++loads[task.worker];
    const auto [least, most] = std::minmax_element(loads.begin(), loads.end(),
                                                   [](const auto& a, const auto& b) { return a.second < b.second; });
    EXPECT_LE(most->second - least->second, 1) << "round " << round;
  }
}

}  // namespace
}  // namespace framespool::cluster
