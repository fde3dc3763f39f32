// playback=live, framing=length, and what both playbacks do with slow and with stalled viewers.
#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

using std::chrono::milliseconds;

class Live : public SinkFixture {
 protected:
  Live() { live["playback"] = "live"; }
  RawConfig live;
};

TEST_F(Live, StartsEveryoneAtTheNewestFrame) {
  Append(0, 99);
  Start(live);
  StreamClient first(port);
  EXPECT_EQ(first.NextNumber(), 99);
  StreamClient second(port);
  EXPECT_EQ(second.NextNumber(), 99);
  AppendOne(100);
  EXPECT_EQ(first.NextNumber(), 100);
  EXPECT_EQ(second.NextNumber(), 100);
  EXPECT_EQ(topic.Committed(context.group()), std::nullopt);
}

TEST_F(Live, ShowsTheNewestFrameAgainToWhoComesBack) {
  Append(0, 3);
  Start(live);
  EXPECT_EQ(StreamClient(port).NextNumber(), 3);
  ASSERT_TRUE(Eventually([&] { return Status()["viewers"] == 0; }));
  Append(4, 7);
  EXPECT_EQ(StreamClient(port).NextNumber(), 7);
}

TEST_F(Live, GivesASlowViewerTheNewestFrameNextAndNeverHalfAFrame) {
  AppendOne(0, milliseconds(1), 400000);
  Start(live);
  StreamClient slow(port, "/", 8192), quick(port);
  ASSERT_EQ(slow.NextNumber(), 0);
  ASSERT_EQ(quick.NextNumber(), 0);
  for (int number = 1; number <= 60; ++number) {
    AppendOne(number, milliseconds(1), 400000);
    ASSERT_EQ(quick.NextNumber(), number);
  }
  int seen = 0, last = 0;
  while (last < 60) {
    const auto part = slow.Next();
    ASSERT_TRUE(part);
    const int number = StreamClient::NumberOf(part->body);
    ASSERT_EQ(part->body, Picture(number, 400000));
    ASSERT_GT(number, last);
    last = number;
    ++seen;
  }
  EXPECT_LT(seen, 30);
  EXPECT_TRUE(Eventually([&] { return Metric("frames_skipped") >= 60 - seen; }));
}

TEST_F(Live, TimesTheWayToEachViewerOfAFrameThatCameWhileHeWatched) {
  Append(0, 3);
  Start(live);
  const auto times = context.HistogramOf("capture_to_viewer_seconds");
  StreamClient first(port), second(port);
  ASSERT_EQ(first.NextNumber(), 3);
  ASSERT_EQ(second.NextNumber(), 3);
  EXPECT_EQ(times->Read().count, 0) << "it was there before";
  // Of an hour ago: whoever looks at the clock knows which bucket that is.
  AppendOne(4, milliseconds(1), 2000, Now() - std::chrono::hours(1));
  ASSERT_EQ(first.NextNumber(), 4);
  ASSERT_EQ(second.NextNumber(), 4);
  EXPECT_TRUE(Eventually([&] { return times->Read().buckets.back() == 2; }));
  EXPECT_GE(times->Read().sum, std::chrono::hours(2));
  EXPECT_EQ(times->Read().count, 2);
  // Who comes later is shown it, and has not waited for it.
  StreamClient late(port);
  ASSERT_EQ(late.NextNumber(), 4);
  AppendOne(5);
  for (StreamClient* client : {&first, &second, &late}) ASSERT_EQ(client->NextNumber(), 5);
  EXPECT_TRUE(Eventually([&] { return times->Read().count == 5; }));
  EXPECT_EQ(times->Read().buckets.back(), 2);
}

TEST_F(Live, TimesNothingOfThePast) {
  Append(0, 99, std::chrono::seconds(1));
  Start(live);
  StreamClient past(port, "/?from=earliest&pace=unpaced");
  for (int number = 0; number < 100; ++number) ASSERT_EQ(past.NextNumber(), number);
  const auto times = context.HistogramOf("capture_to_viewer_seconds");
  EXPECT_EQ(times->Read().count, 0) << "the last one is the newest, and has waited for its viewer";
  // From here on he waits for what comes, as soon as his reader has seen that there is no more.
  int number = 100;
  EXPECT_TRUE(Eventually([&] {
    AppendOne(number);
    return past.NextNumber() == number++ && times->Read().count > 0;
  }));
}

