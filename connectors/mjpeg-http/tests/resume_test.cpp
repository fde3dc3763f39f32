// What playback=resume promises: viewing.md's six promises, on real sockets.
#include <random>
#include <set>
#include <thread>

#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

using std::chrono::milliseconds;

class Resume : public SinkFixture {};

TEST_F(Resume, PlaysEveryFrameInOrderFromTheFirst) {
  Append(0, 299);
  Start();
  StreamClient viewer(port);
  for (int number = 0; number < 300; ++number) ASSERT_EQ(viewer.NextNumber(), number);
  EXPECT_TRUE(EventuallyCommitted(300));
}

TEST_F(Resume, FollowsTheTopicAsItGrows) {
  Start();
  StreamClient viewer(port);
  EXPECT_NE(viewer.Head(), "");
  for (int number = 0; number < 50; ++number) {
    AppendOne(number);
    ASSERT_EQ(viewer.NextNumber(), number);
  }
}

TEST_F(Resume, AnswersWithHeadersAndTheFirstBoundaryOnAnEmptyTopic) {
  Start();
  StreamClient viewer(port);
  EXPECT_THAT(
      viewer.Head(),
      testing::AllOf(testing::HasSubstr("200 OK"), testing::HasSubstr("multipart/x-mixed-replace; boundary=framespool"),
                     testing::HasSubstr("Cache-Control: no-store"), testing::HasSubstr("X-Accel-Buffering: no")));
  while (viewer.pending().empty()) ASSERT_TRUE(viewer.More(Clock::now() + kPatience));
  EXPECT_EQ(viewer.pending(), "--framespool\r\n");
  EXPECT_EQ(Status()["state"], "waiting for frames");
}

TEST_F(Resume, WritesTheNextBoundaryRightAfterEachFrame) {
  Append(0, 0);
  Start();
  StreamClient viewer(port);
  const auto part = viewer.Next();
  ASSERT_TRUE(part);
  EXPECT_EQ(part->body, Picture(0));
  EXPECT_EQ(part->headers.at("Content-Type"), "image/jpeg");
  EXPECT_EQ(viewer.pending(), "--framespool\r\nContent-Type: image/jpeg\r\n\r\n");
}

TEST_F(Resume, ShowsTheOnlyFrameOfAStaticTopicToEveryNewcomer) {
  Append(0, 0);
  Start();
  for (int visit = 0; visit < 3; ++visit) {
    StreamClient viewer(port);
    EXPECT_EQ(viewer.NextNumber(), 0);
    EXPECT_TRUE(EventuallyCommitted(1));
  }
  StreamClient first(port), second(port);
  EXPECT_EQ(first.NextNumber(), 0);
  EXPECT_EQ(second.NextNumber(), 0);
}

TEST_F(Resume, GoesOnWhereTheViewerStopped) {
  Append(0, 9);
  Start();
  {
    StreamClient viewer(port);
    for (int number = 0; number < 10; ++number) ASSERT_EQ(viewer.NextNumber(), number);
    ASSERT_TRUE(EventuallyCommitted(10));
  }
  ASSERT_TRUE(Eventually([&] { return Status()["viewers"] == 0; }));
  Append(10, 12);
  StreamClient viewer(port);
  EXPECT_EQ(viewer.NextNumber(), 10);
  EXPECT_EQ(viewer.NextNumber(), 11);
}

TEST_F(Resume, MovesOnlyWhileSomeoneWatches) {
  Append(0, 99);
  Start();
  EXPECT_EQ(Status()["state"], "waiting for a viewer");
  EXPECT_EQ(Status()["position"], 0);
  EXPECT_EQ(Status()["lag_frames"], 100);
  EXPECT_EQ(topic.Committed(context.group()), std::nullopt);
}

TEST_F(Resume, MovesOnPastWhatItsTransformsLeaveOutBehindAFrameThatHasBeenSeen) {
  AppendOne(0);
  for (int i = 0; i < 40; ++i) topic.Append(Picture(i), {{fakes::FakeTopic::kLeftOut, ""}});
  Start();
  StreamClient viewer(port);
  EXPECT_EQ(viewer.NextNumber(), 0);
  EXPECT_TRUE(EventuallyCommitted(41));
  EXPECT_TRUE(Eventually([&] { return Status()["lag_frames"] == 0; }));
  AppendOne(41);
  EXPECT_EQ(viewer.NextNumber(), 41);
}

