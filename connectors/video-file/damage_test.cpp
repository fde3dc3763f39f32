// Truncated and damaged files give every frame that can be read, and then say what is missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "playing.h"

namespace framespool::video_file {
namespace {

using ::testing::Lt;
using ::testing::SizeIs;

constexpr const char* kFastStart = "-c:v libx264 -preset ultrafast -bf 2 -g 24 -pix_fmt yuv420p -movflags +faststart";

/// What the warning says was found and expected.
std::pair<int, int> FoundAndExpected(const fakes::FakeSourceContext& context) {
  const auto warnings = context.Lines(LogLevel::kWarn);
  if (warnings.size() != 1) return {-1, -1};
  const std::string middle = " frames could be read, ";
  const std::string about = "about ";
  const auto at = warnings[0].find(middle);
  if (at == std::string::npos || at == 0) return {-1, -1};
  const auto found = warnings[0].rfind(' ', at - 1) + 1;
  auto expected = at + middle.size();
  if (warnings[0].compare(expected, about.size(), about) == 0) expected += about.size();
  return {std::stoi(warnings[0].substr(found)), std::stoi(warnings[0].substr(expected))};
}

void ExpectFirstFramesThenAWarning(Playing& playing, int expected) {
  const auto numbers = Numbers(playing.TakeAll());
  ASSERT_GT(numbers.size(), 30U);
  ASSERT_LT(numbers.size(), static_cast<std::size_t>(expected));
  // The frame at the cut may be half a picture.
  for (std::size_t i = 0; i + 1 < numbers.size(); ++i) EXPECT_EQ(numbers[i], static_cast<int>(i));
  EXPECT_EQ(FoundAndExpected(playing.context), std::pair(static_cast<int>(numbers.size()), expected));
  EXPECT_EQ(std::get<std::int64_t>(playing.context.metrics().at("frames_expected")), expected);
  EXPECT_TRUE(playing.ended());
}

TEST(TruncatedFile, Mp4GivesItsFirstFramesThenAWarning) {
  const TestFolder folder;
  TestVideo{.frames = 100, .options = kFastStart}.Make(folder / "a.mp4");
  CutFile(folder / "a.mp4", 0.6);
  Playing playing({{"file", folder / "a.mp4"}});
  ExpectFirstFramesThenAWarning(playing, 100);
}

TEST(TruncatedFile, MkvGivesItsFirstFramesThenAWarning) {
  const TestFolder folder;
  TestVideo{.frames = 100, .options = kQuickH264}.Make(folder / "a.mkv");
  CutFile(folder / "a.mkv", 0.6);
  Playing playing({{"file", folder / "a.mkv"}});
  ExpectFirstFramesThenAWarning(playing, 100);
}

TEST(TruncatedFile, MotionJpegGivesItsFirstFramesThenAWarning) {
  const TestFolder folder;
  TestVideo{.frames = 100, .options = "-c:v mjpeg -q:v 3"}.Make(folder / "a.avi");
  CutFile(folder / "a.avi", 0.6);
  Playing playing({{"file", folder / "a.avi"}});
  ExpectFirstFramesThenAWarning(playing, 100);
}

TEST(TruncatedFile, NoFrameThatTheDecoderHasIsLeftInIt) {
  const TestFolder folder;
  TestVideo{.frames = 100, .options = kFastStart}.Make(folder / "a.mp4");
  CutFile(folder / "a.mp4", 0.6);
  const auto readable = FramesThatFfmpegReads(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}});
  EXPECT_THAT(playing.TakeAll(), SizeIs(readable));
}

TEST(TruncatedFile, MpegTsPromisesNothingSoNothingIsMissing) {
  const TestFolder folder;
  TestVideo{.frames = 100, .options = kQuickH264}.Make(folder / "a.ts");
  CutFile(folder / "a.ts", 0.6);
  Playing playing({{"file", folder / "a.ts"}});
  EXPECT_THAT(playing.TakeAll(), SizeIs(FramesThatFfmpegReads(folder / "a.ts")));
  EXPECT_TRUE(playing.ended());
}

TEST(DamagedFile, FramesBehindTheDamageAreRead) {
  const TestFolder folder;
  for (const char* name : {"a.mp4", "a.mkv", "a.avi", "a.ts"}) {
    const std::string file = folder / name;
    TestVideo{.frames = 120, .options = kQuickH264}.Make(file);
    DamageFile(file, 0.03);
    Playing playing({{"file", file}});
    const auto records = playing.TakeAll();
    EXPECT_EQ(NumberIn(records.at(0).value.bytes()), 0) << name;
    EXPECT_EQ(NumberIn(records.back().value.bytes()), 119) << name;
    EXPECT_EQ(records.size(), FramesThatFfmpegReads(file)) << name;
    for (std::size_t i = 0; i < records.size(); ++i) {
      EXPECT_EQ(HeaderNumber(records[i], "framespool.frame"), static_cast<std::int64_t>(i));
      if (i > 0) {
        EXPECT_GT(HeaderNumber(records[i], "framespool.pts.us"), HeaderNumber(records[i - 1], "framespool.pts.us"));
      }
    }
  }
}

TEST(DamagedFile, MissingFramesAreCountedInTheWarning) {
  const TestFolder folder;
  TestVideo{.frames = 120, .options = kQuickH264}.Make(folder / "a.avi");
  DamageFile(folder / "a.avi", 0.03);
  Playing playing({{"file", folder / "a.avi"}});
  const auto count = static_cast<int>(playing.TakeAll().size());
  ASSERT_LT(count, 120);
  EXPECT_EQ(FoundAndExpected(playing.context), std::pair(count, 120));
}

TEST(DamagedFile, MotionJpegSendsOnlyWholePictures) {
  const TestFolder folder;
  TestVideo{.frames = 120, .options = "-c:v mjpeg -q:v 3"}.Make(folder / "a.avi");
  DamageFile(folder / "a.avi", 0.03);
  Playing playing({{"file", folder / "a.avi"}});
  const auto records = playing.TakeAll();
  EXPECT_THAT(records, SizeIs(Lt(120U)));
  EXPECT_EQ(NumberIn(records.back().value.bytes()), 119);
  EXPECT_EQ(FoundAndExpected(playing.context), std::pair(static_cast<int>(records.size()), 120));
}

TEST(DamagedFile, GoesOnAtTheExactNextFrameBehindTheDamage) {
  const TestFolder folder;
  TestVideo{.frames = 120, .options = kQuickH264}.Make(folder / "a.mkv");
  DamageFile(folder / "a.mkv", 0.03);
  Playing playing({{"file", folder / "a.mkv"}});
  const auto all = playing.TakeAll();
  const std::size_t last = all.size() - 6;
  playing.context.Store(all[last]);
  playing.Restart();
  EXPECT_THAT(Numbers(playing.TakeAll()), ::testing::ElementsAre(115, 116, 117, 118, 119));
}

TEST(DamagedFile, IsTakenAsItIsOverAndOverInALoop) {
  const TestFolder folder;
  TestVideo{.frames = 100, .options = kFastStart}.Make(folder / "a.mp4");
  CutFile(folder / "a.mp4", 0.6);
  Playing playing({{"file", folder / "a.mp4"}, {"loop", "true"}});
  playing.Take(300);
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), SizeIs(1));
}

}  // namespace
}  // namespace framespool::video_file
