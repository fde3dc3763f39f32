// Fragmented MP4 of access units: what ffmpeg plays from each key frame on.
#include "framespool/media/fragmented_mp4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framespool/media/access_units.h"
#include "framespool/media/packet_reader.h"
#include "test_video.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace framespool::media {
namespace {

using ::testing::MatchesRegex;

const std::string kClosedH264 = "-c:v libx264 -preset veryfast -bf 3 -g 24 -sc_threshold 0 -pix_fmt yuv420p";
const std::string kClosedH265 =
    "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=3:keyint=24:open-gop=0 -pix_fmt yuv420p";

struct Unit {
  Payload bytes;
  VideoFacts facts;
};

std::vector<Unit> MakeUnits(const std::string& options, int frames = 60) {
  const TestFolder folder;
  const std::string file = folder / "video.mp4";
  TestVideo{.frames = frames, .options = options}.Make(file);
  PacketReader packets(file, {});
  AccessUnits units(*packets.stream().codecpar, packets.stream().time_base);
  std::vector<Unit> made;
  std::int64_t gop = 0;
  while (const auto packet = packets.Next()) {
    auto unit = units.Make(*packet->raw);
    if (!unit) continue;
    VideoFacts facts;
    facts.codec = unit->codec;
    facts.gop = gop = unit->is_key ? 0 : gop + 1;
    facts.pts_us = unit->pts_us.value_or(0);
    facts.dts_us = unit->dts_us;
    facts.width = unit->width;
    facts.height = unit->height;
    made.push_back({unit->bytes, facts});
  }
  return made;
}

void Put(std::vector<std::byte>& body, std::span<const std::byte> bytes) {
  body.insert(body.end(), bytes.begin(), bytes.end());
}

std::string Probe(const std::string& file, const std::string& entries) {
  return RunFfprobe("-count_frames -select_streams v:0 -show_entries " + entries + " -of csv=p=0 " + file);
}

class Fragments : public ::testing::TestWithParam<const std::string*> {};

TEST_P(Fragments, AreAFileFromEachKeyFrameOn) {
  const auto units = MakeUnits(*GetParam());
  FragmentedMp4 mp4;
  std::vector<FragmentedMp4::Fragment> fragments;
  for (const Unit& unit : units) {
    auto fragment = mp4.Add(unit.bytes.bytes(), unit.facts);
    ASSERT_TRUE(fragment);
    fragments.push_back(std::move(*fragment));
  }
  ASSERT_EQ(fragments.size(), 60U);
  EXPECT_EQ(fragments.front().start, fragments.back().start);
  const TestFolder folder;
  for (const std::size_t from : {0u, 24u, 48u}) {
    EXPECT_TRUE(fragments[from].begins);
    std::vector<std::byte> body;
    Put(body, fragments[from].start->bytes.bytes());
    for (std::size_t i = from; i < fragments.size(); ++i) Put(body, fragments[i].bytes);
    const std::string file = folder / "body.mp4";
    WriteFile(file, body);
    EXPECT_EQ(FramesThatFfmpegReads(file), fragments.size() - from);
    EXPECT_EQ(Probe(file, "stream=width,height"), "320,192\n");
  }
}

TEST_P(Fragments, KeepTheTimesOfTheUnits) {
  const auto units = MakeUnits(*GetParam());
  FragmentedMp4 mp4;
  std::vector<std::byte> body;
  for (const Unit& unit : units) {
    const auto fragment = mp4.Add(unit.bytes.bytes(), unit.facts);
    ASSERT_TRUE(fragment);
    if (body.empty()) Put(body, fragment->start->bytes.bytes());
    Put(body, fragment->bytes);
  }
  const TestFolder folder;
  const std::string file = folder / "body.mp4";
  WriteFile(file, body);
  const std::string text = RunFfprobe("-select_streams v:0 -show_entries packet=pts,dts -of csv=p=0 " + file);
  std::size_t line = 0;
  const std::int64_t first = *units.front().facts.dts_us;
  std::istringstream lines(text);
  for (std::string each; std::getline(lines, each); ++line) {
    ASSERT_LT(line, units.size());
    const std::string wanted =
        std::to_string(units[line].facts.pts_us - first) + "," + std::to_string(*units[line].facts.dts_us - first);
    EXPECT_THAT(each, ::testing::StartsWith(wanted)) << "unit " << line;
  }
  EXPECT_EQ(line, units.size());
}

INSTANTIATE_TEST_SUITE_P(Of, Fragments, ::testing::Values(&kClosedH264, &kClosedH265),
                         [](const auto& each) { return each.param == &kClosedH264 ? "H264" : "H265"; });

TEST(FragmentedMp4, SaysItsCodecAsBrowsersAskForIt) {
  FragmentedMp4 mp4;
  const auto h264 = MakeUnits(kClosedH264, 5);
  const auto h265 = MakeUnits(kClosedH265, 5);
  EXPECT_THAT(mp4.Add(h264[0].bytes.bytes(), h264[0].facts)->start->codecs, MatchesRegex("avc1\\.6400[0-9A-F]{2}"));
  EXPECT_THAT(mp4.Add(h265[0].bytes.bytes(), h265[0].facts)->start->codecs,
              MatchesRegex("hvc1\\.1\\.6\\.L[0-9]+(\\.[0-9A-F]+)*"));
}

TEST(FragmentedMp4, BeginsAnewWithOtherParameterSetsAndGoesOnInTime) {
  FragmentedMp4 mp4;
  const auto one = MakeUnits(kClosedH264, 30);
  const auto other = MakeUnits("-c:v libx264 -profile:v baseline -bf 0 -g 24 -pix_fmt yuv420p -vf scale=160:96", 5);
  std::shared_ptr<const Mp4Start> start;
  for (const Unit& unit : one) start = mp4.Add(unit.bytes.bytes(), unit.facts)->start;
  for (const Unit& unit : other) {
    const auto fragment = mp4.Add(unit.bytes.bytes(), unit.facts);
    ASSERT_TRUE(fragment);
    EXPECT_NE(fragment->start, start);
  }
}

/// Of the one sample of a fragment: in its trun, before size, flags and composition time.
std::int64_t LastsUs(const FragmentedMp4::Fragment& fragment) {
  const std::string_view text(reinterpret_cast<const char*>(fragment.bytes.data()), fragment.bytes.size());
  const std::size_t at = text.find("mdat") - 4 - 16;
  std::int64_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<std::int64_t>(fragment.bytes[at + i]);
  return value;
}

/// Media Source Extensions, 3.5.8: what is decoded later than twice what the last one was to last is thrown away.
TEST(FragmentedMp4, LosesABrowserNothingOfFewFramesASecondNorOfUnsteadyOnes) {
  auto units = MakeUnits(kClosedH264, 60);
  const std::vector<std::vector<std::int64_t>> steps = {
      {40'000}, {100'000}, {200'000}, {1'000'000}, {20'000, 60'000}, {5'000, 5'000, 5'000, 1'900'000}};
  for (const auto& each : steps) {
    SCOPED_TRACE(each.back());
    FragmentedMp4 mp4;
    std::optional<FragmentedMp4::Fragment> last;
    std::int64_t time = 0;
    for (std::size_t i = 0; i < units.size(); ++i) {
      units[i].facts.dts_us = units[i].facts.pts_us = time;
      auto fragment = mp4.Add(units[i].bytes.bytes(), units[i].facts);
      ASSERT_TRUE(fragment);
      EXPECT_EQ(fragment->shown_us, time);
      EXPECT_LE(fragment->decoded_us, time);
      if (last) {
        EXPECT_GT(fragment->decoded_us, last->decoded_us);
        EXPECT_LE(fragment->decoded_us - last->decoded_us, 2 * LastsUs(*last)) << i;
      }
      last = std::move(fragment);
      time += each[i % each.size()];
    }
  }
}

TEST(FragmentedMp4, LeavesTheRoomAroundAFragmentThatIsAskedFor) {
  const auto units = MakeUnits(kClosedH264, 5);
  FragmentedMp4 one, other;
  for (const Unit& unit : units) {
    const auto bare = one.Add(unit.bytes.bytes(), unit.facts);
    const auto roomy = other.Add(unit.bytes.bytes(), unit.facts, {.before = 70, .behind = 2});
    ASSERT_TRUE(bare && roomy);
    ASSERT_EQ(roomy->bytes.size(), bare->bytes.size() + 72);
    EXPECT_TRUE(std::equal(bare->bytes.begin(), bare->bytes.end(), roomy->bytes.begin() + 70));
  }
}

TEST(FragmentedMp4, LeavesOutWhatFollowsAMissingUnitUpToTheNextKeyFrame) {
  FragmentedMp4 mp4;
  const auto units = MakeUnits(kClosedH264, 60);
  std::vector<std::size_t> made;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (i != 10 && mp4.Add(units[i].bytes.bytes(), units[i].facts)) made.push_back(i);
  }
  ASSERT_EQ(made.size(), 10U + 36U);
  EXPECT_EQ(made[9], 9U);
  EXPECT_EQ(made[10], 24U);
}

