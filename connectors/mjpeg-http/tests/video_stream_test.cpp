// /video: the topic's own H.264 or H.265 as a fragmented MP4, which other programs play.

#include "mux_client.h"
#include "video_client.h"
#include "video_fixture.h"

namespace framespool::mjpeg {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::StartsWith;

class VideoStream : public VideoFixture {
 protected:
  /// The numbers of the pictures that OpenCV's ffmpeg decodes of a body.
  std::vector<int> Played(const std::string& body) {
    const std::string file = folder / "body.mp4";
    WriteFile(file, std::as_bytes(std::span(body)));
    return PlayedFrom(file);
  }
};

class VideoStreamOf : public VideoStream, public testing::WithParamInterface<Encoding> {};

TEST_P(VideoStreamOf, IsAFileOfAllThatTheTopicHolds) {
  AppendUnits(Encode(GetParam(), 60));
  Start();
  const Response response = Get(port, "/video?from=earliest&until=latest");
  EXPECT_EQ(response.status, 200);
  const bool h264 = std::string(GetParam().name).find("H264") != std::string::npos;
  EXPECT_THAT(response.headers.at("Content-Type"),
              StartsWith(h264 ? "video/mp4; codecs=\"avc1." : "video/mp4; codecs=\"hvc1."));
  EXPECT_THAT(Played(response.body), ElementsAreArray(Sequence(0, 60)));
}

TEST_P(VideoStreamOf, BeginsWithTheKeyFrameAtOrBefore) {
  const auto units = Encode(GetParam(), 60);
  AppendUnits(units);
  Start();
  // The key frame of an open group stands before pictures that are shown before it.
  std::size_t key_frame = 30;
  while (units[key_frame].facts.gop != 0) --key_frame;
  const Response response = Get(port, "/video?from=30&until=latest");
  EXPECT_EQ(response.headers.at("X-Framespool-Start"), std::to_string(key_frame));
  EXPECT_THAT(Played(response.body), ElementsAreArray(Sequence(24, 60)));
}

TEST_P(VideoStreamOf, HasThePictureThatIsAskedFor) {
  AppendUnits(Encode(GetParam(), 60));
  Start();
  for (const int from : {1, 20, 21, 22, 23, 24, 25, 45, 47, 59}) {
    const Response response = Get(port, "/video?until=latest&from=" + std::to_string(from));
    const auto numbers = Played(response.body);
    ASSERT_FALSE(numbers.empty()) << from;
    EXPECT_LE(numbers.front(), from);
    EXPECT_GT(numbers.front(), from - 28) << from;
    EXPECT_THAT(numbers, ElementsAreArray(Sequence(numbers.front(), 60))) << from;
  }
}

TEST_P(VideoStreamOf, IsReadOverHttpByOpenCv) {
  AppendUnits(Encode(GetParam(), 60));
  Start();
  EXPECT_THAT(PlayedFrom("http://127.0.0.1:" + std::to_string(port) + "/video?from=earliest&until=latest"),
              ElementsAreArray(Sequence(0, 60)));
}

INSTANTIATE_TEST_SUITE_P(Topics, VideoStreamOf, testing::Values(kH264, kPlainH264, kH265, kOpenH265),
                         [](const auto& each) { return each.param.name; });

TEST_F(VideoStream, IsLiveForAllFromTheNewestKeyFrameOn) {
  const auto units = Encode(kPlainH264, 72);
  AppendUnits(std::span(units).first(30));
  Start();
  VideoClient first(port);
  ASSERT_TRUE(first.Read(6));
  AppendUnits(std::span(units).subspan(30, 10));
  ASSERT_TRUE(first.Read(10));
  // Who comes later gets the group from its beginning as well.
  VideoClient second(port);
  ASSERT_TRUE(second.Read(16));
  AppendUnits(std::span(units).subspan(40, 20));
  ASSERT_TRUE(first.Read(20));
  ASSERT_TRUE(second.Read(20));
  EXPECT_THAT(Played(first.body), ElementsAreArray(Sequence(24, 60)));
  EXPECT_THAT(Played(second.body), ElementsAreArray(Sequence(24, 60)));
  EXPECT_EQ(Metric("decoders"), 0);
}

TEST_F(VideoStream, LetsAViewerWhoIsTooSlowGoOnWithAKeyFrame) {
  auto units = Encode(kPlainH264, 72);
  Swell(units);
  AppendUnits(std::span(units).first(1));
  Start({{"stall.timeout.ms", "600000"}});  // it is slow for as long as the quick one takes
  VideoClient quick(port), slow(port, "", 4096);
  ASSERT_TRUE(quick.Read(1));
  ASSERT_TRUE(slow.Read(1));
  for (std::size_t i = 1; i < units.size(); ++i) {
    AppendUnit(units[i], Now());
    ASSERT_TRUE(quick.Read(1)) << i;
  }
  ASSERT_TRUE(slow.Read(2));
  const auto numbers = Played(slow.body);
  EXPECT_THAT(Played(quick.body), ElementsAreArray(Sequence(0, 72)));
  ASSERT_GE(numbers.size(), 2U);
  bool skipped = false;
  while (!skipped && slow.Read(1)) {
    const auto shown = Played(slow.body);
    for (std::size_t i = 1; i < shown.size() && !skipped; ++i) {
      skipped = shown[i] != shown[i - 1] + 1;
      if (skipped) {
        EXPECT_EQ(shown[i] % 24, 0);
      }
    }
  }
  EXPECT_TRUE(skipped);
  EXPECT_TRUE(slow.EachChunkIsAFragment());
  EXPECT_TRUE(Eventually([&] { return Metric("frames_sent") > 0; }));
}

TEST_F(VideoStream, HasAPositionOfItsOwnForEachGroup) {
  AppendUnits(Encode(kPlainH264, 60));
  Start();
  topic.Commit(context.group() + "/me?video", 0, 30);
  VideoClient client(port, "?group=me");
  ASSERT_TRUE(client.Read(36));
  EXPECT_THAT(Played(client.body), ElementsAreArray(Sequence(24, 60)));
  EXPECT_TRUE(Eventually([&] { return topic.Committed(context.group() + "/me?video") == 60; }));
}

TEST_F(VideoStream, NamesTheRecordOfEachFragment) {
  const Timestamp first = AppendUnits(Encode(kH264, 30));
  Start();
  VideoClient client(port, "?from=earliest&until=latest");
  ASSERT_TRUE(client.Read(30));
  ASSERT_EQ(client.places.size(), 30U);
  for (std::size_t i = 0; i < 30; ++i) {
    const auto& place = client.places[i];
    EXPECT_EQ(place.partition, 0);
    EXPECT_EQ(place.offset, static_cast<std::int64_t>(i));
    EXPECT_NEAR(static_cast<double>(place.milliseconds),
                static_cast<double>(first.time_since_epoch().count()) + static_cast<double>(i) * 1000 / 30, 2);
  }
  // Shown in another order than they come.
  EXPECT_FALSE(std::is_sorted(client.places.begin(), client.places.end(),
                              [](const auto& one, const auto& other) { return one.shown_us < other.shown_us; }));
}

TEST_F(VideoStream, HasTheKeyFramesOnlyAtHighSpeed) {
  AppendUnits(Encode(kPlainH264, 72));
  Start();
  VideoClient client(port, "?from=earliest&until=latest&speed=8");
  ASSERT_TRUE(client.Read(3));
  EXPECT_THAT(Played(client.body), ElementsAreArray({0, 24, 48}));
  EXPECT_NEAR(static_cast<double>(client.places.back().shown_us), 48e6 / 30 / 8, 20);
}

TEST_F(VideoStream, HasAtOnceWhatStandsBeforeThePictureAskedFor) {
  auto units = Encode(kPlainH264, 24);
  // At this pace it would take some minutes.
  for (std::size_t i = 0; i < units.size(); ++i) {
    units[i].facts.pts_us = static_cast<std::int64_t>(i) * 1'900'000;
    units[i].facts.dts_us.reset();
  }
  AppendUnits(units);
  Start({{"pace", "recorded"}});
  VideoClient client(port, "?from=23&speed=0.25");
  EXPECT_TRUE(client.Read(24));
}

TEST_F(VideoStream, IsOfOneKey) {
  const auto one = Encode(kPlainH264, 48), other = Encode(kH264, 60);
  const Timestamp start = Now() - std::chrono::seconds(2);
  for (std::size_t i = 0; i < other.size(); ++i) {
    const Timestamp time = start + std::chrono::milliseconds(i * 1000 / 30);
    if (i < one.size()) AppendUnit(one[i], time, "one");
    AppendUnit(other[i], time, "other");
  }
  Start();
  // "one" has its second and last key frame long before the end.
  VideoClient live(port, "?key=one");
  ASSERT_TRUE(live.Read(24));
  EXPECT_THAT(Played(live.body), ElementsAreArray(Sequence(24, 48)));
  const Response whole = Get(port, "/video?key=other&from=20&until=latest");
  EXPECT_THAT(Played(whole.body), ElementsAreArray(Sequence(0, 60)));
  // Without a key it is of the one that comes first.
  EXPECT_THAT(Played(Get(port, "/video?from=earliest&until=latest").body), ElementsAreArray(Sequence(0, 48)));
  EXPECT_EQ(Get(port, "/video?key=none").status, 404);
}

TEST_F(VideoStream, GoesOnWithTheNextKeyFrameWhereRecordsAreMissing) {
  const auto units = Encode(kPlainH264, 48);
  AppendUnits(std::span(units).first(10));
  AppendUnits(std::span(units).subspan(11));
  Start();
  auto wanted = Sequence(0, 10);
  for (const int number : Sequence(24, 48)) wanted.push_back(number);
  EXPECT_THAT(Played(Get(port, "/video?from=earliest&until=latest").body), ElementsAreArray(wanted));
}

TEST_F(VideoStream, CountsItsViewers) {
  AppendUnits(Encode(kPlainH264, 30));
  Start();
  StreamClient pictures(port, "/?playback=live");
  ASSERT_TRUE(pictures.Next());
  {
    VideoClient client(port);
    ASSERT_TRUE(client.Read(6));
    EXPECT_TRUE(Eventually([&] { return Metric("viewers") == 2 && Metric("video_viewers") == 1; }));
  }
  EXPECT_TRUE(Eventually([&] { return Metric("viewers") == 1 && Metric("video_viewers") == 0; }));
}

TEST_F(VideoStream, SaysWhatItIsBeforeItIsPlayed) {
  AppendUnits(Encode(kPlainH264, 30));
  Start();
  const Response head = Get(port, "/video?from=29", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_THAT(head.headers.at("Content-Type"), StartsWith("video/mp4; codecs=\"avc1."));
  EXPECT_EQ(head.headers.at("X-Framespool-Start"), "24");
  EXPECT_EQ(head.body, "");
}

TEST_F(VideoStream, BeginsAnewInTheBodyWhereTheVideoIsAnother) {
  AppendUnits(Encode(kPlainH264, 24));
  AppendUnits(Encode(kH265, 24));
  Start();
  VideoClient client(port, "?from=earliest&until=latest");
  ASSERT_TRUE(client.Read(48));
  EXPECT_EQ(client.starts, 2);
  EXPECT_TRUE(client.ReadToEnd());
  EXPECT_TRUE(client.chunks().whole());
  EXPECT_TRUE(client.EachChunkIsAFragment());
}

TEST_F(VideoStream, SaysWhereThereIsNoVideo) {
  topic.Append(ImageFile(64, 48, ".jpg"), {{"content-type", "image/jpeg"}});
  Start();
  const Response response = Get(port, "/video");
  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("no key frame of H.264 or H.265"));
  EXPECT_EQ(Get(port, "/video?width=320").status, 400);
  EXPECT_EQ(Get(port, "/video?from=sometime").status, 400);
  EXPECT_EQ(Get(port, "/video?group=me&speed=2").status, 400);
  EXPECT_EQ(Get(port, "/video?speed=2").status, 400);
}

}  // namespace
}  // namespace framespool::mjpeg
