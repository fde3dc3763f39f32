// A topic of H.264 or H.265: every URL shows exactly the picture that is asked for. Pictures carry their number, which
// is their offset: they are numbered as they are shown.
#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "mux_client.h"
#include "video_fixture.h"

namespace framespool::mjpeg {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

constexpr int kFrames = 72;

class VideoOf : public VideoFixture, public testing::WithParamInterface<Encoding> {
 protected:
  void SetUp() override { first_time = AppendUnits(Encode(GetParam(), kFrames)); }
  Timestamp first_time;
};

TEST_P(VideoOf, IsAStreamOfEveryPictureInTheOrderOfShowing) {
  Start();
  StreamClient client(port, "/?from=earliest&framing=length&until=latest");
  for (int number = 0; number < kFrames; ++number) {
    const auto part = client.Next();
    ASSERT_TRUE(part) << "behind " << number - 1;
    ASSERT_EQ(NumberOf(part->body), number);
    EXPECT_EQ(part->headers.at("X-Framespool-Offset"), std::to_string(number));
  }
}

TEST_P(VideoOf, BeginsWithExactlyTheFrameThatIsAskedFor) {
  Start();
  for (const int from : {0, 1, 2, 22, 23, 24, 25, 26, 40, 47, 48, 70, 71}) {
    const int end = std::min(kFrames, from + 5);
    StreamClient client(port, "/?framing=length&from=" + std::to_string(from) + "&until=" + std::to_string(end));
    EXPECT_THAT(Numbers(client, end - from), ElementsAreArray(Sequence(from, end))) << "from " << from;
    EXPECT_FALSE(client.Next()) << "until " << end;
  }
}

TEST_P(VideoOf, HasASingleFrameForEachOffsetInAnyOrder) {
  Start();
  std::vector<int> offsets = Sequence(0, kFrames);
  std::shuffle(offsets.begin(), offsets.end(), std::mt19937(7));
  for (const int offset : offsets) {
    const Response frame = Get(port, "/frames/" + std::to_string(offset));
    ASSERT_EQ(frame.status, 200) << offset << ": " << frame.body;
    ASSERT_EQ(NumberOf(frame.body), offset);
    EXPECT_EQ(frame.headers.at("Content-Type"), "image/jpeg");
    EXPECT_EQ(frame.headers.at("X-Framespool-Offset"), std::to_string(offset));
  }
}

TEST_P(VideoOf, StepsForwardsAndBackwards) {
  Start();
  for (const int offset : {30, 31, 32, 31, 30, 29, 24, 23, 22, 23, 24, 25}) {
    EXPECT_EQ(NumberOf(Get(port, "/frames/" + std::to_string(offset) + "?width=160").body), offset);
  }
}

TEST_P(VideoOf, DecodesNothingAgainForWhoStepsBackWithinAGroup) {
  Decoders decoders(context, topic.name(), 4);
  Track track(context, topic.name(), decoders);
  const auto number_at = [&](std::int64_t offset) {
    const auto record = track.At(0, offset, {});
    EXPECT_TRUE(record) << offset;
    return record ? NumberIn(record->value.bytes()) : -1;
  };
  EXPECT_EQ(number_at(44), 44);
  const std::int64_t decoded = decoders.decoded();
  EXPECT_LE(decoded, 64);
  for (int offset = 43; offset >= 28; --offset) EXPECT_EQ(number_at(offset), offset);
  for (int offset = 29; offset <= 44; ++offset) EXPECT_EQ(number_at(offset), offset);
  EXPECT_EQ(decoders.decoded(), decoded);
  // And goes on from where it was, not from the key frame.
  EXPECT_EQ(number_at(45), 45);
  EXPECT_LE(decoders.decoded(), decoded + 8);
}

TEST_P(VideoOf, ShowsTheKeyFrameWhereThatWillDo) {
  Start();
  for (const int offset : {30, 40, 47, 60}) {
    const Response frame = Get(port, "/frames/" + std::to_string(offset) + "?exact=false");
    ASSERT_EQ(frame.status, 200) << frame.body;
    EXPECT_EQ(frame.headers.at("X-Framespool-Exact"), "false");
    const int shown = NumberOf(frame.body);
    EXPECT_LT(shown, offset);
    EXPECT_GT(shown, offset - 28);
  }
  const Response key = Get(port, "/frames/0?exact=false");
  EXPECT_EQ(NumberOf(key.body), 0);
  EXPECT_FALSE(key.headers.contains("X-Framespool-Exact"));
  // What has been decoded takes no less.
  EXPECT_EQ(NumberOf(Get(port, "/frames/40").body), 40);
  const Response seen = Get(port, "/frames/38?exact=false");
  EXPECT_EQ(NumberOf(seen.body), 38);
  EXPECT_FALSE(seen.headers.contains("X-Framespool-Exact"));
  const Timestamp moment = first_time + std::chrono::milliseconds(1'900);
  const Response at = Get(port, "/snapshot?exact=false&at=" + TimeText(moment));
  EXPECT_EQ(at.headers.at("X-Framespool-Exact"), "false");
  EXPECT_EQ(Get(port, "/frames/40?exact=perhaps").status, 400);
}

TEST_P(VideoOf, HasSnapshotsOfTheNewestAndOfAnyMoment) {
  Start();
  EXPECT_EQ(NumberOf(Get(port, "/snapshot").body), kFrames - 1);
  EXPECT_EQ(NumberOf(Get(port, "/snapshot?offset=33").body), 33);
  for (const int number : {0, 1, 25, 50, 70, 71}) {
    const Timestamp time = first_time + std::chrono::milliseconds((kFrames - 1) * 1000 / 30) -
                           std::chrono::milliseconds((kFrames - 1 - number) * 1000 / 30);
    EXPECT_EQ(NumberOf(Get(port, "/snapshot?at=" + TimeText(time)).body), number);
  }
}

TEST_P(VideoOf, IsCutIntoClipsToTheFrame) {
  Start();
  for (const char* format : {"avi", "mp4"}) {
    for (const auto& [from, until] : {std::pair{0, 10}, {23, 26}, {26, 60}, {50, kFrames}}) {
      const Response clip = Get(port, "/clip?format=" + std::string(format) + "&from=" + std::to_string(from) +
                                          "&until=" + std::to_string(until));
      ASSERT_EQ(clip.status, 200) << clip.body;
      const std::string file = folder / ("clip." + std::string(format));
      WriteFile(file, std::as_bytes(std::span(clip.body)));
      EXPECT_THAT(PlayedFrom(file), ElementsAreArray(Sequence(from, until))) << format << " from " << from;
    }
  }
  const Response zip = Get(port, "/clip?format=zip&from=20&until=30");
  EXPECT_EQ(zip.status, 200);
  EXPECT_EQ(zip.headers.at("X-Framespool-Frames"), "10");
  EXPECT_EQ(zip.headers.at("Content-Length"), std::to_string(zip.body.size()));
}

TEST_P(VideoOf, IsThePicturesOfKeyFramesAtHighSpeed) {
  Start();
  for (const auto& [from, pictures] : {std::pair{0, 3}, {30, 1}, {70, 0}}) {
    StreamClient client(port, "/?framing=length&speed=8&until=latest&from=" + std::to_string(from));
    int shown = 0, last = from - 1;
    while (const auto part = client.Next()) {
      const int number = NumberOf(part->body);
      EXPECT_EQ(part->headers.at("X-Framespool-Offset"), std::to_string(number));
      EXPECT_GT(number, last);
      EXPECT_LE(number % 24, 3);  // so many are shown before the key frame of an open group
      last = number;
      ++shown;
    }
    EXPECT_EQ(shown, pictures) << "from " << from;
  }
}

TEST_P(VideoOf, GoesOnWhereItsViewerStoppedWithinAGroupOfPictures) {
  Start();
  StreamClient(port, "/?framing=length");
  topic.Commit(context.group(), 0, 37);
  Start();
  StreamClient client(port, "/?framing=length");
  EXPECT_THAT(Numbers(client, 20), ElementsAreArray(Sequence(37, 57)));
}

INSTANTIATE_TEST_SUITE_P(Topics, VideoOf, testing::Values(kH264, kOpenH264, kPlainH264, kH265, kOpenH265),
                         [](const auto& each) { return each.param.name; });

class Video : public VideoFixture {
 protected:
  /// Appends the rest of `units` one after the other, each when `client` has shown the one before.
  void PlayLive(StreamClient& client, std::span<const Unit> units, int first) {
    int number = first;
    for (const Unit& unit : units) {
      AppendUnit(unit, Now());
      const auto part = client.Next();
      ASSERT_TRUE(part) << number;
      EXPECT_EQ(NumberOf(part->body), number++);
    }
  }
};

TEST_F(Video, IsShownLiveFromTheNewestPictureOn) {
  const auto units = Encode(kPlainH264, 60);
  AppendUnits(std::span(units).first(31));
  Start({{"playback", "live"}});
  StreamClient client(port);
  EXPECT_THAT(Numbers(client, 1), ElementsAreArray({30}));
  PlayLive(client, std::span(units).subspan(31), 31);
}

TEST_F(Video, ShowsWhatTheDecoderHoldsBackWhenNothingFollows) {
  const auto units = Encode(kH264, 30);
  AppendUnits(std::span(units).first(5));
  Start({{"playback", "live"}});
  StreamClient client(port);
  ASSERT_EQ(Numbers(client, 1).size(), 1U);
  AppendUnits(std::span(units).subspan(5));
  int last = -1;
  while (last < 29) {
    const auto part = client.Next();
    ASSERT_TRUE(part) << "behind " << last;
    EXPECT_GE(NumberOf(part->body), last);
    last = NumberOf(part->body);
  }
}

TEST_F(Video, HasOneDecoderForAllViewersOfAPositionFromTheFirstToTheLast) {
  const auto units = Encode(kPlainH264, 60);
  AppendUnits(std::span(units).first(30));
  Start({{"playback", "live"}});
  ASSERT_TRUE(Eventually([&] { return Metric("decoders") == 0; }));
  {
    StreamClient one(port), two(port), three(port);
    for (StreamClient* each : {&one, &two, &three}) ASSERT_EQ(Numbers(*each, 1).size(), 1U);
    AppendUnit(units[30], Now());
    for (StreamClient* each : {&one, &two, &three}) EXPECT_THAT(Numbers(*each, 1), ElementsAreArray({30}));
    EXPECT_TRUE(Eventually([&] { return Metric("decoders") == 1; }));
    StreamClient past(port, "/?from=3");
    EXPECT_EQ(Numbers(past, 5), Sequence(3, 8));
    EXPECT_TRUE(Eventually([&] { return Metric("decoders") == 2; }));
  }
  EXPECT_TRUE(Eventually([&] { return Metric("decoders") == 0; }));
}

TEST_F(Video, ShowsKeyFramesWhereThereAreTooManyDecoders) {
  AppendUnits(Encode(kPlainH264, 72));
  Start({{"decoders.max", "1"}});
  StreamClient first(port, "/?from=earliest");
  ASSERT_EQ(Numbers(first, 3), Sequence(0, 3));
  StreamClient second(port, "/?from=earliest&framing=length&until=latest");
  EXPECT_EQ(Numbers(second, 3), (std::vector<int>{0, 24, 48}));
  // Who asks for one picture gets it all the same.
  EXPECT_EQ(NumberOf(Get(port, "/frames/30").body), 30);
}

TEST_F(Video, DecodesNothingButKeyFramesAtHighSpeed) {
  AppendUnits(Encode(kPlainH264, 120));
  Decoders decoders(context, topic.name(), 4);
  Track track(context, topic.name(), decoders, {}, Units::kKeyFramesDecoded);
  track.Seek({0});
  std::vector<std::int64_t> offsets;
  while (!track.Reached({119})) {
    if (const auto record = track.Next(std::chrono::milliseconds(100), {})) offsets.push_back(record->offset);
  }
  EXPECT_EQ(offsets, (std::vector<std::int64_t>{0, 24, 48, 72, 96}));
  EXPECT_EQ(decoders.decoded(), 5);
  // Where it looks for one picture it is exactly that one.
  const auto before = track.Before({40}, {});
  ASSERT_TRUE(before);
  EXPECT_EQ(NumberIn(before->image.bytes()), 39);
}

TEST_F(Video, ShowsTheKeyFramesOfLongGroupsAtTheirPace) {
  const auto units = Encode(kPlainH264, 48);
  const Timestamp start = Now() - std::chrono::hours(1);
  for (int group = 0; group < 3; ++group) {
    Unit unit = units[0];
    unit.facts.pts_us = group * 10'000'000;
    AppendUnit(unit, start + std::chrono::seconds(10 * group));
  }
  Start();
  StreamClient client(port, "/?framing=length&speed=16&from=earliest&until=latest");
  ASSERT_TRUE(client.Next());
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(client.Next());
  ASSERT_TRUE(client.Next());
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(1'000));
}

TEST_F(Video, WaitsForAKeyFrameAndSaysSo) {
  const auto units = Encode(kH264, 72);
  AppendUnits(std::span(units).subspan(5, 10));
  Start();
  StreamClient client(port, "/?framing=length");
  EXPECT_TRUE(Eventually([&] { return Metric("units_without_key") == 10; }));
  EXPECT_TRUE(context.Logged(LogLevel::kWarn, "needs a key frame"));
  EXPECT_TRUE(Eventually([&] {
    const auto why = Status()["no_picture"];
    return why.is_string() && why.get<std::string>().find("needs a key frame") != std::string::npos;
  }));
  const Response frame = Get(port, "/frames/3");
  EXPECT_EQ(frame.status, 404);
  EXPECT_THAT(frame.body, HasSubstr("needs a key frame"));
  EXPECT_THAT(Get(port, "/snapshot").body, HasSubstr("needs a key frame"));
  AppendUnits(std::span(units).subspan(24, 24));
  EXPECT_THAT(Numbers(client, 20), ElementsAreArray(Sequence(24, 44)));
  EXPECT_EQ(Metric("units_without_key"), 10);
}

TEST_F(Video, TellsOfUnitsThatCannotBeDecodedOnceAndPlaysTheRest) {
  auto units = Encode(kH264, 72);
  const auto cut = [](Unit& unit, std::size_t size) {
    const auto bytes = unit.value.bytes().first(size);
    unit.value = Payload(std::vector<std::byte>(bytes.begin(), bytes.end()));
  };
  cut(units[10], 7);
  cut(units[24], units[24].value.size() / 2);
  AppendUnits(units);
  Start();
  for (int round = 0; round < 2; ++round) {
    StreamClient client(port, "/?framing=length&from=earliest&until=latest");
    std::vector<int> numbers;
    while (const auto part = client.Next()) numbers.push_back(NumberOf(part->body));
    EXPECT_GE(numbers.size(), 60U);
    // The next group is whole.
    const auto whole = std::find(numbers.begin(), numbers.end(), 48);
    EXPECT_THAT(std::vector<int>(whole, numbers.end()), ElementsAreArray(Sequence(48, 72)));
  }
  EXPECT_TRUE(context.Logged(LogLevel::kWarn, "cannot be decoded, or not whole"));
  ASSERT_TRUE(Eventually([&] { return Metric("units_undecodable") >= 2; }));
  const std::int64_t told = Metric("units_undecodable");
  StreamClient again(port, "/?framing=length&from=earliest&until=latest");
  while (again.Next()) {
  }
  EXPECT_EQ(Numbers(again, 1).size(), 0U);
  const auto reported = std::get<std::string>(context.metrics().at("time"));
  ASSERT_TRUE(Eventually([&] { return std::get<std::string>(context.metrics().at("time")) > reported; }));
  EXPECT_EQ(Metric("units_undecodable"), told);
}

TEST_F(Video, DoesNotWaitForAPictureThatCannotBeMadeAsLongAsOthersCome) {
  const auto units = Encode(kPlainH264, 24);
  AppendUnits(std::span(units).first(10));
  Unit broken = units[10];
  broken.value = Payload(std::vector<std::byte>(16, std::byte{1}));
  AppendUnit(broken, Now());
  Start();
  std::jthread grows([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      broken.facts.pts_us += 1000;
      broken.facts.gop += 1;
      AppendUnit(broken, Now());
      std::this_thread::sleep_for(std::chrono::milliseconds(5));  // decides nothing: a topic grows in no step with us
    }
  });
  for (const char* url : {"/frames/10", "/frames/10?exact=false", "/snapshot"}) {
    EXPECT_NE(Get(port, url).status, 0) << url;
  }
}

TEST_F(Video, GoesOnWhereTimesBeginAnewInAnotherCodec) {
  AppendUnits(Encode(kH264, 30));
  AppendUnits(Encode(kH265, 30));
  AppendUnits(Encode(kH265, 30));
  Start();
  StreamClient client(port, "/?framing=length&from=earliest&until=latest");
  std::vector<int> wanted;
  for (int round = 0; round < 3; ++round) {
    for (int number = 0; number < 30; ++number) wanted.push_back(number);
  }
  EXPECT_THAT(Numbers(client, 90), ElementsAreArray(wanted));
  EXPECT_EQ(NumberOf(Get(port, "/frames/59").body), 29);
  EXPECT_EQ(NumberOf(Get(port, "/frames/61").body), 1);
}

TEST_F(Video, LeavesOutWhatIsNotToBeShown) {
  auto units = Encode(kH264, 48);
  for (Unit& unit : units) unit.facts.hidden = unit.facts.pts_us < 10 * 1'000'000 / 30 - 1000;
  AppendUnits(units);
  Start();
  StreamClient client(port, "/?framing=length&from=earliest&until=latest");
  EXPECT_THAT(Numbers(client, 38), ElementsAreArray(Sequence(10, 48)));
  EXPECT_THAT(Get(port, "/frames/4").body, HasSubstr("not to be shown"));
}

TEST_F(Video, StandsBesideJpegsInOneTopic) {
  const auto units = Encode(kH264, 30);
  const std::string jpeg = ImageFile(64, 48, ".jpg");
  topic.Append(jpeg, {{"content-type", "image/jpeg"}});
  AppendUnits(units);
  topic.Append(jpeg, {{"content-type", "image/jpeg"}});
  Start();
  StreamClient client(port, "/?framing=length&from=earliest&until=latest");
  int parts = 0;
  while (client.Next()) ++parts;
  EXPECT_EQ(parts, 32);
  EXPECT_EQ(Get(port, "/frames/0").body, jpeg);
}

TEST_F(Video, HasATimelineWithoutLoopsWhereItsPicturesAreReordered) {
  AppendUnits(Encode(kH264, 72));
  Start();
  const auto timeline = nlohmann::json::parse(Get(port, "/timeline?points=72").body);
  EXPECT_EQ(timeline["loops"], nlohmann::json::array());
  EXPECT_GE(timeline["points"].size(), 50U);
}

TEST_F(Video, IsShownBesideOtherStreamsInMux) {
  AppendUnits(Encode(kPlainH264, 40));
  Start();
  MuxClient client(port, "streams=screen");
  const auto picture = client.NextPicture();
  ASSERT_TRUE(picture);
  EXPECT_EQ(NumberOf(picture->payload), 39);
}

}  // namespace
}  // namespace framespool::mjpeg
