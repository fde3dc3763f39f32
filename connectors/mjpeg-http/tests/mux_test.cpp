#include <cctype>
#include <cstdio>
#include <set>
#include <string_view>

#include "mux/mux_channel.h"
#include "mux_client.h"
#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

using testing::HasSubstr;
using testing::Not;

/// As a page sends it: encodeURIComponent().
std::string Encoded(std::string_view name) {
  std::string encoded;
  for (const char c : name) {
    char digits[4];
    std::snprintf(digits, sizeof digits, "%%%02X", static_cast<unsigned>(static_cast<unsigned char>(c)));
    encoded += std::isalnum(static_cast<unsigned char>(c)) ? std::string(1, c) : digits;
  }
  return encoded;
}

/// The fixture's sink "screen", and another, "garden", on a port of its own.
class MuxTest : public SinkFixture {
 protected:
  void SetUp() override { Start(); }
  void StartGarden(RawConfig config = {}) {
    garden.reset();
    config.emplace("topics", garden_topic.name());
    config.emplace("http.port", "0");
    garden = std::make_unique<MjpegHttpSink>(MjpegHttpSink::Describe().Parse(config), garden_context, library);
  }

  fakes::FakeTopic garden_topic{"garden-frames"};
  fakes::FakeViewContext garden_context{garden_topic, "garden"};
  std::unique_ptr<MjpegHttpSink> garden;
};

TEST_F(MuxTest, SendsTheFramesOfSinksOnTwoPortsInOneBody) {
  StartGarden();
  AppendOne(1, std::chrono::milliseconds(10), 2000, Timestamp(std::chrono::milliseconds(1'700'000'000'123)));
  garden_topic.Append(Picture(2));
  MuxClient client(port, "streams=screen,garden");
  EXPECT_THAT(client.Head(),
              testing::AllOf(HasSubstr("200 OK"), HasSubstr("Content-Type: application/vnd.framespool.mux"),
                             HasSubstr("Connection: close"), Not(HasSubstr("Transfer-Encoding"))));
  const auto names = client.Next();
  ASSERT_TRUE(names);
  EXPECT_EQ(names->type, 0);
  EXPECT_EQ(names->json(), (nlohmann::json{{"streams", {"screen", "garden"}}}));
  std::map<std::size_t, MuxClient::Message> pictures;
  while (pictures.size() < 2) {
    const auto picture = client.NextPicture();
    ASSERT_TRUE(picture);
    pictures[picture->stream] = *picture;
  }
  EXPECT_EQ(pictures[0].payload, Picture(1));
  EXPECT_EQ(pictures[0].timestamp, 1'700'000'000'123);
  EXPECT_EQ(pictures[1].payload, Picture(2));
  garden_topic.Append(Picture(3));
  const auto next = client.NextPicture();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->stream, 1u);
  EXPECT_EQ(next->offset, 1);
  EXPECT_EQ(next->payload, Picture(3));
}

TEST_F(MuxTest, TakesAnyNameThatAConnectorMayHave) {
  garden_topic.Append(Picture(7));
  for (const char* name :
       {"a,b", "50%", "100%2C", "x&y", "c+d", "e/f", "g#h?i", "=", ";", "ü 😀", "\"q\"", ",", "a b"}) {
    garden.reset();
    fakes::FakeViewContext named(garden_topic, name);
    RawConfig config{{"topics", garden_topic.name()}, {"http.port", "0"}};
    garden = std::make_unique<MjpegHttpSink>(MjpegHttpSink::Describe().Parse(config), named, library);
    MuxClient client(port, "streams=" + Encoded(name) + ",screen&fps=60");
    const auto names = client.Next();
    ASSERT_TRUE(names) << name;
    EXPECT_EQ(names->json(), (nlohmann::json{{"streams", {name, "screen"}}}));
    const auto picture = client.NextPicture();
    ASSERT_TRUE(picture) << name;
    EXPECT_EQ(picture->stream, 0u) << name;
    EXPECT_EQ(picture->payload, Picture(7)) << name;
    garden.reset();
  }
}

TEST_F(MuxTest, ScalesJpegPngAndWebpToTheWidthAsked) {
  MuxClient client(port, "streams=screen&width=320");
  for (const char* extension : {".jpg", ".png", ".webp"}) {
    topic.Append(ImageFile(1000, 500, extension));
    const auto picture = client.NextPicture();
    ASSERT_TRUE(picture) << extension;
    EXPECT_EQ(picture->type, 1) << extension;
    const cv::Mat pixels = Decode(picture->payload);
    EXPECT_EQ(pixels.size(), cv::Size(320, 160)) << extension;
    EXPECT_NEAR(pixels.at<cv::Vec3b>(80, 160)[1], 128, 8) << extension;
  }
}

