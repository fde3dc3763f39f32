// Access units as topics hold them, of files that ffmpeg writes: whatever the container, their bytes one behind the
// other are a byte stream that ffmpeg plays.
#include "framespool/media/access_units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "framespool/media/packet_reader.h"
#include "framespool/media/unit_decoder.h"
#include "test_video.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace framespool::media {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

std::vector<AccessUnit> UnitsOf(const std::string& path) {
  PacketReader packets(path, {});
  AccessUnits units(*packets.stream().codecpar, packets.stream().time_base);
  std::vector<AccessUnit> made;
  while (const auto packet = packets.Next()) {
    if (auto unit = units.Make(*packet->raw)) made.push_back(std::move(*unit));
  }
  return made;
}

std::vector<std::byte> Joined(const std::vector<AccessUnit>& units, std::size_t from) {
  std::vector<std::byte> bytes;
  for (std::size_t i = from; i < units.size(); ++i) {
    const auto unit = units[i].bytes.bytes();
    bytes.insert(bytes.end(), unit.begin(), unit.end());
  }
  return bytes;
}

/// How many start codes have three bytes.
int ShortStartCodes(std::span<const std::byte> bytes) {
  const std::byte zero{0};
  int count = 0;
  for (std::size_t i = 0; i + 2 < bytes.size(); ++i) {
    const bool code = bytes[i] == zero && bytes[i + 1] == zero && bytes[i + 2] == std::byte{1};
    if (code && (i == 0 || bytes[i - 1] != zero)) ++count;
  }
  return count;
}

struct File {
  const char* name;
  const char* file;
  std::string options;
  const char* content_type;
  const char* raw;  // the name of a byte stream of that codec
};
void PrintTo(const File& file, std::ostream* out) { *out << file.name; }

class AccessUnitsOf : public ::testing::TestWithParam<File> {};

TEST_P(AccessUnitsOf, AreAFileThatPlaysFromEachKeyFrameOn) {
  const TestFolder folder;
  const std::string file = folder / GetParam().file;
  TestVideo{.frames = 72, .options = GetParam().options}.Make(file);
  const auto units = UnitsOf(file);
  ASSERT_THAT(units, SizeIs(72));
  EXPECT_TRUE(units.front().is_key);
  int keys = 0;
  for (std::size_t i = 0; i < units.size(); ++i) {
    EXPECT_STREQ(ContentTypeOf(units[i].codec), GetParam().content_type);
    EXPECT_EQ(units[i].width, 320);
    EXPECT_EQ(units[i].height, 192);
    EXPECT_FALSE(units[i].broken);
    EXPECT_EQ(ShortStartCodes(units[i].bytes.bytes()), 0) << "unit " << i;
    if (!units[i].is_key) continue;
    ++keys;
    const std::string raw = folder / GetParam().raw;
    WriteFile(raw, Joined(units, i));
    // What an open group shows before its key frame needs the group before; nothing else is missing.
    const auto leading =
        static_cast<std::size_t>(std::count_if(units.begin() + static_cast<std::ptrdiff_t>(i), units.end(),
                                               [&](const AccessUnit& each) { return each.pts_us < units[i].pts_us; }));
    EXPECT_GE(FramesThatFfmpegReads(raw), units.size() - i - leading) << "from unit " << i;
  }
  EXPECT_GE(keys, 3);
}

TEST_P(AccessUnitsOf, TellTheirTimesInTheOrderOfDecoding) {
  const TestFolder folder;
  const std::string file = folder / GetParam().file;
  TestVideo{.frames = 30, .options = GetParam().options}.Make(file);
  const auto units = UnitsOf(file);
  ASSERT_THAT(units, SizeIs(30));
  std::vector<std::int64_t> shown;
  for (std::size_t i = 0; i < units.size(); ++i) {
    ASSERT_TRUE(units[i].pts_us);
    if (units[i].dts_us) {  // Matroska has none, and what libavformat makes of that begins later
      EXPECT_GE(*units[i].pts_us, *units[i].dts_us);
    }
    if (i > 0 && units[i].dts_us && units[i - 1].dts_us) {
      EXPECT_GT(*units[i].dts_us, *units[i - 1].dts_us);
    }
    shown.push_back(*units[i].pts_us);
  }
  EXPECT_FALSE(std::is_sorted(shown.begin(), shown.end())) << "no frames were reordered: this tests nothing";
  std::sort(shown.begin(), shown.end());
  EXPECT_EQ(shown.front(), *units.front().pts_us);
  EXPECT_NEAR(static_cast<double>(shown.back() - shown.front()), 29 * 1e6 / 30, 2000);
}

