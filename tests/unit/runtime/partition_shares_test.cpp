#include <partition_shares.h>

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <string>

namespace framespool::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Partitions = PartitionShares::Partitions;

Partitions Of(const std::string& topic, int count) {
  Partitions partitions;
  for (int i = 0; i < count; ++i) partitions.insert({topic, i});
  return partitions;
}

class PartitionSharesTest : public testing::Test {
 protected:
  std::vector<Partitions> Wanted(std::size_t tasks) {
    std::vector<Partitions> wanted;
    for (std::size_t i = 0; i < tasks; ++i) wanted.push_back(PartitionShares::Member(shares_, i, gate_).Wanted());
    return wanted;
  }

  PartitionShares shares_;
  EffectGate gate_;
};

TEST_F(PartitionSharesTest, OneTaskReadsAll) {
  shares_.SetPartitions(Of("t", 3));
  EXPECT_THAT(Wanted(1), ElementsAre(Of("t", 3)));
}

TEST_F(PartitionSharesTest, EachPartitionIsOneTasksAndNoMoreMoveThanMust) {
  std::mt19937 random(4);
  std::size_t tasks = 1;
  int partitions = 0;
  for (int round = 0; round < 500; ++round) {
    const auto before = Wanted(tasks);
    const std::size_t tasks_before = tasks;
    if (random() % 2 == 0) {
      tasks = 1 + random() % 9;
      shares_.SetTasks(tasks);
    } else {
      partitions = static_cast<int>(random() % 40);
      shares_.SetPartitions(Of("t", partitions));
    }
    const auto after = Wanted(tasks);
    Partitions all;
    std::size_t least = 1000, most = 0, stayed = 0, could_stay = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
      least = std::min(least, after[i].size());
      most = std::max(most, after[i].size());
      for (const TopicPartition& each : after[i]) EXPECT_TRUE(all.insert(each).second) << "it is two tasks'";
    }
    EXPECT_EQ(all, Of("t", partitions));
    EXPECT_LE(most - least, 1u);
    const std::size_t floor = all.size() / tasks;
    std::size_t larger = all.size() % tasks;
    for (std::size_t i = 0; i < std::min(tasks, tasks_before); ++i) {
      std::size_t left = 0;
      for (const TopicPartition& each : before[i]) {
        left += all.contains(each) ? 1 : 0;
        stayed += after[i].contains(each) ? 1 : 0;
      }
      if (left > floor && larger > 0) --larger, ++could_stay;
      could_stay += std::min(left, floor);
    }
    EXPECT_EQ(stayed, could_stay) << "round " << round;
  }
}

TEST_F(PartitionSharesTest, APartitionThatMovesIsTakenUpOnlyWhenItWasGivenUp) {
  shares_.SetPartitions(Of("t", 2));
  EffectGate first_gate, second_gate;
  PartitionShares::Member first(shares_, 0, first_gate);
  EXPECT_EQ(first.TakeUp(), Of("t", 2));
  shares_.SetTasks(2);
  PartitionShares::Member second(shares_, 1, second_gate);
  EXPECT_THAT(second.Wanted(), SizeIs(1));
  EXPECT_THAT(second.TakeUp(), IsEmpty());
  first.GiveUp(second.Wanted());
  EXPECT_EQ(first.held(), first.Wanted());
  EXPECT_EQ(second.TakeUp(), second.Wanted());
  EXPECT_THAT(second.TakeUp(), IsEmpty()) << "it has it already";
}

TEST_F(PartitionSharesTest, WhoEndsOrIsLeftBehindHoldsNothing) {
  shares_.SetPartitions(Of("t", 2));
  EffectGate hung, ended, gate;
  PartitionShares::Member left_behind(shares_, 0, hung);
  EXPECT_THAT(left_behind.TakeUp(), SizeIs(2));
  hung.Shut();
  {
    PartitionShares::Member next(shares_, 0, ended);
    EXPECT_THAT(next.TakeUp(), SizeIs(2));
    left_behind.GiveUp(Of("t", 2));  // by then it has another holder
    PartitionShares::Member other(shares_, 0, gate);
    EXPECT_THAT(other.TakeUp(), IsEmpty());
  }
  PartitionShares::Member last(shares_, 0, gate);
  EXPECT_THAT(last.TakeUp(), SizeIs(2));
}

}  // namespace
}  // namespace framespool::runtime
