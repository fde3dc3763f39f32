// A stream that starts, ends, runs and is thinned out as its query says.
#include <fstream>

#include "sink_fixture.h"
#include "topic/moment.h"

namespace framespool::mjpeg {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class TimeMachine : public SinkFixture {
 protected:
  static std::vector<int> AllOf(StreamClient& viewer) {
    std::vector<int> numbers;
    while (const auto part = viewer.Next()) numbers.push_back(StreamClient::NumberOf(part->body));
    return numbers;
  }
  static std::vector<int> Range(int first, int end) {
    std::vector<int> numbers;
    for (int number = first; number < end; ++number) numbers.push_back(number);
    return numbers;
  }
};

TEST_F(TimeMachine, PlaysAtTheSpeedAsked) {
  Append(0, 600, milliseconds(100));
  Start({{"pace", "recorded"}});
  // Beside one at the recorded speed, which a busy machine may make slower, but never faster.
  StreamClient recorded(port, "/?from=0&speed=1");
  ASSERT_EQ(recorded.NextNumber(), 0);
  StreamClient fast(port, "/?from=0&speed=16");
  for (int number = 0; number <= 600; ++number) ASSERT_EQ(fast.NextNumber(), number);
  int shown = 0;
  while (const auto part = recorded.Next(milliseconds(0))) shown = StreamClient::NumberOf(part->body);
  EXPECT_LT(shown, 600);
  const auto took = [&](const std::string& target, int frames) {
    const auto began = Clock::now();
    StreamClient viewer(port, target);
    for (int number = 0; number < frames; ++number) EXPECT_EQ(viewer.NextNumber(), number);
    return Clock::now() - began;
  };
  EXPECT_GE(took("/?from=0&speed=4", 21), milliseconds(450));
  EXPECT_GE(took("/?from=0&speed=0.25", 3), milliseconds(750));
}

TEST_F(TimeMachine, SaysOfWhatHasAnEndWhetherItIsWhole) {
  Append(0, 9, milliseconds(200));
  Start({{"pace", "recorded"}});
  const Response whole = Get(port, "/?from=0&until=latest&pace=unpaced");
  EXPECT_EQ(whole.headers.at("Transfer-Encoding"), "chunked");
  EXPECT_TRUE(whole.chunks.whole());
  EXPECT_EQ(whole.chunks.sizes().size(), 12U) << "the preamble, ten parts and what ends them";
  EXPECT_TRUE(whole.body.ends_with("x\r\n--framespool--\r\n"));
  const Response plain = Exchange(port, "GET /?from=0&until=latest&pace=unpaced HTTP/1.0\r\n\r\n");
  EXPECT_FALSE(plain.headers.contains("Transfer-Encoding"));
  EXPECT_EQ(plain.body, whole.body);
  // Without an end it is as it always was.
  StreamClient endless(port, "/?from=0"), cut(port, "/?from=0&until=latest");
  ASSERT_EQ(endless.NextNumber(), 0);
  EXPECT_FALSE(endless.is_chunked());
  ASSERT_EQ(cut.NextNumber(), 0);
  sink.reset();
  while (cut.More(Clock::now() + kPatience)) {
  }
  EXPECT_TRUE(cut.ended());
  EXPECT_FALSE(cut.chunks().whole());
}

TEST_F(TimeMachine, LeavesOutWholeFramesAboveTheFpsAsked) {
  Append(0, 100, milliseconds(10));
  Start({{"pace", "recorded"}});
  StreamClient viewer(port, "/?from=0&until=100&fps=10");
  const std::vector<int> seen = AllOf(viewer);
  ASSERT_GE(seen.size(), 5U);
  EXPECT_LE(seen.size(), 12U);
  EXPECT_EQ(seen[0], 0);
  for (std::size_t i = 1; i < seen.size(); ++i) EXPECT_GE(seen[i] - seen[i - 1], 4);
}

TEST_F(TimeMachine, ShowsTheNewestFrameOfABurstToAViewerWithALowFps) {
  AppendOne(0);
  Start({{"playback", "live"}});
  StreamClient viewer(port, "/?fps=2");
  ASSERT_EQ(viewer.NextNumber(), 0);
  Append(1, 5);
  int number = 0;
  while (number < 5) {
    const int next = viewer.NextNumber();
    ASSERT_GT(next, number);
    number = next;
  }
}

TEST_F(TimeMachine, StoresThePlaceOfAViewerWithALowFps) {
  Append(0, 49, milliseconds(10));
  Start({{"pace", "recorded"}});
  StreamClient viewer(port, "/?group=ann&fps=5");
  while (viewer.Next(milliseconds(600))) {
  }
  EXPECT_TRUE(Eventually([&] { return topic.Committed(context.group() + "/ann") == 50; }));
}

TEST_F(TimeMachine, EndsAClipBeforeItsUntil) {
  const Timestamp end = Append(0, 99, milliseconds(100));
  Start();
  const auto clip = [&](const std::string& query) {
    StreamClient viewer(port, "/?" + query);
    std::vector<int> numbers = AllOf(viewer);
    EXPECT_TRUE(viewer.ended()) << query;
    EXPECT_TRUE(viewer.pending().ends_with("--framespool--\r\n")) << viewer.pending();
    return numbers;
  };
  EXPECT_EQ(clip("from=10&until=20"), Range(10, 20));
  const auto before = [&](int number) { return TimeText(end - (99 - number) * milliseconds(100) - milliseconds(50)); };
  EXPECT_EQ(clip("from=" + before(60) + "&until=" + before(70)), Range(60, 70));
  EXPECT_EQ(clip("from=95&until=latest"), Range(95, 100));
  EXPECT_EQ(clip("until=3"), Range(0, 3));
  EXPECT_EQ(clip("from=2024-01-01T00:00:00Z&until=2024-01-01T00:00:01Z"), Range(0, 0));
  EXPECT_TRUE(Eventually([&] { return Status()["viewers"] == 0; }));
}

TEST_F(TimeMachine, WaitsForAnUntilThatIsStillToCome) {
  Append(0, 4);
  Start();
  StreamClient viewer(port, "/?from=0&until=" + TimeText(Now() + milliseconds(3000)));
  for (int number = 0; number < 5; ++number) ASSERT_EQ(viewer.NextNumber(), number);
  AppendOne(5);
  EXPECT_EQ(viewer.NextNumber(), 5);
  EXPECT_EQ(AllOf(viewer), Range(0, 0));
  EXPECT_TRUE(viewer.ended());
}

TEST_F(TimeMachine, SaysInTheHeadWhatIsStillToCome) {
  Append(0, 9, milliseconds(10));
  Start();
  for (const char* target : {"/?from=999999999", "/?from=2999-01-01T00:00:00Z", "/?from=11"}) {
    StreamClient viewer(port, target);
    EXPECT_THAT(viewer.Head(), HasSubstr("X-Framespool-Still-To-Come: ")) << target;
  }
  for (const char* target : {"/?from=10", "/?from=9", "/?from=-1h", "/?from=latest", "/"}) {
    StreamClient viewer(port, target);
    EXPECT_THAT(viewer.Head(), testing::AllOf(HasSubstr("200"), Not(HasSubstr("Still-To-Come")))) << target;
  }
  const Response newest = Get(port, "/snapshot?at=2999-01-01T00:00:00Z");
  EXPECT_EQ(newest.headers.at("X-Framespool-Offset"), "9");
  EXPECT_EQ(newest.headers.at("X-Framespool-Still-To-Come"), "2999-01-01T00:00:00.000Z");
  for (const char* wrong : {"/?from=25:99", "/?from=-5", "/?from=2024-02-30T00:00:00Z", "/?from=2024-01-01T24:00:00Z",
                            "/?from=2024-01-01T00:00:00%2B99:00", "/?from=garbage", "/?from=99999999999999999999"}) {
    EXPECT_EQ(Get(port, wrong).status, 400) << wrong;
  }
}

TEST_F(TimeMachine, SaysInTheHeadWhenAPositionIsOlderThanAllThatIsLeft) {
  Append(0, 99, milliseconds(10));
  topic.Truncate(50);
  topic.Commit(context.group(), 0, 7);
  topic.Commit(context.group() + "/ann", 0, 60);
  Start();
  struct Case {
    const char* target;
    int first;
    const char* older;
  };
  for (const Case& each : {Case{"/?from=10", 50, "X-Framespool-Older-Than-Retained: 10\r\n"},
                           Case{"/?from=-1h", 50, "X-Framespool-Older-Than-Retained: 20"},
                           Case{"/", 50, "X-Framespool-Older-Than-Retained: 7\r\n"}}) {
    StreamClient viewer(port, each.target);
    EXPECT_THAT(viewer.Head(), HasSubstr(each.older)) << each.target;
    EXPECT_EQ(viewer.NextNumber(), each.first) << each.target;
  }
  StreamClient there(port, "/?from=70");
  EXPECT_THAT(there.Head(), testing::AllOf(Not(HasSubstr("Older")), HasSubstr("X-Framespool-Start: 70\r\n")));
  StreamClient ann(port, "/?group=ann");
  EXPECT_THAT(ann.Head(), Not(HasSubstr("Older")));
  EXPECT_EQ(ann.NextNumber(), 60);
  EXPECT_EQ(Get(port, "/snapshot?at=-1h").headers.count("X-Framespool-Older-Than-Retained"), 1U);
}

TEST_F(TimeMachine, JumpsToTheFirstFrameLeftWhenRetentionOvertakesAPausedViewer) {
  Append(0, 499, milliseconds(5), 60000);
  Start();
  StreamClient paused(port, "/?from=0", 8192);
  ASSERT_EQ(paused.NextNumber(), 0);
  topic.Truncate(400);
  int last = 0;
  for (int number = 0; last < 499; last = number) {
    number = paused.NextNumber();
    ASSERT_GT(number, last);
    EXPECT_TRUE(number == last + 1 || number == 400) << last << " to " << number;
  }
  StreamClient again(port, "/?from=1");
  EXPECT_THAT(again.Head(), HasSubstr("X-Framespool-Older-Than-Retained: 1\r\n"));
  EXPECT_EQ(again.NextNumber(), 400);
}

TEST_F(TimeMachine, AnswersTheQueryOfAHeadWithoutWatching) {
  Append(0, 9);
  topic.Truncate(5);
  Start();
  const Response head = Get(port, "/?from=2", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("X-Framespool-Start"), "5");
  EXPECT_EQ(head.headers.at("X-Framespool-Older-Than-Retained"), "2");
  EXPECT_EQ(head.headers.at("X-Accel-Buffering"), "no");
  EXPECT_EQ(Get(port, "/?from=2&speed=99", "HEAD").status, 400);
  EXPECT_EQ(Status()["viewers"], 0);
}

TEST_F(TimeMachine, ReturnsToLiveOnTheSameUrl) {
  Append(0, 99);
  Start();
  EXPECT_EQ(StreamClient(port, "/?from=3").NextNumber(), 3);
  EXPECT_EQ(StreamClient(port, "/?playback=live").NextNumber(), 99);
  EXPECT_EQ(StreamClient(port, "/?from=latest").NextNumber(), 99);
  EXPECT_EQ(StreamClient(port).NextNumber(), 0);
}

TEST_F(TimeMachine, PicksAStreamByItsRecordKey) {
  for (int number = 0; number < 40; ++number)
    topic.Append(Picture(number), {}, Now(), 0, number % 2 == 0 ? "door" : "garden");
  Start();
  StreamClient garden(port, "/?key=garden");
  for (int number = 1; number < 40; number += 2) ASSERT_EQ(garden.NextNumber(), number);
  StreamClient clip(port, "/?from=10&until=17&key=door");
  EXPECT_EQ(AllOf(clip), (std::vector<int>{10, 12, 14, 16}));
  StreamClient live(port, "/?playback=live&key=door");
  EXPECT_EQ(live.NextNumber(), 38);
  topic.Append(Picture(40), {}, Now(), 0, "garden");
  topic.Append(Picture(41), {}, Now(), 0, "door");
  EXPECT_EQ(live.NextNumber(), 41);
  EXPECT_EQ(garden.NextNumber(), 40);
  EXPECT_EQ(Get(port, "/snapshot?key=garden").body, Picture(40));
  // Behind the door's newest too, which is none of the garden's.
  EXPECT_TRUE(Eventually([&] { return topic.Committed(context.group() + "?key=garden") == 42; }));
  EXPECT_EQ(topic.Committed(context.group()), std::nullopt);
}

TEST_F(TimeMachine, TellsTheUrlAndTheLatencyOfTheNewestFramesInItsMetrics) {
  AppendOne(0);
  Start({{"playback", "live"}, {"http.path", "/cam"}});
  StreamClient viewer(port, "/cam");
  int number = 0;
  ASSERT_EQ(viewer.NextNumber(), 0);
  EXPECT_TRUE(Eventually([&] {
    AppendOne(++number);
    const Fields metrics = context.metrics();
    return metrics.contains("latency_p95_ms") && std::get<double>(metrics.at("latency_p95_ms")) >= 0;
  }));
  const Fields metrics = context.metrics();
  EXPECT_LE(std::get<double>(metrics.at("latency_p50_ms")), std::get<double>(metrics.at("latency_p95_ms")));
  EXPECT_EQ(std::get<std::string>(metrics.at("url")), "http://127.0.0.1:" + std::to_string(port) + "/cam");
  EXPECT_EQ(std::get<std::string>(metrics.at("mux_url")), "http://127.0.0.1:" + std::to_string(port) + "/mux");
}

/// Of this process.
std::size_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  file >> pages >> pages;
  return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// Ten minutes of it: tests/bench/stream/bench_playheads.cpp.
TEST_F(TimeMachine, KeepsItsMemoryWithManyPlayheadsAndStalledViewers) {
  constexpr std::size_t kFrame = 60'000;
  constexpr int kRetained = 200;
  for (int number = 0; number < kRetained; ++number)
    AppendOne(number, milliseconds(10), kFrame, Now() - milliseconds(10) * (kRetained - number));
  Start({{"pace", "recorded"}});
  std::vector<std::unique_ptr<StreamClient>> viewers;
  for (int i = 0; i < 100; ++i) {
    const std::string target =
        i % 2 == 0 ? "/?group=g" + std::to_string(i % 20) : "/?from=-" + std::to_string(50 * (i % 20)) + "ms";
    viewers.push_back(std::make_unique<StreamClient>(port, target, i % 5 == 0 ? 8192 : 0));
    ASSERT_NE(viewers.back()->Head(), "");
  }
  int number = kRetained;
  std::vector<int> shown(viewers.size());
  const auto play = [&](int frames) {
    for (const int end = number + frames; number < end;) {
      AppendOne(number++, milliseconds(10), kFrame);
      topic.Truncate(number - kRetained);
      for (std::size_t i = 0; i < viewers.size(); ++i) {
        if (i % 5 == 0) continue;
        while (viewers[i]->Next(milliseconds(0))) ++shown[i];
      }
    }
  };
  play(150);
  const std::size_t before = ResidentBytes();
  const std::vector<int> shown_before = shown;
  play(300);
  // A queue for the stalled alone would have grown by 20 viewers × 300 × 60 KB = 360 MB.
  EXPECT_LT(static_cast<double>(ResidentBytes()) - static_cast<double>(before), 40e6);
  // All of that takes less time than a few frames of the recording.
  const auto stands = [&] {
    for (std::size_t i = 0; i < viewers.size(); ++i) {
      if (i % 5 != 0 && shown[i] <= shown_before[i]) return std::optional(i);
    }
    return std::optional<std::size_t>();
  };
  EXPECT_TRUE(Eventually([&] {
    play(1);
    return !stands();
  })) << "viewer "
      << stands().value_or(0) << " gets no frames";
}

class ManyPartitions : public ::testing::Test {
 protected:
  ManyPartitions() {
    for (int number = 0; number < 60; ++number)
      topic.Append(Picture(number), {}, start + milliseconds(number * 10), number % 3,
                   "cam" + std::to_string(number % 3));
    config.topics = {"frames"};
    config.port = 0;
    config.pace = Pace::kUnpaced;
  }
  const Timestamp start = Now() - std::chrono::seconds(60);
  fakes::FakeTopic topic{"frames", 3};
  MjpegLibrary library;
  fakes::FakeViewContext context{topic};
  SinkConfig config;
};

TEST_F(ManyPartitions, JumpTogetherToTheMomentOfAnOffset) {
  const MjpegHttpSink sink(config, context, library);
  StreamClient viewer(sink.port(), "/?from=10&partition=2");  // number 32
  for (int number = 32; number < 60; ++number) ASSERT_EQ(viewer.NextNumber(), number);
  StreamClient clip(sink.port(), "/?from=10&until=12&partition=2");
  for (int number = 32; number < 38; ++number) ASSERT_EQ(clip.NextNumber(), number);
  EXPECT_FALSE(clip.Next());
  EXPECT_TRUE(clip.ended());
}

TEST_F(ManyPartitions, GiveOneKeyOnlyAndRememberItsPlace) {
  {
    const MjpegHttpSink sink(config, context, library);
    StreamClient viewer(sink.port(), "/?key=cam1");
    for (int number = 1; number < 60; number += 3) ASSERT_EQ(viewer.NextNumber(), number);
    EXPECT_TRUE(Eventually([&] { return topic.Committed(context.group() + "?key=cam1", 1) == 20; }));
  }
  topic.Append(Picture(61), {}, Now(), 1, "cam1");
  const MjpegHttpSink sink(config, context, library);
  EXPECT_EQ(StreamClient(sink.port(), "/?key=cam1").NextNumber(), 61);
}

}  // namespace
}  // namespace framespool::mjpeg
