#include <cluster/moves.h>

#include <gmock/gmock.h>

namespace framespool::cluster {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Ledger LedgerOf(const std::vector<std::string>& workers) {
  Ledger ledger{.split = {}, .tasks = {}};
  for (std::size_t i = 0; i < workers.size(); ++i) {
    ledger.tasks.emplace_back();
    Give(ledger, static_cast<int>(i), workers[i], workers[i] + "-1", 100);
  }
  return ledger;
}

TEST(Moves, AreThoseThatTheLedgerBeforeDidNotHave) {
  const Ledger before = LedgerOf({"w1", "w2"});
  EXPECT_THAT(MovesBetween("cam", &before, before), IsEmpty());
  Ledger after = before;
  after.tasks[0].cause = LedgerTask::Cause::kWorkerGone;
  Give(after, 0, "w2", "w2-1", 200);
  const Move move{
      .key = {"cam", 0}, .from = "w1", .to = "w2", .cause = LedgerTask::Cause::kWorkerGone, .epoch = 3, .at = 200};
  EXPECT_THAT(MovesBetween("cam", &before, after), ElementsAre(move));
  EXPECT_EQ(Sentence(move), "the group had given up w1: w2 has it");
}

TEST(Moves, OfALedgerThatIsReadForTheFirstTimeAreTheLastOfEachTask) {
  Ledger ledger = LedgerOf({"w1", "w2"});
  Give(ledger, 0, "w2", "w2-1", 300);
  const auto moves = MovesBetween("cam", nullptr, ledger);
  ASSERT_EQ(moves.size(), 2U);
  EXPECT_EQ(moves[0].key.task, 1);
  EXPECT_EQ(moves[1].from, "w1");
  EXPECT_EQ(moves[1].epoch, 3U);
  ledger.tasks.emplace_back();
  EXPECT_EQ(MovesBetween("cam", nullptr, ledger).size(), 2U) << "one that nobody has had";
}

}  // namespace
}  // namespace framespool::cluster