TEST_F(MuxTest, LeavesFramesThatAreNoWiderAsTheyAre) {
  const std::string jpeg = ImageFile(200, 100, ".jpg"), png = ImageFile(320, 100, ".png");
  MuxClient client(port, "streams=screen&width=320");
  topic.Append(jpeg);
  auto picture = client.NextPicture();
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->type, 1);
  EXPECT_EQ(picture->payload, jpeg);
  topic.Append(png);
  picture = client.NextPicture();
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->type, 2);
  EXPECT_EQ(picture->payload, png);
}

TEST_F(MuxTest, SendsAtMostFpsFramesASecondOfAStream) {
  constexpr double kFps = 10;
  MuxClient client(port, "streams=screen&fps=10");
  ASSERT_TRUE(client.UntilState("screen", "waiting"));
  const auto began = Clock::now();
  int appended = 0, received = 0;
  while (received < 5 && Clock::now() - began < kPatience) {
    AppendOne(++appended);
    const auto message = client.Next(std::chrono::milliseconds(2));
    if (message && message->type != 0) ++received;
  }
  const std::chrono::duration<double> took = Clock::now() - began;
  EXPECT_EQ(received, 5);
  EXPECT_GT(appended, 10);
  // A stretch may have begun before, and the next one just now.
  EXPECT_LE(received, took.count() * kFps + 2);
}

TEST_F(MuxTest, ASlowReaderGetsTheNewestFrameNext) {
  constexpr std::size_t kMoreThanBuffersHold = 12 << 20;
  MuxClient client(port, "streams=screen", {}, 16 << 10);
  AppendOne(1, std::chrono::milliseconds(10), kMoreThanBuffersHold);
  ASSERT_TRUE(client.UntilState("screen", "live"));
  while (client.pending() == 0) ASSERT_TRUE(client.More(Clock::now() + kPatience));
  Append(2, 9, std::chrono::milliseconds(10), 2000);
  ASSERT_TRUE(Eventually([&] {
    const auto view = library.channels().Of("screen")->Look();
    return view.frame && view.frame->id.offset == 8;
  }));
  std::vector<int> numbers;
  for (int i = 0; i < 2; ++i) {
    const auto picture = client.NextPicture();
    ASSERT_TRUE(picture);
    numbers.push_back(StreamClient::NumberOf(picture->payload));
  }
  EXPECT_THAT(numbers, testing::ElementsAre(1, 9));
}

TEST_F(MuxTest, AnUnknownStreamIsToldAndTheOthersGoOn) {
  AppendOne(1);
  MuxClient client(port, "streams=garden,screen");
  ASSERT_TRUE(client.UntilState("garden", "unknown"));
  const auto picture = client.NextPicture();
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->stream, 1u);
}

TEST_F(MuxTest, ASinkThatStartsLaterAppearsAndOneThatStopsIsToldEnded) {
  MuxClient client(port, "streams=garden");
  ASSERT_TRUE(client.UntilState("garden", "unknown"));
  garden_topic.Append(Picture(1));
  StartGarden();
  auto picture = client.NextPicture();
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->payload, Picture(1));
  garden.reset();
  ASSERT_TRUE(client.UntilState("garden", "ended"));
  garden_topic.Append(Picture(2));
  StartGarden();
  picture = client.NextPicture();
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->payload, Picture(2));
}

TEST_F(MuxTest, SaysThatAQuietStreamIsAliveAndSendsNoFrameTwice) {
  AppendOne(1);
  MuxClient client(port, "streams=screen");
  ASSERT_TRUE(client.NextPicture());
  const auto message = client.Next();
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, 0);
  EXPECT_EQ(message->stream, 0u);
  EXPECT_EQ(message->json(), (nlohmann::json{{"stream", "screen"}, {"state", "live"}}));
}

TEST_F(MuxTest, ReadsTheTopicOnlyWhileSomeoneWatches) {
  AppendOne(1);
  const auto channel = library.channels().Of("screen");
  EXPECT_FALSE(channel->Look().frame);
  {
    MuxClient client(port, "streams=screen");
    ASSERT_TRUE(client.NextPicture());
    client.connection.Reset();
  }
  EXPECT_TRUE(Eventually([&] { return !channel->Look().frame; }));
}

TEST_F(MuxTest, EndsWithThePort) {
  MuxClient client(port, "streams=screen");
  ASSERT_TRUE(client.UntilState("screen", "waiting"));
  sink.reset();
  while (client.Next()) {
  }
  EXPECT_FALSE(client.connection.timed_out());
}