TEST_F(Resume, StandsAtTheEndOfATopicOfWhichItsTransformsLeaveAllOut) {
  for (int i = 0; i < 40; ++i) topic.Append(Picture(i), {{fakes::FakeTopic::kLeftOut, ""}});
  Start();
  EXPECT_EQ(Status()["lag_frames"], 40) << "nobody watches";
  StreamClient viewer(port);
  EXPECT_TRUE(EventuallyCommitted(40));
  EXPECT_TRUE(Eventually([&] { return Status()["position"] == 40 && Status()["lag_frames"] == 0; }));
}

TEST_F(Resume, MovesPastNothingThatIsLeftOutWhileAFrameBeforeItHasNotBeenSeen) {
  AppendOne(0);
  for (int i = 0; i < 40; ++i) topic.Append(Picture(i), {{fakes::FakeTopic::kLeftOut, ""}});
  topic.Append(Picture(41), {{fakes::FakeTopic::kUnusable, "does not pass a"}});
  Start({{"resume.rewind.ms", "60000"}});  // a frame counts as seen a minute later
  {
    StreamClient viewer(port);
    EXPECT_EQ(viewer.NextNumber(), 0);
    EXPECT_TRUE(Eventually([&] { return context.rejected().size() == 1; })) << "all has been read";
  }
  sink.reset();
  EXPECT_EQ(topic.Committed(context.group()), std::nullopt);
}

// Each visit ends at a random moment. The union of all visits has every frame, and what a visit repeats begins at the
// stored place at the earliest. That this is no more than 250 ms back stands in parts_test.cpp, to the millisecond, and
// in tests/e2e, with real viewers.
TEST_F(Resume, LosesNoFrameOverRandomReconnects) {
  constexpr int kFrames = 400;
  std::jthread source([this](std::stop_token stop) {
    for (int number = 0; number < kFrames && !stop.stop_requested(); ++number) {
      AppendOne(number);
      std::this_thread::sleep_for(milliseconds(5));  // decides nothing: a source at work
    }
  });
  Start();
  std::mt19937 random(7);
  std::set<int> shown;
  int newest = -1;
  for (int visit = 0; newest < kFrames - 1; ++visit) {
    ASSERT_LT(visit, 200);
    const std::int64_t stored = topic.Committed(context.group()).value_or(0);
    StreamClient viewer(port);
    const auto until = Clock::now() + milliseconds(random() % 300);
    bool first = true;
    while (auto part = viewer.Next(kPatience)) {
      const int number = StreamClient::NumberOf(part->body);
      if (first) {
        EXPECT_LE(number, newest + 1) << "lost before visit " << visit;
        EXPECT_GE(number, stored) << "in visit " << visit;
      }
      EXPECT_LE(number, newest + 1) << "gap in visit " << visit;
      shown.insert(number);
      newest = std::max(newest, number);
      first = false;
      if (part->at >= until || newest == kFrames - 1) break;
    }
    if (random() % 2 == 0) viewer.connection.Reset();
  }
  EXPECT_EQ(shown.size(), kFrames);
}

TEST_F(Resume, LosesNoFrameOverTaskRestartsWhileStreaming) {
  Append(0, 199);
  int newest = -1;
  for (int run = 0; run < 6; ++run) {
    Start();
    StreamClient viewer(port, "/?pace=recorded");
    const auto until = Clock::now() + milliseconds(310);
    // However slow the machine, each run shows some that none has shown before.
    while (Clock::now() < until || newest < 10 * (run + 1)) {
      const int number = viewer.NextNumber();
      ASSERT_LE(number, newest + 1);
      ASSERT_GE(number, 0);
      newest = std::max(newest, number);
    }
  }
  EXPECT_GT(newest, 40);
}

