// The pieces without threads and sockets: frames, tracks, pace, what counts as seen, queries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>

#include "fakes/eventually.h"
#include "fakes/fake_view_context.h"
#include "playback/fps_cap.h"
#include "playback/pacer.h"
#include "playback/seen_tracker.h"
#include "topic/feeder.h"
#include "topic/frame.h"
#include "topic/moment.h"
#include "topic/topic_source.h"

namespace framespool::mjpeg {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

SinkRecord Record(std::string value, Headers headers = {}) {
  const auto* first = reinterpret_cast<const std::byte*>(value.data());
  return {.topic = "t",
          .partition = 0,
          .offset = 5,
          .key = {},
          .value = Payload(std::vector<std::byte>(first, first + value.size())),
          .headers = std::move(headers),
          .timestamp = Timestamp(milliseconds(1700000000123))};
}

TEST(FeederTest, TellsOfWhatItBeginsWithAlsoWhenNobodyTookWhatItToldOfBefore) {
  fakes::FakeTopic topic;
  fakes::FakeViewContext context{topic};
  topic.Append("frame");
  SinkCounters counters;
  const TopicSource tracks(context, topic.name(), 1);
  std::atomic<int> told = 0;
  Feeder feeder(tracks, Feeder::Mode::kEveryFrame, {.origin = [](Track& track) { return track.First(); }}, counters,
                [&] { ++told; });
  feeder.Play(std::nullopt);
  ASSERT_TRUE(fakes::Eventually([&] { return told > 0; }));
  feeder.Pause();  // the viewer has left before it was looked at
  const int before = told;
  feeder.Play(std::nullopt);
  EXPECT_TRUE(fakes::Eventually([&] { return told > before; }));
}

TEST(FpsCapTest, TakesTheFirstFrameHoweverShortAgoTheMachineWasBooted) {
  using Clock = FpsCap::Clock;
  for (const auto uptime : {Clock::duration(-std::chrono::seconds(5)), Clock::duration(0),
                            Clock::duration(std::chrono::seconds(1)), Clock::duration(std::chrono::hours(2))}) {
    for (const double fps : {0.1, 10.0, 60.0}) {
      const Clock::time_point booted = Clock::time_point() + uptime;
      FpsCap cap(fps);
      EXPECT_TRUE(cap.Takes(booted)) << fps;
      EXPECT_FALSE(cap.Takes(booted + std::chrono::milliseconds(1))) << fps;
      EXPECT_GT(cap.next(), booted) << fps;
      EXPECT_TRUE(cap.Takes(booted + std::chrono::seconds(10))) << fps;
    }
  }
}

TEST(FrameTimes, KnowWhenAFrameWasTakenWhereItsRecordSaysSoAndCanBeRight) {
  constexpr std::int64_t kRecorded = 1700000000123'000;  // of Record(), in µs
  const auto way = [](std::int64_t captured) {
    const FramePtr frame =
        MakeFrame(Record("\xFF\xD8\xFF\xE0", {{"framespool.capture.us", std::to_string(captured)}}), true, true);
    return std::chrono::duration_cast<std::chrono::microseconds>(frame->recorded_at - frame->captured_at).count();
  };
  EXPECT_EQ(way(kRecorded - 40'000), 40'000);
  EXPECT_EQ(way(kRecorded + 700), -700) << "a timestamp ends with the millisecond";
  EXPECT_EQ(way(kRecorded - 10'000'000), 10'000'000);
  // Clocks that are wrong.
  EXPECT_EQ(way(kRecorded - 10'000'001), 0);
  EXPECT_EQ(way(kRecorded + 1000), 0);
  EXPECT_EQ(way(0), 0);
  EXPECT_EQ(way(std::numeric_limits<std::int64_t>::min()), 0);
  EXPECT_EQ(way(std::numeric_limits<std::int64_t>::max()), 0);
  const FramePtr silent = MakeFrame(Record("\xFF\xD8\xFF\xE0"), true, true);
  EXPECT_EQ(silent->captured_at, silent->recorded_at);
}

TEST(FrameText, SharesTheRecordsBytes) {
  const SinkRecord record = Record("\xFF\xD8\xFF\xE0", {{"framespool.pts.us", "40000"}});
  const FramePtr frame = MakeFrame(record);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->image.bytes().data(), record.value.bytes().data());
  EXPECT_EQ(frame->pts_us, 40000);
  EXPECT_EQ(frame->length_header,
            "\r\nContent-Type: image/jpeg\r\nContent-Length: 4\r\nX-Timestamp: "
            "1700000000123000000\r\nX-Framespool-Offset: 5\r\n"
            "X-Framespool-Partition: 0\r\nX-Framespool-Timestamp: 1700000000123\r\n\r\n");
}

TEST(FrameText, IsTheSameInOnePiece) {
  const SinkRecord record = Record("\xFF\xD8\xFF\xE0");
  const FramePtr apart = MakeFrame(record, true);
  EXPECT_TRUE(apart->joined.empty());
  const FramePtr joined = InOnePiece(*apart);
  EXPECT_EQ(joined->joined, apart->length_header + std::string(record.value.text()) + apart->next_boundary);
  EXPECT_EQ(joined->image.text(), record.value.text());
  EXPECT_EQ(joined->image.text().data(), joined->joined.data() + apart->length_header.size());
  EXPECT_EQ(joined->id.offset, 5);
  EXPECT_TRUE(joined->fresh);
  EXPECT_EQ(joined->recorded_at, apart->recorded_at);
}

TEST(Spares, AreTracksGivenBackReadyForTheNextJump) {
  fakes::FakeTopic topic;
  fakes::FakeViewContext context(topic);
  for (const char* value : {"a", "b", "c"}) topic.Append(value);
  const TopicSource source(context, topic.name(), 1);
  auto track = source.Open("");
  const Track* const first = track.get();
  track->Seek({1});
  ASSERT_TRUE(track->Next(milliseconds(0), {}));
  source.Keep(std::move(track));
  auto again = source.Open("");
  EXPECT_EQ(again.get(), first);
  EXPECT_FALSE(again->HasBuffered());
  again->Seek({2});
  EXPECT_EQ(again->Next(milliseconds(0), {})->value.text(), "c");
  EXPECT_NE(source.Open("").get(), first);
  EXPECT_EQ(source.Open("a key")->key(), "a key");
}

TEST(Spares, AreLeftAloneUntilTheBrokerHasAnsweredWhatTheyAskedBehindTheEnd) {
  fakes::FakeTopic topic;
  fakes::FakeViewContext context(topic);
  topic.Append("a");
  const TopicSource source(context, topic.name(), 1);
  auto track = source.Open("");
  const Track* const first = track.get();
  ASSERT_TRUE(track->Next(milliseconds(0), {}));
  source.Keep(std::move(track));
  EXPECT_NE(source.Open("").get(), first);
  EXPECT_TRUE(fakes::Eventually([&] { return source.Open("").get() == first; }));
}

class PaceOf : public ::testing::Test {
 protected:
  struct Source {
    milliseconds distance{33};
    milliseconds recorded{33};
  };
  /// Shows frame `number` of a source; returns how long after `now` it was due, and moves `now` there.
  milliseconds Step(int number, const Source& source, const Feeder::Head& head = {}) {
    Frame frame;
    frame.id.timestamp = Timestamp(source.recorded * number);
    frame.pts_us = microseconds(source.distance * number).count();
    return StepTo(frame, head);
  }
  milliseconds StepTo(const Frame& frame, const Feeder::Head& head = {}) {
    const auto due = pacer.Due(frame, head, now);
    const auto wait = std::max(Pacer::Clock::duration(0), due - now);
    now += wait;
    pacer.Shown(frame, due);
    return std::chrono::duration_cast<milliseconds>(wait);
  }
  static Feeder::Head Growing(milliseconds newest) { return {Timestamp(newest), true}; }