TEST_P(AccessUnitsOf, AreAllDecodedHoweverFewFollowTheirKeyFrame) {
  const TestFolder folder;
  const std::string file = folder / GetParam().file;
  TestVideo{.frames = 60, .options = GetParam().options}.Make(file);
  const auto units = UnitsOf(file);
  UnitDecoder decoder(units.front().codec);
  for (std::size_t key = 0; key < units.size(); ++key) {
    if (!units[key].is_key) continue;
    for (std::size_t end = key + 1; end <= std::min(units.size(), key + 12); ++end) {
      std::vector<std::int64_t> sent, shown;
      const auto receive = [&] {
        while (const auto decoded = decoder.Receive()) shown.push_back(decoded->tag);
      };
      for (std::size_t i = key; i < end; ++i) {
        if (*units[i].pts_us < *units[key].pts_us) continue;  // it needs the group before
        sent.push_back(*units[i].pts_us);
        EXPECT_TRUE(decoder.Send(units[i].bytes.bytes(), sent.back(), false));
        receive();
      }
      decoder.End();
      receive();
      std::sort(sent.begin(), sent.end());
      EXPECT_EQ(shown, sent) << "units " << key << " to " << end;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Containers, AccessUnitsOf,
    ::testing::Values(File{"H264Mp4", "a.mp4", kH264, "video/h264", "raw.h264"},
                      File{"H264Mkv", "a.mkv", kH264, "video/h264", "raw.h264"},
                      File{"H264MpegTs", "a.ts", kH264, "video/h264", "raw.h264"},
                      File{"H264OpenGroups", "o.mp4", kH264 + " -x264-params open-gop=1:scenecut=0", "video/h264",
                           "raw.h264"},
                      File{"H264ManyLeading", "l.mp4",
                           "-c:v libx264 -preset veryfast -bf 8 -g 15 -pix_fmt yuv420p -x264-params "
                           "open-gop=1:b-pyramid=normal:b-adapt=0:scenecut=0",
                           "video/h264", "raw.h264"},
                      File{"H265Mp4", "b.mp4", kH265 + " -tag:v hvc1", "video/h265", "raw.h265"},
                      File{"H265Mkv", "b.mkv", kH265, "video/h265", "raw.h265"},
                      File{"H265MpegTs", "b.ts", kH265, "video/h265", "raw.h265"},
                      File{"H265ClosedGroups", "c.mp4",
                           "-c:v libx265 -preset ultrafast -x265-params "
                           "log-level=none:bframes=3:keyint=24:open-gop=0 -pix_fmt yuv420p",
                           "video/h265", "raw.h265"}),
    [](const auto& chosen) { return std::string(chosen.param.name); });

TEST(AccessUnits, KeyFramesThatComeWithoutParameterSetsGetThoseOfTheContainer) {
  const TestFolder folder;
  TestVideo{.frames = 50, .options = kH264}.Make(folder / "a.mp4");
  const auto units = UnitsOf(folder / "a.mp4");
  for (const AccessUnit& unit : units) {
    const auto bytes = unit.bytes.bytes();
    const auto type = std::to_integer<unsigned>(bytes[4]) & 0x1fU;
    EXPECT_EQ(type == 7, unit.is_key);  // an SPS comes first
  }
}

TEST(AccessUnits, APictureInTheMiddleOfAGroupIsNoKeyFrameThoughTheContainerSaysSo) {
  const TestFolder folder;
  TestVideo{.frames = 30, .options = kH264}.Make(folder / "a.mp4");
  PacketReader packets(folder / "a.mp4", {});
  AccessUnits units(*packets.stream().codecpar, packets.stream().time_base);
  std::vector<bool> keys;
  while (const auto packet = packets.Next()) {
    packet->raw->flags |= AV_PKT_FLAG_KEY;
    if (const auto unit = units.Make(*packet->raw)) keys.push_back(unit->is_key);
  }
  EXPECT_EQ(std::count(keys.begin(), keys.end(), true), 2);
}

TEST(AccessUnits, ANewSizeOnTheWayIsTold) {
  const TestFolder folder;
  TestVideo{.frames = 24, .options = kH264}.Make(folder / "a.ts");
  TestVideo{.frames = 24, .options = kH264 + " -vf scale=160:96"}.Make(folder / "b.ts");
  auto both = ReadFile(folder / "a.ts");
  const auto second = ReadFile(folder / "b.ts");
  both.insert(both.end(), second.begin(), second.end());
  WriteFile(folder / "ab.ts", both);
  const auto units = UnitsOf(folder / "ab.ts");
  EXPECT_EQ(units.front().width, 320);
  EXPECT_EQ(units.back().width, 160);
  EXPECT_EQ(units.back().height, 96);
}

TEST(AccessUnits, OfDamagedPacketsAreMadeAsFarAsTheyGo) {
  const TestFolder folder;
  for (const auto& [name, options] : {std::pair{"a.mp4", kH264}, std::pair{"b.mp4", kH265}}) {
    TestVideo{.frames = 60, .options = options}.Make(folder / name);
    PacketReader packets(folder / name, {});
    AccessUnits units(*packets.stream().codecpar, packets.stream().time_base);
    int number = 0;
    int made = 0;
    while (const auto packet = packets.Next()) {
      AVPacket& raw = *packet->raw;
      // Cut off, then noise, then nothing at all: each says something of its length that is not true.
      if (number % 7 == 3) av_shrink_packet(&raw, raw.size / 2);
      if (number % 7 == 5) std::fill_n(raw.data, raw.size, std::uint8_t{0xa5});
      if (number % 7 == 6) av_shrink_packet(&raw, 0);
      if (units.Make(raw)) ++made;
      ++number;
    }
    EXPECT_GE(made, 60 * 3 / 7) << name;
  }
}

TEST(VideoRecord, SaysInItsHeadersWhatItsReaderNeeds) {
  SourceRecord key;
  Describe(key, {.codec = VideoCodec::kH265,
                 .gop = 0,
                 .session = 3,
                 .pts_us = 80'000,
                 .dts_us = 0,
                 .capture_us = 1'700'000'000'000'000,
                 .width = 1920,
                 .height = 1080,
                 .broken = false});
  EXPECT_THAT(key.headers,
              ElementsAre(Header{"content-type", "video/h265"}, Header{"framespool.gop", "0"},
                          Header{"framespool.session", "3"}, Header{"framespool.pts.us", "80000"},
                          Header{"framespool.dts.us", "0"}, Header{"framespool.capture.us", "1700000000000000"},
                          Header{"framespool.width", "1920"}, Header{"framespool.height", "1080"}));
  EXPECT_EQ(key.sync_point, SyncPoint::kHere);

  SourceRecord next;
  Describe(next, {.codec = VideoCodec::kH264,
                  .gop = 7,
                  .session = 0,
                  .pts_us = 5,
                  .dts_us = 5,
                  .capture_us = std::nullopt,
                  .width = 2,
                  .height = 4,
                  .broken = true});
  EXPECT_EQ(next.sync_point, SyncPoint::kBefore);
  EXPECT_EQ(FindHeader(next.headers, "framespool.dts.us"), std::nullopt);
  const auto read = ReadVideoFacts(next.headers);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->codec, VideoCodec::kH264);
  EXPECT_EQ(read->gop, 7);
  EXPECT_EQ(read->pts_us, 5);
  EXPECT_EQ(read->dts_us, std::nullopt);
  EXPECT_EQ(read->height, 4);
  EXPECT_TRUE(read->broken);
  EXPECT_FALSE(ReadVideoFacts({{"content-type", "image/jpeg"}, {"framespool.gop", "0"}}));
}

}  // namespace
}  // namespace framespool::media