TEST(FragmentedMp4, HasTimesForAnotherSpeedAndWithoutGaps) {
  FragmentedMp4 mp4(8);
  auto units = MakeUnits("-c:v libx264 -preset veryfast -tune zerolatency -g 24 -pix_fmt yuv420p", 48);
  constexpr std::int64_t kHour = 3'600'000'000;
  for (std::size_t i = 24; i < units.size(); ++i) {
    units[i].facts.pts_us += kHour;
    if (units[i].facts.dts_us) *units[i].facts.dts_us += kHour;
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    const auto fragment = mp4.Add(units[i].bytes.bytes(), units[i].facts);
    ASSERT_TRUE(fragment);
    EXPECT_NEAR(static_cast<double>(fragment->shown_us), static_cast<double>(i) * 1e6 / 30 / 8, 20) << i;
  }
}

TEST(FragmentedMp4, TellsPlayersHowItsPicturesLie) {
  const auto units = MakeUnits(kClosedH264, 5);
  const TestFolder folder;
  for (const auto& [orientation, rotation] : {std::pair{3, "-180"}, {6, "-90"}, {8, "90"}, {1, ""}}) {
    FragmentedMp4 mp4;
    std::vector<std::byte> body;
    for (const Unit& unit : units) {
      VideoFacts facts = unit.facts;
      facts.orientation = orientation;
      const auto fragment = mp4.Add(unit.bytes.bytes(), facts);
      ASSERT_TRUE(fragment);
      if (body.empty()) Put(body, fragment->start->bytes.bytes());
      Put(body, fragment->bytes);
    }
    const std::string file = folder / "body.mp4";
    WriteFile(file, body);
    EXPECT_THAT(Probe(file, "stream_side_data=rotation"), ::testing::StartsWith(rotation)) << orientation;
    EXPECT_EQ(FramesThatFfmpegReads(file), 5U);
  }
}

TEST(FragmentedMp4, WaitsForAKeyFrameAndRefusesWhatHasNoParameterSets) {
  FragmentedMp4 mp4;
  auto units = MakeUnits(kClosedH264, 30);
  EXPECT_FALSE(mp4.Add(units[1].bytes.bytes(), units[1].facts));
  VideoFacts key = units[1].facts;
  key.gop = 0;
  EXPECT_FALSE(mp4.Add(units[1].bytes.bytes(), key));
  EXPECT_FALSE(mp4.Add({}, units[0].facts));
  EXPECT_TRUE(mp4.Add(units[0].bytes.bytes(), units[0].facts));
}

}  // namespace
}  // namespace framespool::media