TEST_F(MuxTest, RefusesBadValuesWithWhatIsAllowed) {
  std::string many = "streams=a0";
  for (int i = 1; i < 65; ++i) many += ",a" + std::to_string(i);
  const std::map<std::string, std::string> wrong{{"", "1 to 64 names"},
                                                 {"streams=", "1 to 64 names"},
                                                 {"streams=a,,b", "1 to 64 names"},
                                                 {"streams=a,b,a", "once"},
                                                 {many, "are 65"},
                                                 {"streams=a&width=15", "from 16 to 4096"},
                                                 {"streams=a&width=4097", "from 16 to 4096"},
                                                 {"streams=a&width=320px", "from 16 to 4096"},
                                                 {"streams=a&fps=0", "from 0.1 to 60"},
                                                 {"streams=a&fps=61", "from 0.1 to 60"},
                                                 {"streams=a&fps=nan", "from 0.1 to 60"},
                                                 {"streams=a&fps=fast", "from 0.1 to 60"}};
  for (const auto& [query, allowed] : wrong) {
    const Response response = Get(port, "/mux?" + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_THAT(response.body, HasSubstr(allowed)) << query;
  }
  EXPECT_EQ(Get(port, "/mux?streams=a&width=16&fps=0.1", "HEAD").status, 200);
}

TEST_F(MuxTest, ASinkCannotTakeThePlaceOfMux) {
  const auto results = MjpegHttpSink::Describe().Validate({{"topics", "t"}, {"http.path", "/mux"}});
  const auto path =
      std::find_if(results.begin(), results.end(), [](const auto& each) { return each.name == "http.path"; });
  ASSERT_NE(path, results.end());
  EXPECT_THAT(path->errors, testing::ElementsAre(testing::Field(&Problem::message, HasSubstr("must not be /mux"))));
}

TEST_F(MuxTest, ScalesEachStreamToAWidthOfItsOwnAndCountsItsViewers) {
  StartGarden();
  topic.Append(ImageFile(640, 360, ".jpg"));
  garden_topic.Append(ImageFile(640, 360, ".png"));
  MuxClient client(port, "streams=screen,garden&width=64,0");
  std::map<std::size_t, int> widths;
  while (widths.size() < 2) {
    const auto picture = client.NextPicture();
    ASSERT_TRUE(picture);
    widths[picture->stream] = Decode(picture->payload).cols;
  }
  EXPECT_EQ(widths, (std::map<std::size_t, int>{{0, 64}, {1, 640}}));
  EXPECT_EQ(Status()["mux_viewers"], 1);
  EXPECT_EQ(Status()["viewers"], 0);
  for (const char* wrong : {"64,", "64,0,64", "64,0,x", "64,x", ",64", "15,16"}) {
    const Response response = Get(port, std::string("/mux?streams=screen,garden&width=") + wrong);
    EXPECT_EQ(response.status, 400) << wrong;
    EXPECT_THAT(response.body, HasSubstr("16 to 4096")) << wrong;
  }
}

TEST_F(MuxTest, SaysOfATopicOfTextsThatItsRecordsAreNoImagesAndLeavesTheTaskAlone) {
  for (const char* text : {"one", "two", "three"}) topic.Append(text, {{"content-type", "text/plain"}});
  Start();
  MuxClient client(port, "streams=screen&width=160&fps=5");
  const auto reason = [&](const std::string& wanted) {
    const auto deadline = Clock::now() + kPatience;
    while (Clock::now() < deadline) {
      const auto message = client.Next();
      if (!message) return false;
      if (message->type == 0 && message->stream == 0 && message->json().value("state", "") == "waiting" &&
          message->json().value("reason", "").find(wanted) != std::string::npos)
        return true;
    }
    return false;
  };
  EXPECT_TRUE(reason("the topic frames has no picture: its newest records are no images"));
  topic.Append("four", {{"content-type", "text/plain"}});
  EXPECT_TRUE(reason("its record 3 is not an image"));
  AppendOne(1);
  EXPECT_TRUE(client.NextPicture());
  EXPECT_TRUE(context.rejected().empty()) << "errors.tolerance would have failed the task";
}

TEST_F(MuxTest, NoOtherLookHandsARecordToErrorsTolerance) {
  for (int i = 0; i < 5; ++i) topic.Append("text", {{"content-type", "text/plain"}});
  Start({{"playback", "live"}});
  for (const char* target : {"/snapshot", "/snapshot?at=-1h", "/snapshot?offset=2", "/frames/2", "/frames/2?width=100",
                             "/clip", "/clip?format=mp4", "/timeline", "/status", "/?from=0&until=4"}) {
    EXPECT_GT(Get(port, target).status, 0) << target;
  }
  for (const char* target : {"/", "/?fps=10", "/?from=0", "/?from=0&key=k", "/?playback=live&key=k"}) {
    StreamClient viewer(port, target);
    EXPECT_NE(viewer.Head(), "") << target;
    topic.Append("more", {{"content-type", "text/plain"}}, Now(), 0, "k");
    EXPECT_FALSE(viewer.Next(std::chrono::milliseconds(100))) << target;
  }
  EXPECT_TRUE(Eventually([&] { return Metric("records_not_images") > 0; }));
  EXPECT_TRUE(context.rejected().empty());
  StreamClient live(port);
  EXPECT_NE(live.Head(), "");
  EXPECT_TRUE(Eventually([&] {
    const auto said = Status()["no_picture"];
    return said.is_string() && said.get<std::string>().find("images") != std::string::npos;
  }));
}

}  // namespace
}  // namespace framespool::mjpeg