TEST_F(Live, DropsAStalledViewerAndLeavesTheOthersAlone) {
  live["stall.timeout.ms"] = "1000";
  AppendOne(0);
  Start(live);
  StreamClient stalled(port, "/", 4096), well(port);
  ASSERT_EQ(well.NextNumber(), 0);
  int number = 0;
  while (Metric("viewers_stalled") < 1) {
    ASSERT_LT(number, 2000);
    AppendOne(++number, milliseconds(1), 200000);
    ASSERT_EQ(well.NextNumber(), number);
    ::poll(nullptr, 0, 2);  // decides nothing: a source at work
  }
  EXPECT_EQ(Status()["viewers"], 1);
  while (!stalled.ended()) ASSERT_TRUE(stalled.More(Clock::now() + kPatience) || stalled.ended());
  AppendOne(++number);
  EXPECT_EQ(well.NextNumber(), number);
}

TEST_F(Live, DropsAStalledViewerOfAStoredPlayheadToo) {
  Append(0, 200, milliseconds(1), 60000);
  Start({{"stall.timeout.ms", "1000"}});
  StreamClient stalled(port, "/", 4096);
  ASSERT_TRUE(Eventually([&] { return Metric("viewers_stalled") == 1; }));
  StreamClient back(port);
  EXPECT_EQ(back.NextNumber(), 0);
}

class FramingLength : public Live, public testing::WithParamInterface<const char*> {};

TEST_P(FramingLength, ShowsAStaticTopicBySendingItTwice) {
  AppendOne(0);
  Start({{"playback", GetParam()}, {"framing", "length"}});
  StreamClient viewer(port);
  for (int copy = 0; copy < 2; ++copy) {
    const auto part = viewer.Next();
    ASSERT_TRUE(part);
    EXPECT_EQ(part->body, Picture(0));
    EXPECT_EQ(part->headers.at("Content-Length"), std::to_string(part->body.size()));
    EXPECT_EQ(part->headers.at("X-Framespool-Offset"), "0");
  }
  EXPECT_FALSE(viewer.Next(milliseconds(300))) << "a third copy";
  AppendOne(1);
  EXPECT_EQ(viewer.NextNumber(), 1);
}

INSTANTIATE_TEST_SUITE_P(Playback, FramingLength, testing::Values("live", "resume"),
                         [](const auto& playback) { return std::string(playback.param); });

TEST_P(FramingLength, GivesACrowdWhatItGivesOne) {
  Append(0, 2);
  Start({{"playback", GetParam()}, {"pace", "unpaced"}});
  const char* targets[] = {"/?framing=length", "/", "/?from=0&until=9"};
  std::vector<std::unique_ptr<StreamClient>> crowd;
  for (std::size_t i = 0; i < 60; ++i) crowd.push_back(std::make_unique<StreamClient>(port, targets[i % 3]));
  const auto reads_until = [&](int last) {
    for (const auto& viewer : crowd) {
      for (int number = -1; number < last;) {
        const auto part = viewer->Next();
        ASSERT_TRUE(part);
        number = StreamClient::NumberOf(part->body);
        ASSERT_EQ(part->body, Picture(number));
        ASSERT_EQ(part->headers.at("Content-Type"), "image/jpeg");
      }
    }
  };
  reads_until(2);
  for (int number = 3; number < 10; ++number) AppendOne(number);
  reads_until(8);
}

TEST_F(Live, SendsNoFrameTwiceWithFramingLengthWhileNewerOnesCome) {
  // All at once: where the next one is late, the last is sent again, and rightly.
  Append(0, 29);
  Start({{"framing", "length"}});
  StreamClient viewer(port);
  for (int number = 0; number < 30; ++number) ASSERT_EQ(viewer.NextNumber(), number);
}

TEST_F(Live, LeavesOutRecordsThatAreNoImagesAndNeverStops) {
  AppendOne(0);
  topic.Append("not an image", {{"content-type", "text/html"}});
  topic.Append("", {{"content-type", "image/jpeg"}});
  AppendOne(1);
  Start();
  StreamClient viewer(port);
  EXPECT_EQ(viewer.NextNumber(), 0);
  EXPECT_EQ(viewer.NextNumber(), 1);
  EXPECT_TRUE(Eventually([&] { return Metric("records_not_images") == 2; }));
  EXPECT_THAT(context.rejected().at(1), testing::HasSubstr("is not an image"));
  EXPECT_EQ(context.rejected().size(), 2U);
  EXPECT_TRUE(EventuallyCommitted(4));
}

