#include <cluster/ledger.h>

#include <gmock/gmock.h>

#include <set>

namespace framespool::cluster {
namespace {

using testing::SizeIs;
using State = LedgerTask::State;

constexpr int kMostCrashes = 3;

SharedConfig Share(const std::string& text) { return std::make_shared<const RawConfig>(RawConfig{{"share", text}}); }

class LedgerTest : public testing::Test {
 protected:
  void Split(const std::vector<std::string>& shares) {
    Change([&](LedgerDraft& draft) {
      draft.Change().split.clear();
      for (const std::string& share : shares) draft.Change().split.push_back(Share(share));
    });
  }
  template <class F>
  bool Change(F change) {
    LedgerDraft draft(ledger_);
    change(draft);
    ledger_ = draft.shared();
    return draft.changed();
  }
  bool Arranged(bool stopped = false) {
    return Change([&](LedgerDraft& draft) { Arrange(draft, stopped); });
  }
  bool ArrangedOn(const std::vector<std::string>& workers) {
    return Change([&](LedgerDraft& draft) { ArrangeOnEach(draft, false, workers); });
  }
  bool Settled(const TaskReports& reports = {}) {
    return Change([&](LedgerDraft& draft) {
      Settle(
          draft, reports, [&](const std::string& session) { return sessions_.contains(session); }, kMostCrashes);
    });
  }
  void Given(int task, const std::string& worker) {
    Change([&](LedgerDraft& draft) { Give(draft.Change(), task, worker, worker + "-1", 1000); });
  }
  TaskReport Released(int task) const {
    return {.kind = TaskReport::Kind::kReleased, .epoch = At(task).epoch, .reason = {}};
  }
  const LedgerTask& At(int task) const { return ledger_->tasks.at(static_cast<std::size_t>(task)); }

