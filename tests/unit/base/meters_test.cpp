#include <base/meters.h>
#include <gmock/gmock.h>

#include <thread>
#include <vector>

namespace framespool::base {
namespace {

using namespace std::chrono_literals;

TEST(Meters, BucketsOfAHistogramGoFromATenthOfAMillisecondToTenSeconds) {
  EXPECT_THAT(Histogram::kBounds, testing::ElementsAre(100us, 250us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms,
                                                       250ms, 500ms, 1s, 2500ms, 5s, 10s));
}

TEST(Meters, ADurationIsInTheFirstBucketThatItDoesNotExceed) {
  Histogram histogram;
  for (const auto duration : {0us, 100us, 101us, 10'000'000us, 11'000'000us}) histogram.Record(duration);
  const Histogram::Reading reading = histogram.Read();
  EXPECT_EQ(reading.buckets.front(), 2);
  EXPECT_EQ(reading.buckets[1], 1);
  EXPECT_EQ(reading.buckets[15], 1);
  EXPECT_EQ(reading.buckets[16], 1);
  EXPECT_EQ(reading.count, 5);
  EXPECT_EQ(reading.sum, 21s + 201us);
}

TEST(Meters, WhoRecordsAloneRecordsTheSame) {
  Histogram alone;
  Histogram shared;
  for (const auto duration : {-3ms, 0ms, 1ms, 3ms, 20'000ms}) {
    alone.RecordAlone(duration);
    shared.Record(duration);
  }
  EXPECT_EQ(alone.Read().buckets, shared.Read().buckets);
  EXPECT_EQ(alone.Read().sum, shared.Read().sum);
  EXPECT_EQ(alone.Read().sum, 20'004ms) << "less than nothing is nothing";
  EXPECT_EQ(alone.Read().count, 5);
}

TEST(Meters, TheLongestIsThatSinceItWasLastTaken) {
  Histogram histogram;
  histogram.Record(3ms);
  histogram.Record(1ms);
  EXPECT_EQ(histogram.TakeLongest(), 3ms);
  histogram.Record(2ms);
  EXPECT_EQ(histogram.TakeLongest(), 2ms);
  EXPECT_EQ(histogram.TakeLongest(), 0ms);
}

TEST(Meters, NothingIsLostBetweenThreads) {
  Histogram histogram;
  Gauge highest;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 10'000; ++i) {
        histogram.Record(1us);
        highest.RaiseTo(thread * 10'000 + i);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(histogram.Read().count, 40'000);
  EXPECT_EQ(histogram.Read().sum, 40ms);
  EXPECT_EQ(highest.value(), 39'999);
}

TEST(Meters, ATimingRecordsHowLongItLivedAlsoWhenWhatItTimesThrows) {
  Histogram histogram;
  try {
    const Timing timing(histogram);
    throw 42;
  } catch (int) {
  }
  EXPECT_EQ(histogram.Read().count, 1);
}

}  // namespace
}  // namespace framespool::base
