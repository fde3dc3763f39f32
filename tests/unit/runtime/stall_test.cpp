#include <gmock/gmock.h>
#include <runtime/stall_watch.h>
#include <runtime/task_runner.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fakes/eventually.h"

namespace framespool::runtime {
namespace {

using namespace std::chrono_literals;
using fakes::Eventually;
using testing::ElementsAre;
using testing::HasSubstr;
using Clock = PluginCalls::Clock;

/// A task whose "plugin" is the test: it is in a call from the beginning until it may return.
class InACall final : public TaskRunner {
 public:
  explicit InACall(const RawConfig& config = {})
      : TaskRunner(
            {.connector = "cam", .connector_class = "CamSource"},
            [this](State state, const std::string&, const std::string& reason) {
              const std::lock_guard lock(mutex_);
              said_.emplace_back(ToText(state));
              reason_ = reason;
            },
            config, []() -> plugins::Plugin { throw std::runtime_error("there is none"); }) {}
  void Execute(const plugins::Plugin&, std::stop_token) override {}

  /// The call of a task that has begun; the thread is the test's.
  PluginCalls::Inside Call() { return In("Poll()"); }
  void Begin() { state().TakeUp(); }
  void Report() { state().Merge({{"frames", std::int64_t{1}}}); }
  void FailNow() { state().Fail({.trace = "gone", .problems = {}}); }
  void PauseNow() {
    state().SetPaused(true);
    state().TakeUp();
  }

  std::vector<std::string> said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }
  std::string reason() {
    const std::lock_guard lock(mutex_);
    return reason_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> said_;
  std::string reason_;
};

TEST(Stall, IsShownOnceTheCallHasTakenTooLongAndUntilItReturns) {
  InACall task;
  task.StallAfter(60s);
  task.Begin();
  const auto began = Clock::now();
  {
    const auto inside = task.Call();
    task.LookForStall(began + 59s);
    EXPECT_EQ(task.Status().state, State::kRunning);
    task.LookForStall(began + 61s);
    const auto revision = task.revision();
    task.LookForStall(began + 62s);
    EXPECT_EQ(task.revision(), revision) << "it is said once";
    EXPECT_EQ(task.Status().state, State::kUnassigned);
    EXPECT_THAT(task.Status().trace, HasSubstr("CamSource is stalled: its Poll() has neither returned"));
  }
  task.LookForStall(began + 63s);
  EXPECT_EQ(task.Status().state, State::kRunning);
  EXPECT_EQ(task.Status().trace, "");
  EXPECT_THAT(task.said(), ElementsAre("RUNNING", "UNASSIGNED", "RUNNING"));
}

TEST(Stall, IsNoneWhileTheCallReportsSomething) {
  InACall task;
  task.StallAfter(60s);
  task.Begin();
  const auto inside = task.Call();
  task.LookForStall(Clock::now() + 61s);
  EXPECT_EQ(task.Status().state, State::kUnassigned);
  EXPECT_FALSE(task.Status().metrics.contains("frames"));
  task.Report();
  task.LookForStall(Clock::now() + 1s);
  EXPECT_EQ(task.Status().state, State::kRunning);
  EXPECT_TRUE(task.Status().metrics.contains("frames"));
}

TEST(Stall, ShowsWhatTheTaskHasReportedBesides) {
  InACall task;
  task.StallAfter(60s);
  task.Begin();
  task.Report();
  const auto inside = task.Call();
  task.LookForStall(Clock::now() + 61s);
  EXPECT_TRUE(task.Status().metrics.contains("frames"));
  EXPECT_TRUE(task.Status().metrics.contains("stalled_since_ms"));
}

TEST(Stall, OfATaskThatIsPausedMeanwhileEndsInPaused) {
  InACall task;
  task.StallAfter(60s);
  task.Begin();
  {
    const auto inside = task.Call();
    task.LookForStall(Clock::now() + 61s);
    task.PauseNow();
    EXPECT_EQ(task.Status().state, State::kUnassigned);
  }
  task.LookForStall(Clock::now());
  EXPECT_EQ(task.Status().state, State::kPaused);
}

TEST(Stall, GivesWayToAFailure) {
  InACall task;
  task.StallAfter(60s);
  task.Begin();
  {
    const auto inside = task.Call();
    task.LookForStall(Clock::now() + 61s);
    task.FailNow();
    EXPECT_EQ(task.Status().state, State::kFailed);
    EXPECT_EQ(task.Status().trace, "gone");
    task.LookForStall(Clock::now() + 62s);
  }
  task.LookForStall(Clock::now() + 63s);
  EXPECT_EQ(task.Status().state, State::kFailed);
}

TEST(Stall, IsNotSaidOfATaskThatWasLeftBehind) {
  InACall task;
  task.StallAfter(60s);
  task.Begin();
  task.Abandon();
  const auto inside = task.Call();
  task.LookForStall(Clock::now() + 61s);
  EXPECT_EQ(task.Status().state, State::kRunning);
}

TEST(Stall, TheConnectorsConfigSaysAfterWhatTimeAndOtherwiseTheWorker) {
  InACall own(RawConfig{{"task.stall.timeout.ms", "5"}});
  own.StallAfter(60s);
  EXPECT_EQ(own.stall_timeout(), 5ms);
  InACall off(RawConfig{{"task.stall.timeout.ms", "0"}});
  off.StallAfter(60s);
  EXPECT_EQ(off.stall_timeout(), 0ms);
  InACall none;
  none.StallAfter(60s);
  EXPECT_EQ(none.stall_timeout(), 60s);
}

TEST(AStallWatch, LooksAtEachTaskAsLongAsItLives) {
  StallWatch watch;
  auto slow = std::make_shared<InACall>(RawConfig{{"task.stall.timeout.ms", "3600000"}});
  auto stuck = std::make_shared<InACall>(RawConfig{{"task.stall.timeout.ms", "20"}});
  for (const auto& task : {slow, stuck}) {
    task->StallAfter(0s);
    task->Begin();
    watch.Add(task);
  }
  {
    const auto inside = stuck->Call();
    const auto slow_inside = slow->Call();
    EXPECT_TRUE(Eventually([&] { return stuck->Status().state == State::kUnassigned; }));
    EXPECT_EQ(slow->Status().state, State::kRunning);
  }
  EXPECT_TRUE(Eventually([&] { return stuck->Status().state == State::kRunning; }));
  std::weak_ptr<InACall> gone = stuck;
  stuck.reset();
  EXPECT_TRUE(Eventually([&] { return gone.expired(); })) << "the watch keeps none of them";
}

TEST(AStallWatch, LeavesATaskWithoutATimeoutAlone) {
  StallWatch watch;
  auto task = std::make_shared<InACall>();
  task->StallAfter(0s);
  task->Begin();
  watch.Add(task);
  const auto inside = task->Call();
  task->LookForStall(Clock::now());
  EXPECT_EQ(task->Status().state, State::kRunning);
}

}  // namespace
}  // namespace framespool::runtime