  Pacer pacer;
  Pacer::Clock::time_point now{seconds(1000)};
};

TEST_F(PaceOf, IsTheRecordingsOwn) {
  EXPECT_EQ(Step(0, {}), milliseconds(0));
  for (int number = 1; number < 100; ++number) ASSERT_EQ(Step(number, {}), milliseconds(33));
}

TEST_F(PaceOf, IsThatOfTheVideoHoweverFastItWasWritten) {
  const Source unpaced{.distance = milliseconds(33), .recorded = milliseconds(5)};
  Step(0, unpaced);
  for (int number = 1; number < 100; ++number)
    ASSERT_EQ(Step(number, unpaced, Growing(milliseconds(5 * number))), milliseconds(33));
}

TEST_F(PaceOf, FallsBackToTheRecordsTimestamps) {
  Frame frame;
  StepTo(frame);
  frame.id.timestamp += milliseconds(70);
  EXPECT_EQ(StepTo(frame), milliseconds(70));
}

TEST_F(PaceOf, SkipsLongGapsAndJumpsBack) {
  Step(0, {});
  EXPECT_EQ(Step(1, {}), milliseconds(33));
  EXPECT_EQ(Step(200, {}), milliseconds(0));
  EXPECT_EQ(Step(201, {}), milliseconds(33));
  EXPECT_EQ(Step(0, {}), milliseconds(0));
  EXPECT_EQ(Step(1, {}), milliseconds(33));
}

TEST_F(PaceOf, MakesUpForAHiccup) {
  Step(0, {});
  now += milliseconds(500);
  for (int number = 1; number <= 15; ++number) EXPECT_EQ(Step(number, {}), milliseconds(0));
  EXPECT_GT(Step(16, {}), milliseconds(0));
}

TEST_F(PaceOf, StaysBehindAfterALongPause) {
  Step(0, {});
  now += seconds(60);
  EXPECT_EQ(Step(1, {}), milliseconds(0));
  EXPECT_EQ(Step(2, {}), milliseconds(33));
}

TEST_F(PaceOf, IsLiveCloseBehindARunningSource) {
  // A viewer comes a second after the source began: after a short look at its speed he is at its newest frame.
  int number = 0;
  for (; number < 12; ++number) Step(number, {}, Growing(milliseconds(33 * (number + 30))));
  for (; number < 40; ++number) EXPECT_EQ(Step(number, {}, Growing(milliseconds(33 * 41))), milliseconds(0));
}

TEST_F(PaceOf, StaysTheRecordedOneFarBehindARunningSource) {
  for (int number = 0; number < 60; ++number) {
    const milliseconds wait = Step(number, {}, Growing(milliseconds(33 * number) + seconds(10)));
    if (number > 0) {
      ASSERT_EQ(wait, milliseconds(33));
    }
  }
}

class Seen : public ::testing::Test {
 protected:
  using Clock = SeenTracker::Clock;
  std::vector<std::int64_t> Take(milliseconds at) {
    std::vector<std::int64_t> seen;
    tracker.TakeSeen(start + at, milliseconds(250), [&](const FrameId& id) { seen.push_back(id.offset); });
    return seen;
  }
  void Sample(milliseconds at, std::uint64_t acknowledged, std::optional<std::uint32_t> window) {
    tracker.Sample({acknowledged, milliseconds(0), window}, start + at);
  }
  const Clock::time_point start{seconds(1000)};
  SeenTracker tracker;
};

TEST_F(Seen, IsAFrameAcknowledgedForTheRewind) {
  tracker.Sent({0, 7, {}}, 1000);
  tracker.Sent({0, 8, {}}, 2000);
  Sample(milliseconds(10), 1999, 100000);
  EXPECT_THAT(Take(milliseconds(259)), testing::IsEmpty());
  EXPECT_EQ(tracker.Next(milliseconds(250)), start + milliseconds(260));
  EXPECT_THAT(Take(milliseconds(260)), testing::ElementsAre(7));
  Sample(milliseconds(300), 2000, 100000);
  EXPECT_FALSE(tracker.waiting());
  EXPECT_THAT(Take(milliseconds(550)), testing::ElementsAre(8));
}

TEST_F(Seen, IsDatedByTheAcknowledgementNotByTheLook) {
  tracker.Sent({0, 7, {}}, 1000);
  tracker.Sample({1000, milliseconds(30), 100000}, start + milliseconds(40));
  EXPECT_THAT(Take(milliseconds(259)), testing::IsEmpty());
  EXPECT_THAT(Take(milliseconds(260)), testing::ElementsAre(7));
}

TEST_F(Seen, IsNotWhatShrinksTheViewersWindow) {
  Sample(milliseconds(0), 0, 400000);
  tracker.Sent({0, 0, {}}, 100000);
  tracker.Sent({0, 1, {}}, 400000);
  Sample(milliseconds(10), 400000, 0);
  EXPECT_THAT(Take(seconds(60)), testing::IsEmpty());
  Sample(seconds(60), 400000, 400000);
  EXPECT_THAT(Take(milliseconds(60250)), testing::ElementsAre(0, 1));
}

TEST_F(Seen, IsNotHeldBackLongByAWindowThatStaysALittleSmaller) {
  Sample(milliseconds(0), 0, 400000);
  tracker.Sent({0, 0, {}}, 100000);
  Sample(milliseconds(10), 100000, 300001);
  EXPECT_TRUE(tracker.waiting());
  Sample(milliseconds(1010), 100000, 300001);
  EXPECT_THAT(Take(milliseconds(1260)), testing::ElementsAre(0));
}

TEST_F(Seen, NeedsNoWindowWhereTheKernelTellsNone) {
  tracker.Sent({0, 0, {}}, 1000);
  Sample(milliseconds(0), 1000, std::nullopt);
  EXPECT_THAT(Take(milliseconds(250)), testing::ElementsAre(0));
}

TEST_F(Seen, StopsWhenTheViewerClosesUntilItTakesMore) {
  tracker.Sent({0, 0, {}}, 1000);
  Sample(milliseconds(0), 1000, 100000);
  tracker.SideClosed(1000, start + milliseconds(100));
  EXPECT_THAT(Take(seconds(60)), testing::IsEmpty());
  tracker.Sent({0, 1, {}}, 2000);
  Sample(seconds(60), 2000, 100000);
  EXPECT_THAT(Take(milliseconds(60250)), testing::ElementsAre(0, 1));
}

TEST(Times, AreReadInEveryForm) {
  const Timestamp now{milliseconds(1'700'000'000'000)};
  EXPECT_EQ(ParseTime("-30s", now), now - seconds(30));
  EXPECT_EQ(ParseTime("-250ms", now), now - milliseconds(250));
  EXPECT_EQ(ParseTime("-2h", now), now - std::chrono::hours(2));
  EXPECT_EQ(ParseTime("-1d", now), now - std::chrono::hours(24));
  EXPECT_EQ(ParseTime("2023-11-14T22:13:20Z", now), now);
  EXPECT_EQ(ParseTime("2023-11-14T22:13:20.5Z", now), now + milliseconds(500));
  EXPECT_EQ(ParseTime("2023-11-14T23:13:20+01:00", now), now);
  EXPECT_EQ(ParseTime("2023-11-14T23:13:20 01:00", now), now);
  EXPECT_EQ(ParseTime("2023-11-14T17:43:20.000-04:30", now), now);
  EXPECT_EQ(TimeText(now + milliseconds(7)), "2023-11-14T22:13:20.007Z");
  for (const char* bad :
       {"", "-", "-s", "-5", "-5x", "--5s", "-99999999999999s", "now", "2023-11-14", "2023-02-30T00:00:00Z",
        "2023-11-14T24:00:00Z", "2023-11-14T22:13:20", "2023-11-14T22:13:20Zx", "2023-11-14T22:13:20.Z"}) {
    EXPECT_EQ(ParseTime(bad, now), std::nullopt) << bad;
  }
}

TEST(Targets, AreDecoded) {
  const auto request = Decode({.path = "/cam%20one", .query = "group=a%2Db&x&from=1+2&group=second"});
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path, "/cam one");
  EXPECT_EQ(request->Query("group"), "a-b");
  EXPECT_EQ(request->Query("from"), "1 2");
  EXPECT_EQ(request->Query("x"), "");
  EXPECT_EQ(request->Query("y"), std::nullopt);
  EXPECT_EQ(Decode({.path = ""})->path, "/");
  for (const char* bad : {"*", "/%", "/%2", "/%g0", "/%0a", "/%7f"}) EXPECT_FALSE(Decode({.path = bad})) << bad;
  for (const char* bad : {"a=%0d", "%00", "a=%zz"}) EXPECT_FALSE(Decode({.path = "/", .query = bad})) << bad;
}

}  // namespace
}  // namespace framespool::mjpeg
