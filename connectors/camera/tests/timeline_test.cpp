#include "timeline.h"

#include <gtest/gtest.h>

namespace framespool::camera {
namespace {

constexpr std::int64_t kFrame = 66'667;
constexpr std::int64_t kSecond = 1'000'000;

TEST(Timeline, BeginsAtZeroAndHasTheCamerasSpacing) {
  Timeline timeline;
  EXPECT_EQ(timeline.Next(900 * kSecond, {}, 0).pts_us, 0);
  EXPECT_EQ(timeline.Next(900 * kSecond + kFrame, {}, 90'000).pts_us, kFrame);
  EXPECT_EQ(timeline.Next(900 * kSecond + 2 * kFrame, {}, 100'000).pts_us, 2 * kFrame);
}

TEST(Timeline, GoesOnByTheTimeThatWentByOverAConnectionThatBeginsAtZeroAgain) {
  Timeline timeline;
  timeline.Next(0, {}, 0);
  timeline.Next(kFrame, {}, kFrame);
  timeline.BeginSession();
  EXPECT_EQ(timeline.Next(0, {}, 30 * kSecond).pts_us, 30 * kSecond);
  EXPECT_EQ(timeline.Next(kFrame, {}, 30 * kSecond + kFrame).pts_us, 30 * kSecond + kFrame);
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
  const auto leapt = timeline.Next(3600 * kSecond, {}, kFrame);
  EXPECT_TRUE(leapt.leapt);
  EXPECT_EQ(leapt.pts_us, kFrame);
  const auto next = timeline.Next(3600 * kSecond + kFrame, {}, 2 * kFrame);
  EXPECT_FALSE(next.leapt);
  EXPECT_EQ(next.pts_us, 2 * kFrame);
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
    const auto times = timeline.Next(i * kFrame, {}, 12 * kSecond + i);
    EXPECT_FALSE(times.leapt);
    EXPECT_EQ(times.pts_us, i * kFrame);
  }
}

TEST(Timeline, GoesOnWhereTheCamerasClockGoesBack) {
  Timeline timeline;
  timeline.Next(100 * kSecond, {}, 0);
  timeline.Next(100 * kSecond + kFrame, {}, kFrame);
  const auto back = timeline.Next(0, {}, 2 * kFrame);
  EXPECT_TRUE(back.leapt);
  EXPECT_EQ(back.pts_us, 2 * kFrame);
}

TEST(Timeline, GoesByArrivalWhereTheCameraSaysNoTimes) {
  Timeline timeline;
  EXPECT_EQ(timeline.Next({}, {}, 7 * kSecond).pts_us, 0);
  EXPECT_EQ(timeline.Next({}, {}, 7 * kSecond + 200'000).pts_us, 200'000);
}

TEST(Timeline, ASingleFrameWithoutTimesDoesNotMoveTheOthers) {
  Timeline timeline;
  timeline.Next({}, {}, 0);
  EXPECT_EQ(timeline.Next(kFrame, {}, kFrame).pts_us, kFrame);
  EXPECT_EQ(timeline.Next(2 * kFrame, {}, 3 * kFrame).pts_us, 2 * kFrame);
}

TEST(Timeline, ShowsFramesInAnotherOrderThanItDecodesThem) {
  Timeline timeline;
  const std::int64_t order[] = {0, 3, 1, 2, 6, 4, 5};
  std::int64_t last = -1;
  for (std::int64_t i = 0; i < 7; ++i) {
    const auto times = timeline.Next((order[i] + 1) * kFrame, i * kFrame, i * kFrame);
    EXPECT_GT(times.dts_us, last);
    EXPECT_GE(times.pts_us, times.dts_us);
    EXPECT_EQ(times.pts_us, (order[i] + 1) * kFrame);
    last = times.dts_us;
  }
}

}  // namespace
}  // namespace framespool::camera
