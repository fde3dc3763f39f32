// Colours are what the file means: by matrix, range and, for HDR, transfer and primaries.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "playing.h"

namespace framespool::video_file {
namespace {

using ::testing::SizeIs;

constexpr int kColourNear = 3;

Colour First(const RawConfig& raw) {
  Playing playing(raw);
  const auto records = playing.Take(1);
  return records.empty() ? Colour{-1, -1, -1} : ColourAt(records[0].value.bytes(), 0.5, 0.5);
}

void ExpectColour(const std::string& file, const Colour& wanted, int near = kColourNear) {
  for (const RawConfig& config :
       {RawConfig{}, RawConfig{{"format", "png"}}, RawConfig{{"width", "80"}}, RawConfig{{"width", "200"}}}) {
    RawConfig raw = config;
    raw["file"] = file;
    const Colour found = First(raw);
    EXPECT_TRUE(IsNear(found, wanted, near)) << Text(found) << " of " << file << ", wanted " << Text(wanted);
  }
}

TEST(Colours, OfBt709AreGreenAsTheyWere) {
  const TestFolder folder;
  RunFfmpeg(
      "-f lavfi -i color=0x1EB41E:s=160x120:r=10:d=1 -vf scale=out_color_matrix=bt709:out_range=tv -colorspace bt709 "
      "-color_primaries bt709 -color_trc bt709 -color_range tv -c:v libx264 -pix_fmt yuv420p '" +
      (folder / "bt709.mp4") + "'");
  ExpectColour(folder / "bt709.mp4", {27, 176, 27});
}

TEST(Colours, OfTenBitsAndFullRangeAreNotClipped) {
  const TestFolder folder;
  for (const auto& [hex, level] : {std::pair("0x808080", 128), std::pair("0xF0F0F0", 240)}) {
    const std::string file = folder / (std::string(hex) + ".mp4");
    RunFfmpeg("-f lavfi -i color=" + std::string(hex) +
              ":s=160x120:r=10:d=0.5 -vf scale=out_range=pc -color_range pc -c:v libx265 "
              "-x265-params log-level=none:range=full -pix_fmt yuv420p10le '" +
              file + "'");
    ExpectColour(file, {level, level, level}, 2);
  }
}

/// The middle of the first frame as the ffmpeg program converts it.
Colour AsFfmpegShows(const std::string& file) {
  const std::string raw = file + ".rgb";
  RunFfmpeg("-i '" + file + "' -frames:v 1 -vf crop=2:2:80:60 -pix_fmt rgb24 -f rawvideo '" + raw + "'");
  const auto bytes = ReadFile(raw);
  return {std::to_integer<int>(bytes.at(0)), std::to_integer<int>(bytes.at(1)), std::to_integer<int>(bytes.at(2))};
}

TEST(Colours, OfEveryMatrixRangeAndPixelFormatAreWithinTwoLevelsOfFfmpegs) {
  const TestFolder folder;
  int number = 0;
  for (const char* matrix : {"smpte170m", "bt709", "bt2020nc"}) {
    for (const char* range : {"tv", "pc"}) {
      for (const char* format : {"yuv420p", "yuv422p10le", "yuv444p", "yuv420p12le"}) {
        const std::string file = folder / (std::to_string(++number) + ".mkv");
        const std::string of_scale = std::string(matrix) == "bt2020nc" ? "bt2020" : matrix;
        RunFfmpeg("-f lavfi -i color=0xC83C28:s=160x120:r=10:d=0.1 -vf scale=out_color_matrix=" + of_scale +
                  ":out_range=" + range + " -colorspace " + matrix + " -color_range " + range + " -c:v ffv1 -pix_fmt " +
                  format + " '" + file + "'");
        const Colour wanted = AsFfmpegShows(file);
        ASSERT_TRUE(IsNear(wanted, {200, 60, 40}, 5)) << Text(wanted);
        for (const RawConfig& config : {RawConfig{{"jpeg.quality", "100"}}, RawConfig{{"format", "png"}}}) {
          RawConfig raw = config;
          raw["file"] = file;
          const Colour found = First(raw);
          // FFmpeg itself loses a level or two of what was put in.
          EXPECT_TRUE(IsNear(found, wanted, 2) || IsNear(found, {200, 60, 40}, 2))
              << Text(found) << " of " << matrix << " " << range << " " << format << ", wanted " << Text(wanted);
        }
      }
    }
  }
}

TEST(Colours, OfOtherPixelFormatsAreKept) {
  const TestFolder folder;
  for (const char* format : {"bgr0", "bgra", "gray", "gray10le", "yuva420p", "gbrp10le", "yuv410p", "yuv440p"}) {
    const std::string file = folder / (std::string(format) + ".mkv");
    RunFfmpeg("-f lavfi -i color=0x909090:s=160x120:r=10:d=0.1 -c:v ffv1 -pix_fmt " + std::string(format) + " '" +
              file + "'");
    ExpectColour(file, {0x90, 0x90, 0x90}, 2);
  }
  RunFfmpeg("-f lavfi -i color=0xC83C28:s=160x120:r=10:d=0.1 -c:v rawvideo -pix_fmt bgr24 '" + (folder / "flip.avi") +
            "'");
  ExpectColour(folder / "flip.avi", {200, 60, 40});
  RunFfmpeg("-f lavfi -i color=0xFF0000:s=160x120:r=10:d=1 '" + (folder / "a.gif") + "'");
  ExpectColour(folder / "a.gif", {255, 0, 0}, 6);
}

/// A grey of `luma` (10 bits, limited range) with the transfer `trc`. What it is is said twice: FFmpeg 5 writes the
/// encoder's word for it, FFmpeg 7 the frames'.
std::string MakeHdr(const TestFolder& folder, int luma, const std::string& trc, int u = 512, int v = 512) {
  const std::string file = folder / (trc + std::to_string(luma) + ".mkv");
  RunFfmpeg("-f lavfi -i nullsrc=s=160x120:r=10:d=0.1,format=yuv420p10le,geq=lum=" + std::to_string(luma) +
            ":cb=" + std::to_string(u) + ":cr=" + std::to_string(v) +
            ",setparams=colorspace=bt2020nc:color_primaries=bt2020:range=tv:color_trc=" + trc +
            " -colorspace bt2020nc -color_primaries bt2020 -color_trc " + trc + " -color_range tv -c:v ffv1 '" + file +
            "'");
  return file;
}

TEST(HighDynamicRange, IsMadeForScreensByTheRuleOfTheReadme) {
  const TestFolder folder;
  // PQ: 572 is 203 cd/m², the white of a page; 502 is 100; 723 is 1000, the brightest; 64 is black.
  ExpectColour(MakeHdr(folder, 64, "smpte2084"), {0, 0, 0});
  ExpectColour(MakeHdr(folder, 509, "smpte2084"), {186, 186, 186});
  ExpectColour(MakeHdr(folder, 573, "smpte2084"), {232, 232, 232});
  ExpectColour(MakeHdr(folder, 723, "smpte2084"), {255, 255, 255});
  ExpectColour(MakeHdr(folder, 940, "smpte2084"), {255, 255, 255});
  // HLG: 75 % is 203 cd/m², 100 % is 1000.
  ExpectColour(MakeHdr(folder, 721, "arib-std-b67"), {232, 232, 232});
  ExpectColour(MakeHdr(folder, 940, "arib-std-b67"), {255, 255, 255});
}

TEST(PixelShape, IsMadeSquare) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i testsrc=s=160x120:r=25:d=0.2 -vf setsar=2 -c:v libx264 -pix_fmt yuv420p '" +
            (folder / "sar2.mp4") + "'");
  RunFfmpeg("-f lavfi -i testsrc=s=160x120:r=25:d=0.2 -vf setsar=8/9 -c:v mjpeg '" + (folder / "sar89.mov") + "'");
  RunFfmpeg("-f lavfi -i testsrc=s=160x120:r=25:d=0.2 -vf setsar=2 -c:v mjpeg '" + (folder / "m.avi") + "'");
  const auto size = [](const RawConfig& raw) {
    Playing playing(raw);
    const auto records = playing.Take(1);
    EXPECT_EQ(SizeOf(records.at(0).value.bytes()),
              std::pair(static_cast<int>(HeaderNumber(records[0], "framespool.width")),
                        static_cast<int>(HeaderNumber(records[0], "framespool.height"))));
    return SizeOf(records[0].value.bytes());
  };
  EXPECT_EQ(size({{"file", folder / "sar2.mp4"}}), std::pair(320, 120));
  EXPECT_EQ(size({{"file", folder / "sar2.mp4"}, {"format", "png"}}), std::pair(320, 120));
  EXPECT_EQ(size({{"file", folder / "sar2.mp4"}, {"width", "160"}}), std::pair(160, 60));
  EXPECT_EQ(size({{"file", folder / "sar89.mov"}}), std::pair(142, 120));
  EXPECT_EQ(size({{"file", folder / "m.avi"}}), std::pair(320, 120));
}

}  // namespace
}  // namespace framespool::video_file
