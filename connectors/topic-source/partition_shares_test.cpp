#include "partition_shares.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <string>

namespace framespool::topic_source {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const TopicPartition kA0{"a", 0}, kA1{"a", 1}, kA2{"a", 2}, kB0{"b", 0}, kC0{"c", 0};

TEST(PartitionShares, SpreadThePartitionsOfATopicOverTheTasks) {
  EXPECT_THAT(SharesOf({kA0, kA1, kA2, kB0}, 2, {}), ElementsAre(Partitions{kA0, kA2}, Partitions{kA1, kB0}));
  EXPECT_THAT(SharesOf({kA0, kB0}, 8, {}), ElementsAre(Partitions{kA0}, Partitions{kB0})) << "no task without work";
  EXPECT_THAT(SharesOf({}, 3, {}), IsEmpty());
}

TEST(PartitionShares, ANewPartitionGoesToOneTaskAndTheOthersKeepTheirs) {
  const std::vector<Partitions> before{{kB0}, {kA0}};
  EXPECT_THAT(SharesOf({kA0, kB0, kC0}, 3, before), ElementsAre(Partitions{kB0}, Partitions{kA0}, Partitions{kC0}));
  EXPECT_THAT(SharesOf({kA0, kB0, kC0}, 2, before), ElementsAre(Partitions{kB0, kC0}, Partitions{kA0}));
}

TEST(PartitionShares, OneThatGoesTouchesNoOtherTaskUnlessTheyWouldBeUneven) {
  EXPECT_THAT(SharesOf({kA0, kB0}, 2, {{kA0, kA1}, {kB0}}), ElementsAre(Partitions{kA0}, Partitions{kB0}));
  EXPECT_THAT(SharesOf({kA0, kA1}, 2, {{kA0, kA1}, {kB0}}), ElementsAre(Partitions{kA0}, Partitions{kA1}));
  EXPECT_THAT(SharesOf({kA0}, 2, {{kB0}, {kA0}}), ElementsAre(Partitions{kA0}));
}

TEST(PartitionShares, WhatIsNewGoesToATaskThatBeginsAnewAnyway) {
  EXPECT_THAT(SharesOf({kA0, kB0, kC0}, 2, {{kA0}, {kA1, kB0}}), ElementsAre(Partitions{kA0}, Partitions{kB0, kC0}));
}

TEST(PartitionShares, AreEvenWholeAndEachPartitionsOnceWhateverCameBefore) {
  std::mt19937 chance(16);
  std::vector<Partitions> shares;
  for (int round = 0; round < 2000; ++round) {
    Partitions partitions;
    for (int i = 0; i < 24; ++i) {
      if (chance() % 3 != 0) partitions.push_back({"t" + std::to_string(i / 4), i % 4});
    }
    const int tasks = 1 + static_cast<int>(chance() % 7);
    shares = SharesOf(partitions, tasks, shares);
    ASSERT_EQ(shares.size(), std::min<std::size_t>(partitions.size(), static_cast<std::size_t>(tasks)));
    Partitions all;
    for (const Partitions& share : shares) {
      ASSERT_GE(share.size(), partitions.size() / shares.size());
      ASSERT_LE(share.size(), (partitions.size() + shares.size() - 1) / shares.size());
      all.insert(all.end(), share.begin(), share.end());
    }
    std::sort(all.begin(), all.end());
    ASSERT_EQ(all, partitions);
    ASSERT_EQ(SharesOf(partitions, tasks, shares), shares) << "nothing has changed";
  }
}

}  // namespace
}  // namespace framespool::topic_source
