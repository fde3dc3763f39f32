// /clip?format=mp4 of H.264 and H.265: cut to the picture, and nothing encoded.

#include "clip/remux.h"
#include "http/byte_range.h"
#include "video_fixture.h"

namespace framespool::mjpeg {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

class VideoClip : public VideoFixture {
 protected:
  Response Ask(const std::string& query, const std::string& headers = {}, const std::string& method = "GET") {
    return Exchange(port, method + " /clip?format=mp4" + query + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n");
  }
  std::vector<int> Played(const std::string& body) {
    const std::string file = folder / "clip.mp4";
    WriteFile(file, std::as_bytes(std::span(body)));
    return PlayedFrom(file);
  }
  /// Units of one group, again and again.
  void AppendGroups(std::span<const Unit> group, int groups) {
    const Timestamp start = Now() - std::chrono::hours(2);
    const auto length = std::chrono::microseconds(group.size() * 1'000'000 / 30);
    for (int each = 0; each < groups; ++each) {
      for (std::size_t i = 0; i < group.size(); ++i) {
        Unit unit = group[i];
        unit.facts.pts_us += length.count() * each;
        if (unit.facts.dts_us) *unit.facts.dts_us += length.count() * each;
        const auto shown = length * each + std::chrono::microseconds(i * 1'000'000 / 30);
        AppendUnit(unit, start + std::chrono::duration_cast<std::chrono::milliseconds>(shown));
      }
    }
  }
};

TEST_F(VideoClip, HasTheUnitsAsTheyAreAndSaysItsLengthFirst) {
  const auto units = Encode(kH264, 72);
  AppendUnits(units);
  Start();
  const Response clip = Ask("&from=30&until=50");
  EXPECT_EQ(clip.status, 200);
  EXPECT_EQ(clip.headers.at("Content-Length"), std::to_string(clip.body.size()));
  EXPECT_EQ(clip.headers.at("X-Framespool-Frames"), "20");
  EXPECT_EQ(clip.headers.at("X-Framespool-First-Offset"), "30");
  EXPECT_EQ(clip.headers.at("X-Framespool-Last-Offset"), "49");
  for (std::size_t i = 24; i < 50; ++i) {
    const std::string_view unit = units[i].value.text();
    EXPECT_THAT(clip.body, HasSubstr(unit.substr(unit.size() - std::min<std::size_t>(unit.size(), 20)))) << i;
  }
  EXPECT_THAT(Played(clip.body), ElementsAreArray(Sequence(30, 50)));
  const Response head = Ask("&from=30&until=50", {}, "HEAD");
  EXPECT_EQ(head.headers.at("Content-Length"), clip.headers.at("Content-Length"));
  EXPECT_EQ(head.body, "");
}

TEST_F(VideoClip, IsSentInParts) {
  AppendUnits(Encode(kH264, 72));
  Start();
  const Response clip = Ask("&from=10&until=60");
  const std::size_t size = clip.body.size();
  const std::string tag = clip.headers.at("ETag");
  for (const std::size_t first : {std::size_t{0}, std::size_t{7}, size / 3, size / 2, size - 1}) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{100}, size}) {
      const std::size_t end = std::min(size, first + count);
      const Response part =
          Ask("&from=10&until=60", "Range: bytes=" + std::to_string(first) + "-" + std::to_string(first + count - 1) +
                                       "\r\nIf-Range: " + tag + "\r\n");
      ASSERT_EQ(part.status, 206);
      EXPECT_EQ(part.headers.at("Content-Range"),
                "bytes " + std::to_string(first) + "-" + std::to_string(end - 1) + "/" + std::to_string(size));
      EXPECT_TRUE(part.body == clip.body.substr(first, count)) << first << "+" << count;
    }
  }
  EXPECT_EQ(Ask("&from=10&until=60", "Range: bytes=" + std::to_string(size) + "-\r\n").status, 416);
  EXPECT_EQ(Ask("&from=10&until=60", "Range: bytes=0-9\r\nIf-Range: \"another\"\r\n").body.size(), size);
  EXPECT_NE(Ask("&from=11&until=60").headers.at("ETag"), tag);
}

