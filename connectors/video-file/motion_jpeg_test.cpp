// The pictures of a Motion JPEG file pass through as they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "framespool/media/jpeg_head.h"
#include "playing.h"

namespace framespool::video_file {
namespace {

using ::testing::SizeIs;

constexpr const char* kMotionJpeg = "-c:v mjpeg -q:v 3";

bool FileHolds(const std::vector<std::byte>& file, std::span<const std::byte> part) {
  return std::search(file.begin(), file.end(), part.begin(), part.end()) != file.end();
}

bool PassesThrough(const Playing& playing) { return std::get<bool>(playing.context.metrics().at("passes_through")); }

TEST(MotionJpeg, PassesThroughAsItIs) {
  const TestFolder folder;
  for (const char* name : {"m.avi", "m.mkv", "m.mov"}) {
    TestVideo{.frames = 20, .options = kMotionJpeg}.Make(folder / name);
    Playing playing({{"file", folder / name}});
    const auto records = playing.TakeAll();
    ASSERT_THAT(records, SizeIs(20)) << name;
    EXPECT_TRUE(PassesThrough(playing));
    const auto file = ReadFile(folder / name);
    for (std::size_t i = 0; i < records.size(); ++i) {
      EXPECT_EQ(NumberIn(records[i].value.bytes()), static_cast<int>(i));
      EXPECT_TRUE(FileHolds(file, records[i].value.bytes()));
      EXPECT_EQ(FindHeader(records[i].headers, "content-type"), "image/jpeg");
      EXPECT_EQ(HeaderNumber(records[i], "framespool.pts.us"), std::llround(static_cast<double>(i) * 1e6 / 30));
      EXPECT_EQ(HeaderNumber(records[i], "framespool.width"), 320);
      EXPECT_EQ(HeaderNumber(records[i], "framespool.height"), 192);
    }
  }
}

TEST(MotionJpeg, IsMadeAnewWhenAWidthOrAFormatIsSet) {
  const TestFolder folder;
  TestVideo{.frames = 5, .options = kMotionJpeg}.Make(folder / "m.avi");
  for (const RawConfig& config :
       {RawConfig{{"width", "160"}}, RawConfig{{"format", "jpeg"}}, RawConfig{{"format", "png"}}}) {
    RawConfig raw = config;
    raw["file"] = folder / "m.avi";
    Playing playing(raw);
    EXPECT_THAT(playing.TakeAll(), SizeIs(5));
    EXPECT_FALSE(PassesThrough(playing));
  }
}

TEST(MotionJpeg, OfTwoFieldsAPacketIsDecoded) {
  const TestFolder folder;
  TestVideo{.frames = 5, .options = kMotionJpeg}.Make(folder / "m.avi");
  auto file = ReadFile(folder / "m.avi");
  // Half the height in each JPEG's frame header, as an interlaced recorder writes them.
  for (std::size_t i = 0; i + 9 < file.size(); ++i) {
    const auto at = [&](std::size_t n) { return std::to_integer<int>(file[i + n]); };
    if (at(0) == 0xff && at(1) == 0xc0 && at(5) == 0 && at(6) == 192) file[i + 6] = std::byte{96};
  }
  WriteFile(folder / "m.avi", file);
  Playing playing({{"file", folder / "m.avi"}});
  playing.TakeAll();
  EXPECT_FALSE(PassesThrough(playing));
}

TEST(MotionJpeg, TheLastWholePictureOfAMultipartFileWithoutItsClosingBoundaryCounts) {
  const TestFolder folder;
  TestVideo{.frames = 5, .options = "-c:v mjpeg -q:v 3 -f mpjpeg"}.Make(folder / "m.mpjpeg");
  auto bytes = ReadFile(folder / "m.mpjpeg");
  // What follows the last picture is cut off, as where a recorder was killed.
  std::size_t end = bytes.size();
  while (end > 1 && !(bytes[end - 2] == std::byte{0xff} && bytes[end - 1] == std::byte{0xd9})) --end;
  bytes.resize(end);
  WriteFile(folder / "m.mpjpeg", bytes);
  Playing whole({{"file", folder / "m.mpjpeg"}});
  EXPECT_EQ(Numbers(whole.TakeAll()), (std::vector{0, 1, 2, 3, 4}));
  // The same without the lengths of the parts.
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (auto at = text.find("Content-length"); at != std::string::npos; at = text.find("Content-length"))
    text.erase(at, text.find("\r\n", at) + 2 - at);
  WriteFile(folder / "m.mpjpeg", std::as_bytes(std::span(text)));
  Playing unmeasured({{"file", folder / "m.mpjpeg"}});
  EXPECT_EQ(Numbers(unmeasured.TakeAll()), (std::vector{0, 1, 2, 3, 4}));
  text.resize(text.size() - 100);
  WriteFile(folder / "m.mpjpeg", std::as_bytes(std::span(text)));
  Playing cut({{"file", folder / "m.mpjpeg"}});
  EXPECT_EQ(Numbers(cut.TakeAll()), (std::vector{0, 1, 2, 3}));
}

TEST(MotionJpeg, ThatBrowsersDoNotShowIsMadeAnew) {
  const TestFolder folder;
  TestVideo{.frames = 5, .options = "-c:v ljpeg -pix_fmt yuvj420p -strict unofficial"}.Make(folder / "lossless.avi");
  TestVideo{.frames = 5, .options = "-c:v mjpeg -q:v 3 -pix_fmt yuv420p -color_range tv -strict unofficial"}.Make(
      folder / "limited.avi");
  for (const char* name : {"lossless.avi", "limited.avi"}) {
    Playing playing({{"file", folder / name}});
    const auto records = playing.TakeAll();
    EXPECT_EQ(Numbers(records), (std::vector{0, 1, 2, 3, 4})) << name;
    EXPECT_FALSE(PassesThrough(playing)) << name;
    for (const SourceRecord& record : records)
      EXPECT_TRUE(media::ShowsAsItIs(*media::ReadJpegHead(record.value.bytes()))) << name;
    // A lit block of the number is 235 of 255, whatever range it was kept in.
    const Colour lit = ColourAt(records.at(1).value.bytes(), 0.03, 0.1);
    EXPECT_TRUE(IsNear(lit, {235, 235, 235}, 4)) << name << " " << Text(lit);
  }
}

TEST(MotionJpeg, WithoutAContainerIsNotTakenForASinglePicture) {
  const TestFolder folder;
  TestVideo{.frames = 20, .options = "-c:v mjpeg -q:v 5 -f mjpeg"}.Make(folder / "m.mjpeg");
  Playing playing({{"file", folder / "m.mjpeg"}});
  EXPECT_THAT(Numbers(playing.TakeAll()), SizeIs(20));
}

TEST(MotionJpeg, OfASizeThatChangesSaysSoInEachRecord) {
  const TestFolder folder;
  for (const auto& [name, size] : {std::pair("a.avi", "160x120"), {"b.avi", "320x240"}}) {
    RunFfmpeg("-f lavfi -i testsrc=r=10:d=0.3:s=" + std::string(size) + " -c:v mjpeg '" + (folder / name) + "'");
  }
  const std::string list = "file '" + (folder / "a.avi") + "'\nfile '" + (folder / "b.avi") + "'\n";
  WriteFile(folder / "list", std::as_bytes(std::span(list)));
  RunFfmpeg("-f concat -safe 0 -i '" + (folder / "list") + "' -c copy '" + (folder / "m.mkv") + "'");
  Playing playing({{"file", folder / "m.mkv"}});
  const auto records = playing.TakeAll();
  ASSERT_THAT(records, SizeIs(6));
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(SizeOf(records[i].value.bytes()).first, i < 3 ? 160 : 320);
    EXPECT_EQ(HeaderNumber(records[i], "framespool.width"), i < 3 ? 160 : 320);
  }
}

}  // namespace
}  // namespace framespool::video_file
