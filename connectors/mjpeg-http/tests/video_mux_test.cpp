// GET /mux of topics of H.264 and H.265: as they are for who plays them, and in the past.
#include <map>
#include <set>

#include "mux_client.h"
#include "video_fixture.h"

namespace framespool::mjpeg {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::StartsWith;

constexpr int kJpeg = 1, kVideoType = 4;

class VideoMux : public VideoFixture {
 protected:
  /// Units 30 a second from `from` on.
  void AppendFrom(std::span<const Unit> units, Timestamp from) {
    for (std::size_t i = 0; i < units.size(); ++i)
      AppendUnit(units[i], from + std::chrono::milliseconds(i * 1000 / 30));
  }
  /// The numbers of the pictures that OpenCV's ffmpeg decodes of payloads, one behind the other.
  std::vector<int> Played(const std::string& body) {
    const std::string file = folder / "body.mp4";
    WriteFile(file, std::as_bytes(std::span(body)));
    return PlayedFrom(file);
  }
  /// The next message that is of `stream` and no state but one with "video".
  static std::optional<MuxClient::Message> NextVideo(MuxClient& client) {
    while (auto message = client.Next()) {
      if (message->type != 0 || message->json().contains("video")) return message;
    }
    return std::nullopt;
  }

  const Timestamp an_hour_ago = std::chrono::floor<std::chrono::seconds>(Now()) - std::chrono::hours(1);
};

class VideoMuxOf : public VideoMux, public testing::WithParamInterface<Encoding> {};

TEST_P(VideoMuxOf, IsTheTopicsOwnForWhoPlaysIt) {
  const auto units = Encode(GetParam(), 60);
  const bool h264 = std::string(GetParam().name).find("H264") != std::string::npos;
  AppendUnits(std::span(units).first(40));
  Start();
  MuxClient client(port, std::string("streams=screen&width=64&fps=1&video=") + (h264 ? "h264" : "h265"));
  auto message = NextVideo(client);
  ASSERT_TRUE(message);
  ASSERT_EQ(message->type, 0);
  EXPECT_THAT(message->json()["video"].get<std::string>(),
              StartsWith(h264 ? "video/mp4; codecs=\"avc1." : "video/mp4; codecs=\"hvc1."));
  std::size_t key_frame = 39;
  while (units[key_frame].facts.gop != 0) --key_frame;
  std::string body;
  for (std::size_t number = key_frame; number < 60; ++number) {
    if (number >= 40) AppendUnit(units[number], Now());
    message = NextVideo(client);
    ASSERT_TRUE(message) << number;
    ASSERT_EQ(message->type, kVideoType);
    EXPECT_EQ(message->offset, static_cast<std::int64_t>(number));
    EXPECT_EQ(message->payload.substr(4, 4), number == key_frame ? "ftyp" : "uuid");
    body += message->payload;
  }
  EXPECT_THAT(Played(body), ElementsAreArray(Sequence(24, 60)));
  EXPECT_TRUE(Eventually([&] { return Metric("decoders") == 0; }));
}

TEST_P(VideoMuxOf, HasItsKeyFramesOnlyWhereTheClockIsFast) {
  AppendFrom(Encode(GetParam(), 120), an_hour_ago);
  Start();
  const Timestamp from = an_hour_ago + std::chrono::milliseconds(1'200);
  const Timestamp until = an_hour_ago + std::chrono::milliseconds(3'900);
  MuxClient client(port, "streams=screen&speed=4&from=" + TimeText(from) + "&until=" + TimeText(until));
  std::vector<int> groups;
  while (const auto picture = client.NextPicture()) {
    const int number = NumberOf(picture->payload);
    EXPECT_EQ(picture->offset, number);
    EXPECT_LE(number % 24, 3);  // so many are shown before the key frame of an open group
    groups.push_back(number / 24);
  }
  // From the one that was there at the moment on.
  EXPECT_THAT(groups, ElementsAreArray({1, 2, 3, 4}));
}

INSTANTIATE_TEST_SUITE_P(Topics, VideoMuxOf, testing::Values(kH264, kOpenH264, kPlainH264, kH265, kOpenH265),
                         [](const auto& each) { return each.param.name; });

TEST_F(VideoMux, HasEveryPictureWhereTheClockIsSlower) {
  AppendFrom(Encode(kH264, 48), an_hour_ago);
  Start();
  const Timestamp until = an_hour_ago + std::chrono::milliseconds(1'550);
  MuxClient client(port, "streams=screen&speed=0.25&from=" + TimeText(an_hour_ago) + "&until=" + TimeText(until));
  std::vector<int> numbers;
  while (const auto picture = client.NextPicture()) numbers.push_back(NumberOf(picture->payload));
  // Where the machine is slow it has fewer moments; but not only those of key frames.
  EXPECT_TRUE(std::any_of(numbers.begin(), numbers.end(), [](int number) { return number % 24 > 3; }));
}

TEST_F(VideoMux, TakesLongGroupsForNoGap) {
  const auto units = Encode(kPlainH264, 48);
  for (int group = 0; group < 3; ++group) {
    for (std::size_t i = 0; i < 2; ++i) {
      Unit unit = units[i];
      unit.facts.pts_us = group * 10'000'000 + static_cast<std::int64_t>(i) * 33'000;
      AppendUnit(unit, an_hour_ago + std::chrono::milliseconds(unit.facts.pts_us / 1000));
    }
  }
  Start();
  const Timestamp until = an_hour_ago + std::chrono::seconds(25);
  MuxClient client(port, "streams=screen&speed=16&from=" + TimeText(an_hour_ago) + "&until=" + TimeText(until));
  int pictures = 0;
  while (const auto message = client.Next()) {
    if (message->type == kJpeg) {
      ++pictures;
    } else if (message->json().contains("state")) {
      EXPECT_NE(message->json()["state"], "gap") << message->payload;
    }
  }
  EXPECT_EQ(pictures, 3);
}

TEST_F(VideoMux, IsPicturesWhereTheReaderDoesNotPlayTheCodecOrWantsNone) {
  AppendUnits(Encode(kH265, 30));
  Start();
  for (const char* plays : {"h264", "none"}) {
    MuxClient client(port, std::string("streams=screen&video=") + plays);
    const auto picture = client.NextPicture();
    ASSERT_TRUE(picture) << plays;
    EXPECT_EQ(picture->type, kJpeg) << plays;
    EXPECT_EQ(NumberOf(picture->payload), 29) << plays;
  }
}

TEST_F(VideoMux, IsPicturesOfATopicOfPictures) {
  AppendOne(1);
  Start();
  MuxClient client(port, "streams=screen&video=any");
  for (int number = 1; number < 4; ++number) {
    const auto picture = client.NextPicture();
    ASSERT_TRUE(picture);
    EXPECT_EQ(picture->type, kJpeg);
    EXPECT_EQ(StreamClient::NumberOf(picture->payload), number);
    AppendOne(number + 1);
  }
}

TEST_F(VideoMux, IsEachStreamAsItIsAskedFor) {
  const auto units = Encode(kPlainH264, 24);
  AppendUnits(units);
  fakes::FakeViewContext garden_context{topic, "garden"};
  Start();
  RawConfig config{{"topics", topic.name()}, {"http.port", "0"}};
  MjpegHttpSink garden(MjpegHttpSink::Describe().Parse(config), garden_context, library);
  MuxClient client(port, "streams=screen,garden&video=h264,none");
  std::map<std::size_t, std::set<int>> types;
  while (types.size() < 2) {
    const auto picture = client.NextPicture();
    ASSERT_TRUE(picture);
    types[picture->stream].insert(picture->type);
  }
  EXPECT_EQ(types[0], std::set<int>{kVideoType});
  EXPECT_EQ(types[1], std::set<int>{kJpeg});
}

TEST_F(VideoMux, BecomesPicturesWhenTheTopicDoes) {
  AppendUnits(Encode(kPlainH264, 30));
  Start();
  MuxClient client(port, "streams=screen&video=h264");
  while (const auto message = client.NextPicture()) {
    ASSERT_EQ(message->type, kVideoType);
    if (message->offset == 29) break;
  }
  AppendOne(1234);
  while (const auto message = client.NextPicture()) {
    if (message->type == kVideoType) continue;
    EXPECT_EQ(StreamClient::NumberOf(message->payload), 1234);
    return;
  }
  FAIL() << "no picture came";
}

TEST_F(VideoMux, BeginsAnewWhenTheSinkIsStartedAgain) {
  const auto units = Encode(kPlainH264, 48);
  AppendUnits(std::span(units).first(30));
  Start();
  MuxClient client(port, "streams=garden&video=h264");
  fakes::FakeViewContext garden_context{topic, "garden"};
  const RawConfig config{{"topics", topic.name()}, {"http.port", "0"}};
  for (int start = 0; start < 2; ++start) {
    MjpegHttpSink garden(MjpegHttpSink::Describe().Parse(config), garden_context, library);
    const auto begins = NextVideo(client);
    ASSERT_TRUE(begins);
    ASSERT_EQ(begins->type, 0) << "whose clock begins anew is said before its first fragment";
    std::string body;
    while (const auto message = client.NextPicture()) {
      body += message->payload;
      if (message->offset == 29) break;
    }
    EXPECT_THAT(Played(body), ElementsAreArray(Sequence(24, 30)));
  }
}

TEST_F(VideoMux, GoesOnWithTheNextKeyFrameForASlowReader) {
  const auto units = Encode(kPlainH264, 96);
  // So large that no buffer holds a group: what MP4 takes for a unit of its own, and decoders pass over.
  const std::string filler = std::string("\0\0\0\1\x0c", 5) + std::string(400'000, '\xff') + "\x80";
  const auto large = [&](const Unit& unit) {
    Unit made = unit;
    const auto bytes = unit.value.bytes();
    std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    made.value = Value(TextPayload(text + filler));
    return made;
  };
  AppendUnit(large(units[0]), Now());
  Start();
  MuxClient client(port, "streams=screen&video=h264", {}, 16 << 10);
  while (client.pending() == 0) ASSERT_TRUE(client.More(Clock::now() + kPatience));
  // It reads nothing while groups come and go.
  auto shown = [&](std::int64_t offset) {
    return Eventually([&] {
      const auto looked = library.channels().Of("screen")->LookAtVideo({});
      return looked.next.fragment && looked.next.fragment->id.offset == offset;
    });
  };
  for (int number = 1; number < 96; ++number) {
    AppendUnit(large(units[static_cast<std::size_t>(number)]), Now());
    if (number % 24 == 0) {
      ASSERT_TRUE(shown(number));
    }
  }
  std::int64_t last = -1;
  while (const auto message = client.NextPicture()) {
    if (last >= 0 && message->offset != last + 1) {
      EXPECT_EQ(message->offset % 24, 0) << "behind " << last;
    }
    last = message->offset;
    if (last == 95) break;
  }
  EXPECT_EQ(last, 95);
}

TEST_F(VideoMux, ReadsNothingWhenNobodyWatches) {
  AppendUnits(Encode(kPlainH264, 24));
  Start();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(MuxClient(port, "streams=screen&video=h264").NextPicture());
  EXPECT_TRUE(Eventually([&] { return library.channels().Of("screen")->watchers() == 0; }));
  EXPECT_EQ(library.channels().Of("screen")->LookAtVideo({}).kind, MuxVideo::Kind::kUnknown);
}

TEST_F(VideoMux, SaysWhatIsWrongWithTheQuery) {
  Start();
  const std::pair<const char*, const char*> wrong[] = {
      {"streams=a&video=", "h264, h265, any or none"},
      {"streams=a&video=mpeg2", "h264, h265, any or none"},
      {"streams=a,b&video=h264,h264,none", "h264, h265"},
      {"streams=a,b,c&video=h264,h265", "for each stream"},
      {"streams=a&video=h264&from=-1m", "video is of what is newest"},
  };
  for (const auto& [query, says] : wrong) {
    const Response response = Get(port, "/mux?" + std::string(query));
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_THAT(response.body, HasSubstr(says)) << query;
  }
  EXPECT_EQ(Get(port, "/mux?streams=a&video=none&from=-1m", "HEAD").status, 200);
}

}  // namespace
}  // namespace framespool::mjpeg