TEST_F(VideoClip, IsPlannedOnceForAllItsParts) {
  const auto units = Encode(kH264, 96);
  AppendUnits(std::span(units).first(72));
  Decoders decoders(context, topic.name(), 4);
  KnownRemuxes known;
  const auto plan = [&](std::int64_t from, std::int64_t until, Measure measure = Measure::kByBeginnings) {
    Track track(context, topic.name(), decoders, {}, Units::kAsStored);
    ClipQuery query;
    query.from = {.kind = Moment::Kind::kOffset, .offset = from, .partition = 0, .time = {}};
    query.until = {.kind = Moment::Kind::kOffset, .offset = until, .partition = 0, .time = {}};
    ClipProgress progress;
    return MakeRemux(query, track, measure, known, progress, [] { return true; }, {});
  };
  const RemuxPtr first = plan(10, 60);
  ASSERT_TRUE(first);
  EXPECT_EQ(plan(10, 60), first);
  EXPECT_NE(plan(11, 60), first);
  EXPECT_NE(plan(10, 60, Measure::kWhole), first);
  EXPECT_EQ(plan(10, 60), first);
  // What comes just behind may be shown before its end.
  AppendUnits(std::span(units).subspan(72));
  EXPECT_NE(plan(10, 60), first);
  // Of many, those that were used last.
  const RemuxPtr kept = plan(0, 70);
  for (int from = 1; from < 8; ++from) {
    ASSERT_TRUE(plan(from, 70));
    EXPECT_EQ(plan(0, 70), kept);
  }
  for (int from = 1; from < 9; ++from) ASSERT_TRUE(plan(from, 50));
  EXPECT_NE(plan(0, 70), kept);
}

TEST(KnownRemuxes, GivesNothingThatTheTopicHasDeletedAndKeepsNothingLarge) {
  KnownRemuxes known;
  const auto remux = [](std::size_t units) {
    Remux made;
    made.offsets.assign(units, 30);
    made.ends.assign(units, 1);
    return std::make_shared<const Remux>(std::move(made));
  };
  const KnownRemuxes::Key key{.partition = 0, .from = 35, .until = 40, .end = 50, .key = "a"};
  known.Keep(key, remux(10));
  EXPECT_TRUE(known.Find(key, 30));
  EXPECT_FALSE(known.Find(key, 31));
  known.Keep(key, remux(3'000'000));
  EXPECT_FALSE(known.Find(key, 0));
}