// A page that is reloaded: the new connection is there before the old one goes, or the old one never says goodbye.
TEST_F(Resume, ShowsANewConnectionWhatTheOldOneMayNotHaveSeen) {
  Append(0, 499, milliseconds(10));
  Start({{"pace", "recorded"}});
  StreamClient old(port);
  for (int number = 0; number < 40; ++number) ASSERT_EQ(old.NextNumber(), number);
  StreamClient fresh(port);
  const int first = fresh.NextNumber();
  EXPECT_GE(first, 0);
  EXPECT_LE(first, 40);
  old.connection.Reset();
  for (int number = first + 1; number < 120; ++number) ASSERT_EQ(fresh.NextNumber(), number);
}

TEST_F(Resume, StartsANewConnectionAtTheFirstUnseenFrameWhenTheOldOneHangs) {
  Append(0, 499, milliseconds(10), 60000);
  Start();
  StreamClient hanging(port, "/", 4096);
  EXPECT_NE(hanging.Head(), "");
  ASSERT_TRUE(Eventually([&] { return Metric("frames_sent") > 0; }));
  StreamClient fresh(port);
  for (int number = 0; number < 100; ++number) ASSERT_EQ(fresh.NextNumber(), number);
}

TEST_F(Resume, DoesNotCountWhatLiesUnreadInASlowViewersKernel) {
  Append(0, 999, milliseconds(5), 30000);
  Start({{"pace", "recorded"}});
  int read = 0;
  {
    StreamClient slow(port);
    const auto until = Clock::now() + milliseconds(1500);
    while (Clock::now() < until || !topic.Committed(context.group())) {
      ASSERT_EQ(slow.NextNumber(), read);
      ++read;
      std::this_thread::sleep_for(milliseconds(20));  // decides nothing: a slow viewer
    }
  }
  ASSERT_TRUE(Eventually([&] { return Status()["viewers"] == 0; }));
  StreamClient back(port);
  const int resumed = back.NextNumber();
  EXPECT_LE(resumed, read);
  EXPECT_GT(resumed, 0);
}

TEST_F(Resume, PacesThePlayheadByTheViewersWindow) {
  Append(0, 299, milliseconds(1), 60000);
  Start();
  StreamClient slow(port, "/", 16384);
  for (int number = 0; number < 300; ++number) ASSERT_EQ(slow.NextNumber(), number);
}

TEST_F(Resume, GivesTenViewersOfOnePlayheadEveryFrame) {
  Start({{"pace", "recorded"}});
  std::vector<std::unique_ptr<StreamClient>> viewers;
  for (int i = 0; i < 10; ++i) {
    viewers.push_back(std::make_unique<StreamClient>(port));
    ASSERT_NE(viewers.back()->Head(), "");
  }
  Append(0, 199);
  for (const auto& viewer : viewers) {
    for (int number = 0; number < 200; ++number) ASSERT_EQ(viewer->NextNumber(), number);
  }
  EXPECT_EQ(Metric("frames_skipped"), 0);
}

TEST_F(Resume, KeepsAPlayheadForEachGroup) {
  Append(0, 20);
  Start();
  {
    StreamClient ann(port, "/?group=ann");
    for (int number = 0; number <= 20; ++number) ASSERT_EQ(ann.NextNumber(), number);
    ASSERT_TRUE(Eventually([&] { return topic.Committed(context.group() + "/ann") == 21; }));
  }
  StreamClient bob(port, "/?group=bob");
  EXPECT_EQ(bob.NextNumber(), 0);
  Append(21, 22);
  ASSERT_TRUE(Eventually([&] { return Status()["groups"][0]["viewers"] == 0; }));
  StreamClient ann(port, "/?group=ann");
  EXPECT_EQ(ann.NextNumber(), 21);
  EXPECT_EQ(topic.Committed(context.group()), std::nullopt);
}

TEST_F(Resume, PlaysFromAnyPlaceWithoutStoringIt) {
  const Timestamp end = Append(0, 99, milliseconds(100));
  Start();
  EXPECT_EQ(StreamClient(port, "/?from=42").NextNumber(), 42);
  EXPECT_EQ(StreamClient(port, "/?from=earliest").NextNumber(), 0);
  EXPECT_EQ(StreamClient(port, "/?from=latest").NextNumber(), 99);
  const int recent = StreamClient(port, "/?from=-2s").NextNumber();
  // Two seconds before it was asked for, which was some time after the last frame.
  EXPECT_GE(recent, 79);
  EXPECT_LE(recent, std::min<std::int64_t>(99, 80 + (Now() - end) / milliseconds(100)));
  EXPECT_EQ(StreamClient(port, "/?from=" + TimeText(end - milliseconds(5050))).NextNumber(), 49);
  EXPECT_EQ(topic.Committed(context.group()), std::nullopt);
  EXPECT_TRUE(Eventually([&] { return Status()["viewers"] == 0; }));
}

