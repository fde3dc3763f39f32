#include "pacer.h"

#include <gtest/gtest.h>

namespace framespool::video_file {
namespace {

using namespace std::chrono_literals;

const Pacer::Clock::time_point kStart = Pacer::Clock::time_point{} + 1h;

TEST(Pacer, TheFirstFrameIsDueAtOnceWhereverInTheFileItIs) {
  Pacer pacer;
  EXPECT_EQ(pacer.Due(7'000'000, kStart), kStart);
  EXPECT_EQ(pacer.Due(7'040'000, kStart + 1ms), kStart + 40ms);
}

TEST(Pacer, AShortDelayIsMadeUpFor) {
  Pacer pacer;
  pacer.Due(0, kStart);
  EXPECT_EQ(pacer.Due(40'000, kStart + 300ms), kStart + 40ms);
  EXPECT_EQ(pacer.Due(80'000, kStart + 301ms), kStart + 80ms);
  EXPECT_EQ(pacer.slipped().count(), 0);
}

TEST(Pacer, AfterALongPauseItKeepsItsPaceWithoutABurst) {
  Pacer pacer;
  pacer.Due(0, kStart);
  EXPECT_EQ(pacer.Due(40'000, kStart + 10s), kStart + 10s);
  EXPECT_EQ(pacer.Due(80'000, kStart + 10s + 1ms), kStart + 10s + 40ms);
  EXPECT_DOUBLE_EQ(pacer.slipped().count(), 9.96);
}

TEST(WaitUntil, SaysWhetherTheTimeCame) {
  EXPECT_TRUE(WaitUntil(Pacer::Clock::now() + 1ms, {}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(WaitUntil(Pacer::Clock::now() + 1h, stop.get_token()));
}

}  // namespace
}  // namespace framespool::video_file