TEST_F(VideoClip, HasNoMostOfFrames) {
  auto units = Encode(kPlainH264, 24);
  AppendGroups(units, 2'800);
  Start();
  const Response clip = Ask("&from=5&until=67000");
  EXPECT_EQ(clip.status, 200);
  EXPECT_EQ(clip.headers.at("X-Framespool-Frames"), "66995");
  EXPECT_EQ(clip.headers.at("Content-Length"), std::to_string(clip.body.size()));
  const Response end = Ask("&from=66990&until=67000");
  std::vector<int> wanted;
  for (int number = 66'990; number < 67'000; ++number) wanted.push_back(number % 24);
  EXPECT_THAT(Played(end.body), ElementsAreArray(wanted));
}

TEST_F(VideoClip, HasUnitsThatAreNotAsLongAsTheyBegin) {
  // As another program may write them: a start code of three bytes, far behind the beginning.
  const auto longer = [](const Unit& unit) {
    std::string text(unit.value.text());
    text += std::string("\0\0\0\1\x0C", 5) + std::string(3'000, '\xFF') + '\x80';
    text += std::string("\0\0\1\x0C\xFF\xFF\x80", 7);
    return Unit{TextPayload(text), unit.facts};
  };
  auto units = Encode(kH264, 72);
  units[30] = longer(units[30]);
  AppendUnits(units);
  Start();
  const Response cut = Ask("&from=earliest");
  EXPECT_NE(std::to_string(cut.body.size()), cut.headers.at("Content-Length"));
  const Response whole = Ask("&from=earliest");
  EXPECT_EQ(std::to_string(whole.body.size()), whole.headers.at("Content-Length"));
  EXPECT_THAT(Played(whole.body), ElementsAreArray(Sequence(0, 72)));
}

TEST_F(VideoClip, HasUnitsWithShortStartCodes) {
  auto units = Encode(kH264, 48);
  for (Unit& unit : units) {
    std::string text(unit.value.text());
    for (std::size_t at = 0; (at = text.find(std::string("\0\0\0\1", 4), at)) != std::string::npos; ++at) {
      text.erase(at, 1);
    }
    unit.value = TextPayload(text + std::string("\0\0\1\x0C", 4) + std::string(3'000, '\xFF') + '\x80');
  }
  AppendUnits(units);
  Start();
  const Response clip = Ask("&from=earliest");
  EXPECT_EQ(std::to_string(clip.body.size()), clip.headers.at("Content-Length"));
  EXPECT_THAT(Played(clip.body), ElementsAreArray(Sequence(0, 48)));
}

TEST_F(VideoClip, MakesATimeLapseOfKeyFrames) {
  const auto units = Encode(kH264, 120);
  AppendUnits(units);
  Start();
  const Response clip = Ask("&from=earliest&speed=10");
  EXPECT_EQ(clip.status, 200) << clip.body;
  EXPECT_THAT(Played(clip.body), ElementsAreArray({0, 24, 48, 72, 96}));
  // At most 30 a second.
  EXPECT_EQ(Ask("&from=earliest&speed=60").headers.at("X-Framespool-Frames"), "2");
  EXPECT_EQ(Get(port, "/clip?speed=10").status, 400);
  EXPECT_EQ(Ask("&speed=0").status, 400);
}

TEST_F(VideoClip, LeavesOutWhatIsNotToBeShown) {
  auto units = Encode(kH265, 48);
  for (Unit& unit : units) unit.facts.hidden = unit.facts.pts_us < 10 * 1'000'000 / 30 - 1000;
  AppendUnits(units);
  Start();
  EXPECT_THAT(Played(Ask("&from=earliest").body), ElementsAreArray(Sequence(10, 48)));
}

TEST_F(VideoClip, IsEncodedWhereTheSpanIsNotOneVideo) {
  AppendUnits(Encode(kPlainH264, 30));
  AppendUnits(Encode(kH265, 30));
  Start();
  const Response clip = Ask("&from=20&until=40");
  EXPECT_EQ(clip.status, 200);
  EXPECT_FALSE(clip.headers.contains("Accept-Ranges"));
  EXPECT_EQ(Played(clip.body).size(), 20U);
  EXPECT_EQ(Ask("&from=earliest&speed=2").status, 422);
}

TEST(ByteRange, IsWhatTheHeaderAsksFor) {
  const auto range = [](std::string_view header) {
    const ByteRange found = ByteRangeOf(header, 100);
    return std::to_string(found.status) + " " + std::to_string(found.first) + " " + std::to_string(found.end);
  };
  EXPECT_EQ(range(""), "200 0 100");
  EXPECT_EQ(range("bytes=0-"), "206 0 100");
  EXPECT_EQ(range("bytes=0-0"), "206 0 1");
  EXPECT_EQ(range("bytes=10-1000"), "206 10 100");
  EXPECT_EQ(range("bytes=-10"), "206 90 100");
  EXPECT_EQ(range("bytes=-1000"), "206 0 100");
  EXPECT_EQ(range("bytes=100-"), "416 0 0");
  EXPECT_EQ(range("bytes=-0"), "416 0 0");
  EXPECT_EQ(range("bytes=9-3"), "200 0 100");
  EXPECT_EQ(range("bytes=0-1,5-6"), "200 0 100");
  EXPECT_EQ(range("bytes=--1"), "200 0 100");
  EXPECT_EQ(range("bytes=99999999999999999999-"), "200 0 100");
  EXPECT_EQ(range("frames=0-1"), "200 0 100");
}

}  // namespace
}  // namespace framespool::mjpeg