TEST_F(Resume, BeginsAtTheFirstRetainedFrameWhenItsOwnIsGone) {
  Append(0, 99);
  topic.Commit(context.group(), 0, 10);
  topic.Truncate(50);
  Start();
  StreamClient viewer(port);
  EXPECT_EQ(viewer.NextNumber(), 50);
}

TEST_F(Resume, BeginsAnewWhenTheTopicWasMadeAnewAndIsShorter) {
  Append(0, 9);
  topic.Commit(context.group(), 0, 5000);
  Start();
  StreamClient viewer(port);
  EXPECT_EQ(viewer.NextNumber(), 0);
  EXPECT_TRUE(context.Logged(LogLevel::kWarn, "lies beyond the end"));
}

TEST_F(Resume, PlaysABacklogAtItsRecordedPace) {
  Append(0, 40, milliseconds(20));
  Start({{"pace", "recorded"}});
  // From before the sink can have sent anything: a viewer that is slow to read then only makes it longer.
  const auto began = Clock::now();
  StreamClient viewer(port);
  for (int number = 0; number <= 40; ++number) ASSERT_EQ(viewer.NextNumber(), number);
  EXPECT_GE(Clock::now() - began, milliseconds(700));
}

TEST_F(Resume, GoesOnForAViewerThatClosedOnlyItsSendingSide) {
  Append(0, 0);
  Start();
  StreamClient viewer(port);
  ASSERT_EQ(viewer.NextNumber(), 0);
  viewer.connection.HalfClose();
  // The same frame may come once more: that is how the sink finds out that someone is still there.
  ASSERT_EQ(viewer.NextNumber(), 0);
  AppendOne(1);
  EXPECT_EQ(viewer.NextNumber(), 1);
  EXPECT_TRUE(EventuallyCommitted(2));
}

TEST_F(Resume, NoticesAViewerThatLeavesAnIdleStream) {
  Append(0, 0);
  Start();
  {
    StreamClient viewer(port);
    ASSERT_EQ(viewer.NextNumber(), 0);
    StreamClient waiting(port, "/?group=new");
    ASSERT_EQ(waiting.NextNumber(), 0);
  }
  EXPECT_TRUE(Eventually([&] { return Status()["viewers"] == 0; }));
}

TEST_F(Resume, NoticesAViewerThatLeavesAnEmptyTopic) {
  Start();
  {
    StreamClient viewer(port);
    ASSERT_NE(viewer.Head(), "");
    ASSERT_EQ(Status()["viewers"], 1);
  }
  EXPECT_TRUE(Eventually([&] { return Status()["viewers"] == 0; }));
}

TEST_F(Resume, StoresNothingOfTheFramesOfTheLastMoment) {
  Append(0, 9);
  Start({{"resume.rewind.ms", "60000"}});
  {
    StreamClient viewer(port);
    for (int number = 0; number < 10; ++number) ASSERT_EQ(viewer.NextNumber(), number);
  }
  ASSERT_TRUE(Eventually([&] { return Status()["viewers"] == 0; }));
  EXPECT_EQ(topic.Committed(context.group()), std::nullopt);
  StreamClient viewer(port);
  EXPECT_EQ(viewer.NextNumber(), 0);
}

TEST_F(Resume, PassesOverATombstoneWhichIsNoMistakeOfAnyone) {
  AppendOne(0);
  topic.Append(Value(), {}, Now(), 0, "door");
  AppendOne(1);
  Start();
  {
    StreamClient viewer(port);
    EXPECT_EQ(viewer.NextNumber(), 0);
    EXPECT_EQ(viewer.NextNumber(), 1);
    EXPECT_TRUE(EventuallyCommitted(3));
  }
  EXPECT_THAT(context.rejected(), ::testing::IsEmpty());
  EXPECT_LE(Metric("records_not_images"), 0);
}

}  // namespace
}  // namespace framespool::mjpeg
