// The small parts of the feed: pauses, rates, the queue, the status.
#include <fakes/eventually.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "backoff.h"
#include "camera_config.h"
#include "feed_status.h"
#include "live_input.h"
#include "rate_limit.h"
#include "record_queue.h"
#include "throughput.h"

namespace framespool::camera {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Ge;
using testing::Le;

TEST(Backoff, DoublesUpToTheLongestPauseWithHalfOfItByChance) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Backoff backoff(1000ms, 30000ms, seed);
    for (const auto most : {1000ms, 2000ms, 4000ms, 8000ms, 16000ms, 30000ms, 30000ms})
      EXPECT_THAT(backoff.Next(), AllOf(Ge(most / 2), Le(most)));
    backoff.Reset();
    EXPECT_THAT(backoff.Next(), AllOf(Ge(500ms), Le(1000ms)));
  }
}

TEST(Backoff, IsNotTheSameForTwoCameras) {
  Backoff one(1h, 1h, 1);
  Backoff other(1h, 1h, 2);
  EXPECT_NE(one.Next(), other.Next());
}

TEST(Patience, IsOverAfterItsTimeOfLookingAround) {
  Patience patience({});
  const auto begun = Patience::Clock::now();
  patience.ExpectFrom(begun, 5s);
  for (auto passed = 100ms; passed < 5s; passed += 100ms) EXPECT_FALSE(patience.IsOverAt(begun + passed));
  EXPECT_TRUE(patience.IsOverAt(begun + 5s));
  patience.ExpectFrom(begun + 6s, 1s);
  EXPECT_FALSE(patience.IsOverAt(begun + 6500ms));
}

TEST(Patience, TakesNoTimeInWhichNobodyLookedForSilence) {
  Patience patience({});
  const auto begun = Patience::Clock::now();
  patience.ExpectFrom(begun, 3s);
  EXPECT_FALSE(patience.IsOverAt(begun + 1h)) << "of a machine that slept";
  EXPECT_FALSE(patience.IsOverAt(begun + 1h + 1900ms));
  EXPECT_TRUE(patience.IsOverAt(begun + 1h + 2900ms));
}

TEST(Patience, IsOverAtAStop) {
  std::stop_source stop;
  Patience patience(stop.get_token());
  EXPECT_FALSE(patience.over());
  stop.request_stop();
  EXPECT_TRUE(patience.over());
}

TEST(RateLimit, LetsEveryFrameThroughWithoutARate) {
  RateLimit limit(0);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limit.Passes(i));
}

