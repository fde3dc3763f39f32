#include <cluster/told.h>
#include <cluster/view.h>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace framespool::cluster {
namespace {

/// w1 leads w2 and w3.
class WatcherTest : public testing::Test {
 protected:
  WatcherTest() {
    const std::vector<std::string> names{"w1", "w2", "w3"};
    Members members;
    for (const std::string& name : names) {
      members.push_back({.worker = name, .session = name + "-1"});
      told.workers[name] = {.session = name + "-1", .labels = {}, .plugins = {}};
    }
    view.Apply(
        {.kind = Record::Kind::kLeader, .name = {}, .value = Leadership{.worker = "w1", .session = "w1-1", .term = 1}});
    view.Apply({.kind = Record::Kind::kMembers, .name = {}, .value = std::make_shared<const Members>(members)});
  }
  void Has(const std::string& worker) { told.workers.at(worker).plugins["Folder"].insert("1.0.0"); }
  std::string Watcher(const std::string& placement = "") const {
    return WatcherOf({.connector_class = "Folder", .version = {}, .placement = *Placement::Parse(placement)}, view,
                     told);
  }

  View view;
  Told told;
};

TEST_F(WatcherTest, IsWhoLeadsWhereItHasTheClass) {
  for (const char* each : {"w1", "w2", "w3"}) Has(each);
  EXPECT_EQ(Watcher(), "w1");
  EXPECT_EQ(Watcher("worker=w3"), "w1") << "it asks nothing of the place";
}

TEST_F(WatcherTest, IsTheFirstThatHasItWhereTheLeaderHasNot) {
  EXPECT_EQ(Watcher(), "") << "nobody has";
  Has("w3");
  EXPECT_EQ(Watcher(), "w3");
  Has("w2");
  EXPECT_EQ(Watcher(), "w2");
  EXPECT_EQ(Watcher("worker=w3"), "w3") << "where its tasks may run";
}

TEST_F(WatcherTest, IsNobodyUntilTheLeaderHasSaidWhatItHas) {
  Has("w2");
  told.workers.at("w1").session = "w1-2";
  EXPECT_EQ(Watcher(), "") << "that is its next process";
  told.workers.erase("w1");
  EXPECT_EQ(Watcher(), "");
}

TEST_F(WatcherTest, IsNoneThatLeavesOrHasBeenReplaced) {
  Has("w2");
  Has("w3");
  told.workers.at("w2").leaving = true;
  EXPECT_EQ(Watcher(), "w3");
  told.workers.at("w3").session = "w3-2";
  EXPECT_EQ(Watcher(), "");
}

}  // namespace
}  // namespace framespool::cluster