TEST_F(Live, PassesOverWhatItsTransformsDoNotTakeAndRejectsItOnce) {
  const Headers does_not_pass{{"content-type", "image/jpeg"}, {fakes::FakeTopic::kUnusable, "does not pass a"}};
  AppendOne(0);
  topic.Append(Picture(1), does_not_pass, Now());
  AppendOne(2);
  topic.Append(Picture(3), does_not_pass, Now());
  Start();
  StreamClient own(port);
  EXPECT_EQ(own.NextNumber(), 0);
  EXPECT_EQ(own.NextNumber(), 2);
  EXPECT_TRUE(Eventually([&] { return context.rejected().size() == 2; }));
  EXPECT_EQ(context.rejected().at(1), "does not pass a");
  StreamClient looking(port, "/?from=earliest");
  EXPECT_EQ(looking.NextNumber(), 0);
  EXPECT_EQ(looking.NextNumber(), 2);
  EXPECT_THAT(Get(port, "/snapshot").body, testing::HasSubstr("#2#")) << "the newest that passes";
  EXPECT_EQ(Get(port, "/frames/1").status, 404);
  EXPECT_EQ(Get(port, "/frames/2").status, 200);
  EXPECT_EQ(Get(port, "/clip?format=zip&from=0").status, 200);
  EXPECT_EQ(context.rejected().size(), 2U) << "who only looks rejects nothing";
  topic.Truncate(3);
  EXPECT_THAT(Get(port, "/snapshot").body, testing::HasSubstr("its record 3 does not pass a"));
}

TEST_F(Live, StandsBehindWhatItsTransformsLeaveOut) {
  AppendOne(0);
  Start(live);
  StreamClient viewer(port);
  EXPECT_EQ(viewer.NextNumber(), 0);
  for (int i = 0; i < 40; ++i) topic.Append(Picture(i), {{fakes::FakeTopic::kLeftOut, ""}});
  EXPECT_TRUE(Eventually([&] { return Status()["position"] == 41 && Status()["lag_frames"] == 0; }));
}

TEST_F(Live, NamesEachImagesTypeFromItsHeaderOrItsBytes) {
  const std::string png = "\x89PNG\r\n\x1A\n#7#";
  topic.Append(png);
  Start(live);
  StreamClient viewer(port);
  const auto part = viewer.Next();
  ASSERT_TRUE(part);
  EXPECT_EQ(part->headers.at("Content-Type"), "image/png");
  EXPECT_EQ(part->body, png);
}

class Partitions : public ::testing::Test {};

TEST_F(Partitions, AreMergedByTheirTimestamps) {
  fakes::FakeTopic topic("frames", 3);
  MjpegLibrary library;
  fakes::FakeViewContext context(topic);
  const Timestamp start = Now() - milliseconds(90000);
  for (int number = 0; number < 90; ++number) {
    topic.Append(Picture(number), {}, start + milliseconds(number * 10), (number * 7) % 3);
  }
  SinkConfig config;
  config.topics = {"frames"};
  config.port = 0;
  config.pace = Pace::kUnpaced;
  {
    const MjpegHttpSink sink(config, context, library);
    StreamClient viewer(sink.port());
    for (int number = 0; number < 90; ++number) ASSERT_EQ(viewer.NextNumber(), number);
    for (int partition = 0; partition < 3; ++partition) {
      EXPECT_TRUE(Eventually([&] { return topic.Committed(context.group(), partition) == 30; }));
    }
    topic.Append(Picture(90), {}, Now(), 1);
    EXPECT_EQ(viewer.NextNumber(), 90);
    EXPECT_TRUE(Eventually([&] { return topic.Committed(context.group(), 1) == 31; }));
  }
  for (int number = 91; number < 99; ++number)
    topic.Append(Picture(number), {}, Now() + milliseconds(number), number % 3);
  const MjpegHttpSink sink(config, context, library);
  StreamClient viewer(sink.port());
  for (int number = 91; number < 99; ++number) ASSERT_EQ(viewer.NextNumber(), number);
}

}  // namespace
}  // namespace framespool::mjpeg