  std::shared_ptr<const Ledger> ledger_ = std::make_shared<const Ledger>();
  std::set<std::string> sessions_ = {"w1-1", "w2-1"};
};

TEST_F(LedgerTest, ASplitMakesATaskOfEachShare) {
  Split({"a", "b"});
  EXPECT_TRUE(Arranged());
  ASSERT_THAT(ledger_->tasks, SizeIs(2));
  EXPECT_EQ(*At(1).share, *Share("b"));
  EXPECT_EQ(At(1).state, State::kWaiting);
  EXPECT_FALSE(Arranged()) << "nothing is left to do";
}

TEST_F(LedgerTest, EachOwnerHasAnEpochThatNobodyHadBefore) {
  Split({"a", "b"});
  Arranged();
  Given(0, "w1");
  Given(1, "w1");
  const auto first = At(0).epoch;
  sessions_.clear();
  Settled();
  Given(0, "w2");
  EXPECT_EQ(At(0).after, first);
  EXPECT_GT(At(0).epoch, At(1).epoch);
}

TEST_F(LedgerTest, AChangedSplitTouchesOnlyWhatChangedAndWaitsForAllOfThat) {
  Split({"a", "b", "c"});
  Arranged();
  for (int i = 0; i < 3; ++i) Given(i, "w1");
  Split({"a", "c", "b"});
  Arranged();
  EXPECT_EQ(At(0).state, State::kRun);
  EXPECT_EQ(At(1).state, State::kRelease);
  Settled({{1, Released(1)}});
  EXPECT_FALSE(Arranged()) << "2 is not released, and its share is to be 1's";
  Settled({{2, Released(2)}});
  EXPECT_TRUE(Arranged());
  EXPECT_EQ(*At(1).share, *Share("c"));
  EXPECT_EQ(At(0).epoch, 1u);
  EXPECT_EQ(ledger_->numbers, 3u);
}

TEST_F(LedgerTest, AStoppedConnectorHasNoTasksOnceTheyAreReleased) {
  Split({"a"});
  Arranged();
  Given(0, "w1");
  Arranged(true);
  EXPECT_EQ(At(0).state, State::kRelease);
  Settled({{0, Released(0)}});
  Arranged(true);
  EXPECT_THAT(ledger_->tasks, SizeIs(0));
  EXPECT_EQ(ledger_->numbers, 1u) << "its producer may still write";
}

TEST_F(LedgerTest, AReportOfAnotherEpochIsAnOldOne) {
  Split({"a"});
  Arranged();
  Given(0, "w1");
  const TaskReport old = Released(0);
  sessions_ = {"w2-1"};
  Settled();
  Given(0, "w2");
  EXPECT_FALSE(Settled({{0, old}}));
  EXPECT_EQ(At(0).session, "w2-1");
}

TEST_F(LedgerTest, AnotherSessionOfTheSameWorkerIsAnotherOwner) {
  Split({"a"});
  Arranged();
  Given(0, "w1");
  sessions_ = {"w1-2"};
  EXPECT_TRUE(Settled());
  EXPECT_FALSE(At(0).owned());
  EXPECT_EQ(At(0).worker, "w1") << "where it goes back to";
}

TEST_F(LedgerTest, AWorkerThatCannotRunATaskIsRememberedWithItsReason) {
  Split({"a"});
  Arranged();
  Given(0, "w1");
  Settled({{0, {.kind = TaskReport::Kind::kRefused, .epoch = At(0).epoch, .reason = "there is no a.mp4"}}});
  EXPECT_EQ(At(0).state, State::kWaiting);
  EXPECT_EQ(At(0).refused.at("w1"), "there is no a.mp4");
}

TEST_F(LedgerTest, ATaskThatCrashesThreeWorkersIsFailedUntilSomebodyRestartsIt) {
  Split({"a"});
  Arranged();
  const auto crash = [&] {
    Given(0, "w1");
    const auto epoch = At(0).epoch;
    sessions_.clear();
    Settled();
    for (int twice = 0; twice < 2; ++twice) Change([&](LedgerDraft& draft) { Blame(draft, 0, epoch, kMostCrashes); });
  };
  crash();
  crash();
  EXPECT_EQ(At(0).state, State::kWaiting);
  EXPECT_EQ(At(0).crashes, 2);
  crash();
  EXPECT_EQ(At(0).state, State::kFailed);
  EXPECT_THAT(At(0).reason, testing::HasSubstr("crashed its worker 3 times"));
  Change([](LedgerDraft& draft) { Restart(draft.Change(), 0); });
  EXPECT_EQ(At(0).state, State::kWaiting);
  EXPECT_EQ(At(0).crashes, 0);
}

TEST_F(LedgerTest, SaysWhyItsOwnerHasATaskAndWhoHadItBefore) {
  using Cause = LedgerTask::Cause;
  Split({"a"});
  Arranged();
  Given(0, "w1");
  EXPECT_EQ(At(0).cause, Cause::kNew);
  EXPECT_EQ(At(0).from, "");
  EXPECT_EQ(At(0).since, 1000);
  sessions_.erase("w1-1");
  Settled();
  Given(0, "w2");
  EXPECT_EQ(At(0).cause, Cause::kWorkerGone);
  EXPECT_EQ(At(0).from, "w1");
  sessions_.insert("w1-1");
  Settled({{0, Released(0)}});
  Given(0, "w1");
  EXPECT_EQ(At(0).cause, Cause::kWorkerLeaving) << "nobody had asked w2 for it";
  EXPECT_EQ(At(0).from, "w2");
  Settled({{0, {.kind = TaskReport::Kind::kRefused, .epoch = At(0).epoch, .reason = "there is no file"}}});
  Given(0, "w2");
  EXPECT_EQ(At(0).cause, Cause::kRefused);
  Change([](LedgerDraft& draft) { Restart(draft.Change(), 0); });
  Settled({{0, Released(0)}});
  Given(0, "w2");
  EXPECT_EQ(At(0).cause, Cause::kRestart);
  EXPECT_EQ(At(0).from, "w2");
}

TEST_F(LedgerTest, WithReplicasOnEachThereIsATaskOnEachWorkerAndNumbersStay) {
  Split({"a"});
  ArrangedOn({"w1", "w2", "w3"});
  ASSERT_THAT(ledger_->tasks, SizeIs(3));
  Given(0, "w1");
  Given(1, "w2");
  ArrangedOn({"w1", "w3"});
  EXPECT_EQ(At(1).state, State::kRelease);
  Settled({{1, Released(1)}});
  ArrangedOn({"w1", "w3", "w4"});
  EXPECT_EQ(At(1).only, "w4") << "it takes the number that is free";
  ArrangedOn({"w1", "w3"});
  EXPECT_EQ(At(2).only, "w3");
  ArrangedOn({"w1"});
  EXPECT_THAT(ledger_->tasks, SizeIs(1));
  EXPECT_EQ(At(0).state, State::kRun);
}

// Found by the simulation: a worker that was away for a moment after its third crash got the task anew, without end.
TEST_F(LedgerTest, WithReplicasOnEachWhatCrashesItsWorkerIsNotForgottenWhileThatIsAway) {
  Split({"a"});
  ArrangedOn({"w1", "w2"});
  for (int crash = 1; crash <= kMostCrashes; ++crash) {
    sessions_ = {"w1-1", "w2-1"};
    Given(1, "w2");
    sessions_ = {"w1-1"};
    Settled();
    Change([&](LedgerDraft& draft) { Blame(draft, 1, At(1).epoch, kMostCrashes); });
    ArrangedOn({"w1"});
    ASSERT_THAT(ledger_->tasks, SizeIs(2));
    EXPECT_EQ(At(1).crashes, crash);
  }
  EXPECT_EQ(At(1).state, State::kFailed);
  ArrangedOn({"w1", "w2"});
  EXPECT_EQ(At(1).state, State::kFailed);
  Change([](LedgerDraft& draft) { Restart(draft.Change(), 1); });
  ArrangedOn({"w1"});
  EXPECT_THAT(ledger_->tasks, SizeIs(1)) << "nothing speaks against it any more";
}

TEST_F(LedgerTest, AConnectorThatGetsATaskOnEachWorkerLeavesNoTaskOfBefore) {
  Split({"a", "b"});
  Arranged();
  Given(0, "w1");
  ArrangedOn({"w1", "w2"});
  EXPECT_EQ(At(0).state, State::kRelease);
  Settled({{0, Released(0)}});
  ArrangedOn({"w1", "w2"});
  ASSERT_THAT(ledger_->tasks, SizeIs(2));
  EXPECT_EQ(std::set({At(0).only, At(1).only}), (std::set<std::string>{"w1", "w2"}));
}

}  // namespace
}  // namespace framespool::cluster
