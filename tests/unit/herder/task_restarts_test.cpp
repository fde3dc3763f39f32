#include "task_restarts.h"

#include <gtest/gtest.h>

namespace framespool::herder {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

class TaskRestartsTest : public testing::Test {
 protected:
  std::optional<milliseconds> FailsAt(std::chrono::steady_clock::time_point now, double jitter = 0) {
    return restarts_.DelayAfter(config_, now, jitter);
  }

  config::CommonConfig config_;
  TaskRestarts restarts_;
  std::chrono::steady_clock::time_point now_{1s};  // a machine that has just booted
};

TEST_F(TaskRestartsTest, WaitsTwiceAsLongEachTimeUpToTheLongest) {
  for (const milliseconds expected :
       {1000ms, 2000ms, 4000ms, 8000ms, 16'000ms, 32'000ms, 64'000ms, 128'000ms, 256'000ms, 300'000ms, 300'000ms}) {
    EXPECT_EQ(FailsAt(now_), expected);
    restarts_.NoteBegun(now_);
  }
}

TEST_F(TaskRestartsTest, AMillionFailuresWaitTheLongest) {
  for (int i = 0; i < 1'000'000; ++i) restarts_.NoteBegun(now_);
  EXPECT_EQ(FailsAt(now_), 300s);
}

TEST_F(TaskRestartsTest, WaitsAFifthMoreOrLess) {
  EXPECT_EQ(FailsAt(now_, 1), 1200ms);
  EXPECT_EQ(FailsAt(now_, -1), 800ms);
}

TEST_F(TaskRestartsTest, GivesUpAtTheNumberOfAttempts) {
  config_.restart_attempts_max = 1;
  EXPECT_TRUE(FailsAt(now_));
  restarts_.NoteBegun(now_);
  EXPECT_FALSE(FailsAt(now_));
  config_.restart_attempts_max = 0;
  restarts_ = {};
  EXPECT_FALSE(FailsAt(now_));
}

TEST_F(TaskRestartsTest, BeginsAnewToCountAfterATaskHasRunForTenMinutes) {
  for (int i = 0; i < 5; ++i) restarts_.NoteBegun(now_);
  EXPECT_EQ(FailsAt(now_ + 10min - 1ms), 32s);
  EXPECT_EQ(FailsAt(now_ + 10min), 1s);
}

TEST_F(TaskRestartsTest, TellsOfThePlanUntilItIsCarriedOut) {
  Fields metrics;
  restarts_.AddTo(metrics);
  EXPECT_TRUE(metrics.empty());
  restarts_.Plan(Timestamp(milliseconds(1234)));
  restarts_.AddTo(metrics);
  EXPECT_EQ(metrics, (Fields{{"next_restart_ms", std::int64_t{1234}}}));
  restarts_.NoteBegun(now_);
  metrics.clear();
  restarts_.AddTo(metrics);
  EXPECT_EQ(metrics, (Fields{{"restarts", std::int64_t{1}}}));
}

}  // namespace
}  // namespace framespool::herder
