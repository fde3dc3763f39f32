#include "topic_watch.h"

#include <gmock/gmock.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "fakes/eventually.h"
#include "fakes/task_contexts.h"
#include "topic_choice.h"

namespace framespool::topic_source {
namespace {

using namespace std::chrono_literals;
using fakes::Eventually;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

RawConfig ShareOf(const std::string& partitions) { return {{"source.partitions", partitions}}; }

class TopicWatchTest : public testing::Test {
 protected:
  TopicWatchTest() {
    by_pattern_.source_topics_regex = "cam-.*|all";
    by_name_.source_topics = {"cam-1", "later"};
    by_pattern_.topic = by_name_.topic = "all";
  }
  /// The split as the worker would take it.
  std::vector<RawConfig> Split(const TopicSourceConfig& config, int max_tasks) {
    context_.SetSplit(SplitOf(config, context_, max_tasks));
    return context_.LastSplit();
  }

  FakeConnectorContext context_{"copy"};
  TopicSourceConfig by_pattern_;
  TopicSourceConfig by_name_;
};

TEST_F(TopicWatchTest, APatternIsSplitIntoThePartitionsOfItsTopicsButForTheOneThatIsWritten) {
  EXPECT_THAT(Split(by_pattern_, 4), IsEmpty()) << "there is nothing to do yet";
  context_.SetTopics({{"all", 8}, {"cam-1", 2}, {"cam-2", 1}, {"not-cam-3", 1}});
  EXPECT_THAT(Split(by_pattern_, 4), ElementsAre(ShareOf("cam-1-0"), ShareOf("cam-1-1"), ShareOf("cam-2-0")));
  EXPECT_THAT(Split(by_pattern_, 1), ElementsAre(ShareOf("cam-1-0,cam-1-1,cam-2-0")));
}

TEST_F(TopicWatchTest, ANewTopicLeavesTheSharesOfOtherTasksAsTheyAre) {
  context_.SetTopics({{"cam-5", 1}, {"cam-6", 1}});
  Split(by_pattern_, 2);
  context_.SetTopics({{"cam-1", 1}, {"cam-5", 1}, {"cam-6", 1}});
  EXPECT_THAT(Split(by_pattern_, 2), ElementsAre(ShareOf("cam-1-0,cam-5-0"), ShareOf("cam-6-0")));
  context_.SetTopics({{"cam-5", 1}, {"cam-6", 1}});
  EXPECT_THAT(Split(by_pattern_, 2), ElementsAre(ShareOf("cam-5-0"), ShareOf("cam-6-0")));
}

TEST_F(TopicWatchTest, NamedTopicsAreSplitWhereThereMayBeSeveralTasksAndWaitedForWhereTheyAreMissing) {
  context_.SetTopics({{"cam-1", 2}});
  EXPECT_THAT(Split(by_name_, 1), ElementsAre(RawConfig{})) << "one task follows them by itself";
  EXPECT_FALSE(TopicWatch::IsWanted(context_));
  EXPECT_THAT(Split(by_name_, 9), UnorderedElementsAre(ShareOf("cam-1-0"), ShareOf("cam-1-1"), ShareOf("later-0")));
  EXPECT_TRUE(TopicWatch::IsWanted(context_));
}

TEST_F(TopicWatchTest, WhoWantsSomePartitionsOnlyGetsThese) {
  context_.SetTopics({{"cam-1", 3}, {"cam-2", 1}});
  by_pattern_.source_partitions = {"cam-1-2", "cam-2-0", "cam-9-0"};
  EXPECT_THAT(Split(by_pattern_, 2), ElementsAre(ShareOf("cam-1-2"), ShareOf("cam-2-0")));
}

TEST_F(TopicWatchTest, PartitionsAreNamedAsKafkasToolsNameThem) {
  EXPECT_EQ(NameOf({"cam-1", 12}), "cam-1-12");
  EXPECT_EQ(PartitionNamed("cam-1-12"), (TopicPartition{"cam-1", 12}));
  for (const char* none : {"", "cam", "-1", "cam-", "cam-x", "cam-1x", "cam-+1", "cam-99999999999"})
    EXPECT_EQ(PartitionNamed(none), std::nullopt) << none;
}

TEST_F(TopicWatchTest, AsksForANewSplitWhenTopicsComeAndGoAndNotOtherwise) {
  context_.SetTopics({{"cam-1", 1}});
  Split(by_pattern_, 2);
  const TopicWatch watch(by_pattern_, context_, 1ms);
  context_.SetTopics({{"cam-1", 1}, {"other", 1}});
  context_.SetAway(true);
  ASSERT_TRUE(Eventually([&] { return !context_.log().empty(); })) << "it has looked";
  EXPECT_EQ(context_.requests(), 0);
  context_.SetAway(false);
  context_.SetTopics({{"cam-1", 1}, {"cam-2", 1}});
  ASSERT_TRUE(Eventually([&] { return context_.requests() > 0; }));
  Split(by_pattern_, 2);
  const int before = context_.requests();
  context_.SetTopics({{"cam-2", 1}});
  EXPECT_TRUE(Eventually([&] { return context_.requests() > before; }));
}

TEST_F(TopicWatchTest, AsksForANewSplitWhenATopicGetsMorePartitions) {
  context_.SetTopics({{"cam-1", 1}});
  Split(by_name_, 3);
  const TopicWatch watch(by_name_, context_, 1ms);
  context_.SetTopics({{"cam-1", 2}});
  EXPECT_TRUE(Eventually([&] { return context_.requests() > 0; }));
}

}  // namespace
}  // namespace framespool::topic_source