TEST(RateLimit, LeavesOutFramesEvenly) {
  RateLimit limit(5);
  std::vector<int> passed;
  for (int i = 0; i < 30; ++i) {
    if (limit.Passes(i * 66'667)) passed.push_back(i);
  }
  EXPECT_EQ(passed, (std::vector<int>{0, 3, 6, 9, 12, 15, 18, 21, 24, 27}));
}

TEST(RateLimit, LetsThroughTheCamerasOwnRateInSpiteOfItsJitter) {
  RateLimit limit(15);
  int passed = 0;
  for (int i = 0; i < 150; ++i) passed += limit.Passes(i * 66'667 + (i % 3 - 1) * 5'000) ? 1 : 0;
  EXPECT_EQ(passed, 150);
}

TEST(RateLimit, GoesOnAtOnceWhenTheClockLeaps) {
  RateLimit limit(1);
  EXPECT_TRUE(limit.Passes(1'000'000'000));
  EXPECT_TRUE(limit.Passes(0));
  EXPECT_FALSE(limit.Passes(100'000));
}

TEST(Throughput, CountsFramesAndBytesOfASecond) {
  Throughput throughput;
  const auto start = Throughput::Clock::now();
  for (int i = 0; i < 75; ++i) throughput.Add(start + i * 40ms, 1000);
  const auto rate = throughput.At(start + 74 * 40ms);
  EXPECT_NEAR(rate.frames, 25, 0.01);
  EXPECT_NEAR(rate.bytes, 25'000, 10);
}

TEST(Throughput, FallsToNothingWhenFramesStop) {
  Throughput throughput;
  const auto start = Throughput::Clock::now();
  for (int i = 0; i < 10; ++i) throughput.Add(start + i * 40ms, 1000);
  EXPECT_LT(throughput.At(start + 4s).frames, 3);
  EXPECT_EQ(throughput.At(start + 20s).frames, 0);
}

SourceRecord RecordOf(std::size_t bytes) {
  SourceRecord record;
  record.value = Payload(std::vector<std::byte>(bytes));
  return record;
}

TEST(RecordQueue, HandsOverAllThereIsInOrder) {
  RecordQueue queue;
  for (std::size_t i = 1; i <= 3; ++i) EXPECT_TRUE(queue.Push(RecordOf(i), {}));
  const auto taken = queue.TakeAll(1s, {});
  ASSERT_EQ(taken.size(), 3U);
  EXPECT_EQ(taken[0].value.size(), 1U);
  EXPECT_EQ(taken[2].value.size(), 3U);
  EXPECT_TRUE(queue.TakeAll(0ms, {}).empty());
}

TEST(RecordQueue, MakesTheCameraWaitWhenItIsFull) {
  RecordQueue queue;
  ASSERT_TRUE(queue.Push(RecordOf(RecordQueue::kMostBytes), {}));
  std::atomic<bool> pushed = false;
  std::jthread camera([&](const std::stop_token& stop) { pushed = queue.Push(RecordOf(1), stop); });
  EXPECT_EQ(queue.TakeAll(1s, {}).size(), 1U);
  EXPECT_TRUE(fakes::Eventually([&] { return pushed.load(); }));
  EXPECT_EQ(queue.TakeAll(1s, {}).size(), 1U);
}

TEST(RecordQueue, EndsTheWaitAtAStop) {
  RecordQueue queue;
  ASSERT_TRUE(queue.Push(RecordOf(RecordQueue::kMostBytes), {}));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(queue.Push(RecordOf(1), stop.get_token()));
}

TEST(FeedStatus, SaysHowTheCameraIs) {
  FeedStatus status;
  status.BeginConnection();
  EXPECT_EQ(std::get<std::string>(status.Metrics().at("state")), "connecting");
  EXPECT_EQ(std::get<std::string>(status.Metrics().at("waits_for")), "");
  status.Away({.message = "rtsp://h: closed the connection", .kind = "camera-closed"});
  EXPECT_EQ(std::get<std::string>(status.Metrics().at("state")), "away");
  EXPECT_TRUE(status.why_away().has_value());
  status.BeginConnection();
  status.Connected("h264");
  EXPECT_EQ(std::get<std::string>(status.Metrics().at("state")), "waiting-for-key-frame");
  EXPECT_TRUE(status.why_away().has_value()) << "no frame has come yet";
  EXPECT_EQ(std::get<std::string>(status.Metrics().at("waits_for")), "the camera: rtsp://h: closed the connection");
  status.Stored(Arrival::Now(), 1000, true, 4, {});
  const Fields metrics = status.Metrics();
  EXPECT_EQ(std::get<std::string>(metrics.at("state")), "running");
  EXPECT_EQ(std::get<std::string>(metrics.at("waits_for")), "");
  EXPECT_EQ(std::get<std::int64_t>(metrics.at("reconnects")), 1);
  EXPECT_EQ(std::get<std::int64_t>(metrics.at("frames_broken")), 1);
  EXPECT_EQ(std::get<std::int64_t>(metrics.at("session")), 4);
  EXPECT_EQ(std::get<double>(metrics.at("away_seconds")), 0);
  EXPECT_FALSE(status.why_away().has_value());
}

TEST(FeedStatus, ReportsOnlyWhatIsDeclared) {
  FeedStatus status;
  status.BeginConnection();
  status.Connected("h264");
  status.Stored(Arrival::Now(), 1000, false, 0, 1);
  status.Gop(1);
  status.Away({.message = "gone", .kind = "camera-closed"});
  for (const auto& [name, value] : status.Metrics()) {
    EXPECT_TRUE(std::any_of(CameraMetrics().begin(), CameraMetrics().end(), [&each = name](const MetricSpec& metric) {
      return metric.name == each;
    })) << name;
  }
}

}  // namespace
}  // namespace framespool::camera
