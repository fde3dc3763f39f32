// GET /mux?from=…: several sinks in step in the past. Frames carry their number.
#include <map>

#include "mux_client.h"
#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr int kFrames = 100;
constexpr milliseconds kDistance{40};

/// "screen" and "garden" recorded the same 4 s an hour ago, frame by frame at the same time.
class MuxPast : public SinkFixture {
 protected:
  void SetUp() override {
    for (int number = 0; number < kFrames; ++number) {
      AppendTo(topic, number, TimeOf(number));
      AppendTo(garden_topic, number, TimeOf(number));
    }
    Start();
    StartGarden();
  }
  void StartGarden() {
    garden.reset();
    RawConfig config{{"topics", garden_topic.name()}, {"http.port", "0"}};
    garden = std::make_unique<MjpegHttpSink>(MjpegHttpSink::Describe().Parse(config), garden_context, library);
  }
  static void AppendTo(fakes::FakeTopic& to, int number, Timestamp time) {
    to.Append(Picture(number), {{"content-type", "image/jpeg"}}, time);
  }
  Timestamp TimeOf(int number) const { return begin + number * kDistance; }
  std::string From(int number, const std::string& more = {}) const {
    return "streams=screen,garden&from=" + TimeText(TimeOf(number)) + more;
  }

  const Timestamp begin = std::chrono::floor<std::chrono::seconds>(Now()) - std::chrono::hours(1);
  fakes::FakeTopic garden_topic{"garden-frames"};
  fakes::FakeViewContext garden_context{garden_topic, "garden"};
  std::unique_ptr<MjpegHttpSink> garden;
};

TEST_F(MuxPast, PlaysAllStreamsByOneClock) {
  MuxClient client(port, From(20, "&speed=4&until=" + TimeText(TimeOf(80))));
  std::map<std::size_t, std::vector<int>> shown;
  while (const auto picture = client.NextPicture()) {
    const int number = StreamClient::NumberOf(picture->payload);
    EXPECT_EQ(picture->offset, number);
    shown[picture->stream].push_back(number);
  }
  // Whatever has been skipped, each moment is shown of both.
  EXPECT_EQ(shown[0], shown[1]);
  ASSERT_FALSE(shown[0].empty());
  EXPECT_EQ(shown[0].front(), 20);
  EXPECT_EQ(shown[0].back(), 80);
  EXPECT_TRUE(std::is_sorted(shown[0].begin(), shown[0].end()));
}

TEST_F(MuxPast, ShowsOneMomentOfAllWhileTheClockStands) {
  // Between two frames it is the one before that is there.
  for (const milliseconds behind : {milliseconds(0), kDistance / 2, kDistance - milliseconds(1)}) {
    MuxClient client(port, "streams=screen,garden&speed=0&from=" + TimeText(TimeOf(37) + behind));
    std::map<std::size_t, int> shown;
    while (shown.size() < 2) {
      const auto picture = client.NextPicture();
      ASSERT_TRUE(picture);
      shown[picture->stream] = StreamClient::NumberOf(picture->payload);
    }
    EXPECT_EQ(shown[0], 37);
    EXPECT_EQ(shown[1], 37);
    // From then on it only says that it is there.
    for (int i = 0; i < 3; ++i) {
      const auto message = client.Next();
      ASSERT_TRUE(message);
      EXPECT_EQ(message->type, 0);
    }
  }
}

TEST_F(MuxPast, SaysWhichMomentItIs) {
  MuxClient client(port, From(10, "&speed=2"));
  ASSERT_TRUE(client.Next());
  const auto first = client.Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->json()["clock"], TimeOf(10).time_since_epoch().count());
  EXPECT_EQ(first->json()["speed"], 2);
  while (const auto message = client.Next()) {
    if (message->type != 0 || !message->json().contains("clock")) continue;
    EXPECT_GT(message->json()["clock"], TimeOf(10).time_since_epoch().count());
    break;
  }
}

TEST_F(MuxPast, GoesOnBehindWhatNobodyHasRecorded) {
  const Timestamp later = TimeOf(kFrames) + std::chrono::minutes(20);
  AppendTo(topic, 500, later);
  AppendTo(garden_topic, 600, later + milliseconds(300));
  MuxClient client(port, From(95));
  std::map<std::size_t, int> last;
  while (last[0] != 500 || last[1] != 600) {
    const auto picture = client.NextPicture();
    ASSERT_TRUE(picture);
    last[picture->stream] = StreamClient::NumberOf(picture->payload);
  }
}

TEST_F(MuxPast, SaysWhatASinkLacksThatTheOthersHave) {
  garden_topic.Truncate(90);
  MuxClient client(port, From(20, "&speed=0.25"));
  EXPECT_TRUE(client.UntilState("garden", "gap"));
  const auto picture = client.NextPicture();
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->stream, 0u);
}

TEST_F(MuxPast, GoesOnWhereItWasWhenASinkIsStartedAgain) {
  MuxClient client(port, From(50, "&speed=0.5"));
  std::map<std::size_t, int> first;
  while (first.size() < 2) {
    const auto picture = client.NextPicture();
    ASSERT_TRUE(picture);
    first[picture->stream] = StreamClient::NumberOf(picture->payload);
  }
  garden.reset();
  ASSERT_TRUE(client.UntilState("garden", "ended"));
  StartGarden();
  int number = -1;
  while (number < 0) {
    const auto picture = client.NextPicture();
    ASSERT_TRUE(picture);
    if (picture->stream == 1) number = StreamClient::NumberOf(picture->payload);
  }
  EXPECT_GE(number, first[1]);
}

TEST_F(MuxPast, RefusesWhatIsNoMomentOfAll) {
  for (const char* query : {"from=17", "from=latest", "from=yesterday", "speed=2", "until=-1s", "from=-1s&until=-2s",
                            "from=-1s&speed=0.1", "from=-1s&speed=17", "from=-1s&speed=-1", "from="}) {
    EXPECT_EQ(Get(port, "/mux?streams=screen&" + std::string(query)).status, 400) << query;
  }
  std::string names = "s0";
  for (int i = 1; i < 17; ++i) names += ",s" + std::to_string(i);
  EXPECT_EQ(Get(port, "/mux?from=-1s&streams=" + names).status, 400);
}

TEST_F(MuxPast, LeavesNoReaderBehind) {
  for (int i = 0; i < 40; ++i) MuxClient(port, From(i)).NextPicture();
  EXPECT_TRUE(Eventually([&] { return library.channels().Of("screen")->watchers() == 0; }));
  MuxClient client(port, From(3));
  const auto picture = client.NextPicture();
  ASSERT_TRUE(picture);
  EXPECT_EQ(StreamClient::NumberOf(picture->payload), 3);
}

}  // namespace
}  // namespace framespool::mjpeg
