#include "timeline.h"

#include <gtest/gtest.h>

namespace framespool::camera {
namespace {

constexpr std::int64_t kStep = 66'667;
constexpr std::int64_t kSecond = 1'000'000;

TEST(Timeline, BeginsAtZeroAndHasTheCamerasSpacing) {
  Timeline timeline;
  EXPECT_EQ(timeline.Next(900 * kSecond, {}, 0).pts_us, 0);
  EXPECT_EQ(timeline.Next(900 * kSecond + kStep, {}, 90'000).pts_us, kStep);
  EXPECT_EQ(timeline.Next(900 * kSecond + 2 * kStep, {}, 100'000).pts_us, 2 * kStep);
}

TEST(Timeline, GoesOnByTheTimeThatWentByOverAConnectionThatBeginsAtZeroAgain) {
  Timeline timeline;
  timeline.Next(0, {}, 0);
  timeline.Next(kStep, {}, kStep);
  timeline.BeginSession();
  EXPECT_EQ(timeline.Next(0, {}, 30 * kSecond).pts_us, 30 * kSecond);
  EXPECT_EQ(timeline.Next(kStep, {}, 30 * kSecond + kStep).pts_us, 30 * kSecond + kStep);
}

TEST(Timeline, GoesOnBehindWhereARestartLeftIt) {
  Timeline timeline(Timeline::Place{.us = 5 * kSecond, .arrival_us = 100 * kSecond});
  EXPECT_EQ(timeline.Next(0, {}, 160 * kSecond).pts_us, 65 * kSecond);
}

TEST(Timeline, GrowsAlsoWhenTheWallClockWasSetBack) {
  Timeline timeline(Timeline::Place{.us = 5 * kSecond, .arrival_us = 100 * kSecond});
  EXPECT_EQ(timeline.Next(0, {}, 40 * kSecond).pts_us, 5 * kSecond + 1);
}

TEST(Timeline, ClosesAGapThatNoHoldUpExplains) {
  Timeline timeline;
  timeline.Next(0, {}, 0);
  const auto leapt = timeline.Next(3600 * kSecond, {}, kStep);
  EXPECT_TRUE(leapt.leapt);
  EXPECT_EQ(leapt.pts_us, kStep);
  const auto next = timeline.Next(3600 * kSecond + kStep, {}, 2 * kStep);
  EXPECT_FALSE(next.leapt);
  EXPECT_EQ(next.pts_us, 2 * kStep);
}

TEST(Timeline, KeepsAGapThatAHoldUpExplains) {
  Timeline timeline;
  timeline.Next(0, {}, 0);
  const auto late = timeline.Next(60 * kSecond, {}, 60 * kSecond);
  EXPECT_FALSE(late.leapt);
  EXPECT_EQ(late.pts_us, 60 * kSecond);
}

TEST(Timeline, KeepsItsSpacingWhenFramesComeAllAtOnce) {
  Timeline timeline;
  timeline.Next(0, {}, 0);
  for (int i = 1; i <= 300; ++i) {
    const auto times = timeline.Next(i * kStep, {}, 12 * kSecond + i);
    EXPECT_FALSE(times.leapt);
    EXPECT_EQ(times.pts_us, i * kStep);
  }
}

TEST(Timeline, GoesOnWhereTheCamerasClockGoesBack) {
  Timeline timeline;
  timeline.Next(100 * kSecond, {}, 0);
  timeline.Next(100 * kSecond + kStep, {}, kStep);
  const auto back = timeline.Next(0, {}, 2 * kStep);
  EXPECT_TRUE(back.leapt);
  EXPECT_EQ(back.pts_us, 2 * kStep);
}

TEST(Timeline, GoesByArrivalWhereTheCameraSaysNoTimes) {
  Timeline timeline;
  EXPECT_EQ(timeline.Next({}, {}, 7 * kSecond).pts_us, 0);
  EXPECT_EQ(timeline.Next({}, {}, 7 * kSecond + 200'000).pts_us, 200'000);
}

TEST(Timeline, ASingleFrameWithoutTimesDoesNotMoveTheOthers) {
  Timeline timeline;
  timeline.Next({}, {}, 0);
  EXPECT_EQ(timeline.Next(kStep, {}, kStep).pts_us, kStep);
  EXPECT_EQ(timeline.Next(2 * kStep, {}, 3 * kStep).pts_us, 2 * kStep);
}

TEST(Timeline, ShowsFramesInAnotherOrderThanItDecodesThem) {
  Timeline timeline;
  const std::int64_t order[] = {0, 3, 1, 2, 6, 4, 5};
  std::int64_t last = -1;
  for (std::int64_t i = 0; i < 7; ++i) {
    const auto times = timeline.Next((order[i] + 1) * kStep, i * kStep, i * kStep);
    EXPECT_GT(times.dts_us, last);
    EXPECT_GE(times.pts_us, times.dts_us);
    EXPECT_EQ(times.pts_us, (order[i] + 1) * kStep);
    last = times.dts_us;
  }
}

}  // namespace
}  // namespace framespool::camera
