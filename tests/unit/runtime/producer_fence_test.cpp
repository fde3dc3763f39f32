#include <producer_fence.h>

#include <gmock/gmock.h>
#include <store_sqlite/sqlite_store.h>

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "fakes/memory_broker.h"
#include "fakes/temporary_directory.h"

namespace framespool::runtime {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FencingBroker final : public MemoryBroker {
 public:
  void FenceProducers(const std::string& connector, std::span<const int> tasks) override {
    EXPECT_EQ(connector, "cameras");
    if (const auto call = std::exchange(before_next, nullptr)) call();
    fenced.emplace_back(tasks.begin(), tasks.end());
  }
  std::function<void()> before_next;
  std::vector<std::vector<int>> fenced;
};

class ProducerFenceTest : public testing::Test {
 protected:
  /// Another life of the worker.
  void Restart() { fence_ = std::make_unique<ProducerFence>("cameras", broker_, *store_); }
  void SetUp() override { Restart(); }
  void Begin(const std::set<int>& starting, int tasks) {
    fence_->Demand(starting, tasks);
    fence_->Pass({});
  }

  TemporaryDirectory folder_;
  std::unique_ptr<store::Store> store_ = store::OpenSqliteStore(folder_.path() / "framespool.db");
  FencingBroker broker_;
  std::unique_ptr<ProducerFence> fence_;
};

TEST_F(ProducerFenceTest, LeavesTheOnlyTaskToItsOwnProducer) {
  Begin({0}, 1);
  Restart();
  Begin({0}, 1);
  EXPECT_THAT(broker_.fenced, IsEmpty());
  EXPECT_EQ(store_->TaskCountRecord("cameras"), 1);
}

TEST_F(ProducerFenceTest, FencesTaskNumbersThatAreGoneAndThoseThatBeginTogether) {
  Begin({0, 1, 2}, 3);
  EXPECT_THAT(broker_.fenced, IsEmpty()) << "nobody was before them";
  Begin({0}, 1);
  EXPECT_THAT(broker_.fenced, ElementsAre(ElementsAre(0, 1, 2)));
  Begin({0}, 1);
  EXPECT_THAT(broker_.fenced, testing::SizeIs(1)) << "what is gone is fenced once";
}

TEST_F(ProducerFenceTest, LeavesTasksAloneThatGoOn) {
  Begin({0, 1, 2, 3}, 4);
  Begin({1}, 3);
  EXPECT_THAT(broker_.fenced, ElementsAre(ElementsAre(1, 3)));
}

TEST_F(ProducerFenceTest, RemembersOverARestartWhoMayStillWrite) {
  Begin({0, 1, 2}, 3);
  Restart();
  Begin({0, 1}, 2);
  EXPECT_THAT(broker_.fenced, ElementsAre(ElementsAre(0, 1, 2)));
  Restart();
  Begin({0, 1}, 2);
  EXPECT_THAT(broker_.fenced.back(), ElementsAre(0, 1));
}

TEST_F(ProducerFenceTest, TriesAgainWhatCouldNotBeDone) {
  Begin({0, 1}, 2);
  broker_.before_next = [] { throw RetriableError("no broker"); };
  EXPECT_THROW(Begin({0}, 1), RetriableError);
  EXPECT_EQ(store_->TaskCountRecord("cameras"), 2);
  fence_->Pass({});
  EXPECT_THAT(broker_.fenced, ElementsAre(ElementsAre(0, 1)));
  EXPECT_EQ(store_->TaskCountRecord("cameras"), 1);
}

TEST_F(ProducerFenceTest, LetsNobodyPassWhileItIsUnderWayAndTakesUpWhatIsDemandedMeanwhile) {
  Begin({0, 1, 2}, 3);
  std::thread other;
  std::atomic<bool> passed = false;
  bool passed_too_soon = false;
  broker_.before_next = [&] {
    fence_->Demand({2}, 3);
    std::stop_source stopped;
    stopped.request_stop();
    fence_->Pass(stopped.get_token());  // who is to stop waits for nobody
    other = std::thread([&] {
      fence_->Pass({});
      passed = true;
    });
    passed_too_soon = passed;
  };
  Begin({0, 1}, 3);
  other.join();
  EXPECT_FALSE(passed_too_soon);
  EXPECT_THAT(broker_.fenced, ElementsAre(ElementsAre(0, 1), ElementsAre(2)));
}

}  // namespace
}  // namespace framespool::runtime
