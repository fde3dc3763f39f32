#include <cluster/holdings.h>

#include <gmock/gmock.h>

namespace framespool::cluster {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

class HoldingsTest : public testing::Test {
 protected:
  HoldingsTest() { session_.Joined("w1-1", seconds(0)); }

  void Write(LedgerTask::State state, const std::string& worker, const std::string& session, std::uint64_t epoch,
             std::uint64_t after = 0) {
    auto ledger = std::make_shared<Ledger>();
    ledger->tasks.push_back({.state = state,
                             .share = share_,
                             .revision = revision_,
                             .worker = worker,
                             .session = session,
                             .epoch = epoch,
                             .after = after});
    view_.Apply(
        {.kind = Record::Kind::kLedger, .name = "c", .value = std::shared_ptr<const Ledger>(std::move(ledger))});
  }
  Holdings::Orders Follow() { return holdings_.Follow(view_, session_); }
  bool MayAct(Moment now = seconds(1)) const { return holdings_.MayAct(kKey, session_, now); }
  auto ToTell() const { return holdings_.ToTell(view_, session_, told_); }

  using State = LedgerTask::State;
  const TaskKey kKey{"c", 0};
  SharedConfig share_ = std::make_shared<const RawConfig>();
  std::uint64_t revision_ = 1;
  Session session_{seconds(10)};
  View view_;
  Holdings holdings_{"w1"};
  std::map<std::string, TaskReports> told_;
};

TEST_F(HoldingsTest, StartsWhatTheLedgerGivesToThisSessionAndNothingElse) {
  Write(State::kRun, "w1", "w1-0", 1);
  EXPECT_THAT(Follow().start, IsEmpty()) << "it was a former session's";
  Write(State::kRun, "w1", "w1-1", 2, 1);
  EXPECT_THAT(Follow().start, ElementsAre(kKey));
  EXPECT_TRUE(MayAct());
  EXPECT_THAT(Follow().start, IsEmpty()) << "once";
}

TEST_F(HoldingsTest, NothingActsOnceTheSessionIsOverThoughNobodyLooks) {
  Write(State::kRun, "w1", "w1-1", 1);
  Follow();
  EXPECT_TRUE(MayAct(seconds(7)));
  EXPECT_FALSE(MayAct(seconds(8)));
}

TEST_F(HoldingsTest, WhatIsToBeReleasedIsShutAtOnceAndReportedWhenItHasEnded) {
  Write(State::kRun, "w1", "w1-1", 1);
  Follow();
  Write(State::kRelease, "w1", "w1-1", 1);
  EXPECT_THAT(Follow().end, ElementsAre(kKey));
  EXPECT_FALSE(MayAct());
  EXPECT_THAT(ToTell(), IsEmpty());
  holdings_.Ended(kKey);
  const TaskReport released{.kind = TaskReport::Kind::kReleased, .epoch = 1, .reason = {}};
  EXPECT_THAT(ToTell(), ElementsAre(Pair(kKey, released)));
  told_["c"][0] = released;
  EXPECT_THAT(ToTell(), IsEmpty());
  told_["c"][0].epoch = 0;
  EXPECT_THAT(ToTell(), SizeIs(1)) << "what came late has taken its place";
}

TEST_F(HoldingsTest, ATaskInDoubtStandsWithItsGateShutAndGoesOnWhenNobodyElseHadIt) {
  Write(State::kRun, "w1", "w1-1", 1);
  Follow();
  session_.Lost();
  EXPECT_THAT(Follow().end, IsEmpty());
  EXPECT_FALSE(MayAct());
  session_.Joined("w1-2", seconds(20));
  Follow();
  EXPECT_FALSE(MayAct(seconds(21))) << "the ledger still says the former session";
  Write(State::kRun, "w1", "w1-2", 2, 1);
  const auto orders = Follow();
  EXPECT_THAT(orders.go_on, ElementsAre(kKey));
  EXPECT_THAT(orders.start, IsEmpty());
  EXPECT_TRUE(MayAct(seconds(21)));
}

TEST_F(HoldingsTest, ATaskThatAnotherHadMeanwhileIsMadeAnew) {
  Write(State::kRun, "w1", "w1-1", 1);
  Follow();
  Write(State::kRun, "w1", "w1-1", 3, 2);
  EXPECT_THAT(Follow().end, ElementsAre(kKey));
  EXPECT_FALSE(MayAct());
  holdings_.Ended(kKey);
  EXPECT_THAT(Follow().start, ElementsAre(kKey));
}

TEST_F(HoldingsTest, ATaskWithAnotherConfigIsMadeAnew) {
  Write(State::kRun, "w1", "w1-1", 1);
  Follow();
  revision_ = 2;
  Write(State::kRun, "w1", "w1-1", 2, 1);
  EXPECT_THAT(Follow().end, ElementsAre(kKey));
}

TEST_F(HoldingsTest, WhatCannotRunHereIsToldAndNotTriedAgainInThatEpoch) {
  Write(State::kRun, "w1", "w1-1", 1);
  Follow();
  holdings_.Refused(kKey, "there is no a.mp4");
  EXPECT_THAT(Follow().start, IsEmpty());
  EXPECT_EQ(ToTell().at(0).second.kind, TaskReport::Kind::kRefused);
  Write(State::kRun, "w1", "w1-1", 2, 1);
  EXPECT_THAT(Follow().start, ElementsAre(kKey));
  EXPECT_THAT(ToTell(), IsEmpty());
}

TEST_F(HoldingsTest, WhoLeavesGivesBackAllItHasAndTakesNothing) {
  Write(State::kRun, "w1", "w1-1", 1);
  Follow();
  EXPECT_THAT(holdings_.Leave().end, ElementsAre(kKey));
  holdings_.Ended(kKey);
  EXPECT_THAT(Follow().start, IsEmpty());
  EXPECT_THAT(ToTell(), SizeIs(1));
}

}  // namespace
}  // namespace framespool::cluster
