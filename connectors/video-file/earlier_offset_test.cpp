// Offsets that release 69d0f7a wrote, byte for byte, lead to exactly the frame that was next.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "playing.h"

namespace framespool::video_file {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kWidth = 160;
constexpr int kHeight = 96;

/// 120 frames that decode to the same bytes whatever encoded them: drawn in YUV, and encoded without loss. `still`: the
/// same picture all the time, but for its number in the upper quarter from frame 60 on.
void MakeLossless(const TestFolder& folder, const std::string& file, bool still = false) {
  {
    std::ofstream raw(folder / "raw.y4m", std::ios::binary);
    raw << "YUV4MPEG2 W160 H96 F30:1 Ip A1:1 C420jpeg\n";
    for (int n = 0; n < 120; ++n) {
      raw << "FRAME\n";
      std::string picture;
      for (int row = 0; row < kHeight; ++row) {
        for (int column = 0; column < kWidth; ++column) {
          const bool lit = (n >> (column / 10) & 1) != 0;
          const int level = row < 24 ? (still && n < 60 ? 20
                                        : lit           ? 235
                                                        : 20)
                                     : 40 + (column * 3 + row * 5 + (still ? 0 : n) * 7) % 160;
          picture += static_cast<char>(level);
        }
      }
      picture.append(kWidth * kHeight / 4, static_cast<char>(still ? 100 : 100 + n % 32));
      picture.append(kWidth * kHeight / 4, static_cast<char>(still ? 140 : 140 + n % 16));
      raw << picture;
    }
  }
  RunFfmpeg("-i '" + (folder / "raw.y4m") + "' -c:v libx264 -preset veryfast -qp 0 -bf 2 -g 24 -pix_fmt yuv420p '" +
            file + "'");
}

Fields Offset(std::int64_t ticks, const std::string& check) {
  return {{"frame", std::int64_t{71}},          {"loop", std::int64_t{0}},
          {"loop_us", std::int64_t{0}},         {"last_ticks", ticks},
          {"last_us", std::int64_t{2'333'333}}, {"last_check", check}};
}

void ExpectFrame71(const std::string& file, const Fields& offset, bool sought) {
  Playing all({{"file", file}});
  const auto records = all.TakeAll();
  ASSERT_THAT(records, SizeIs(120));
  Playing playing({{"file", file}});
  playing.context.Store({{"file", file}}, offset);
  playing.Restart();
  const auto next = playing.Take(1);
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_EQ(HeaderNumber(next[0], "framespool.frame"), 71);
  EXPECT_EQ(next[0].headers, records[71].headers);
  EXPECT_EQ(next[0].value.text(), records[71].value.text());
  EXPECT_EQ(next[0].source_offset, records[71].source_offset);
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), IsEmpty());
  EXPECT_THAT(playing.context.Lines(LogLevel::kInfo, "counted from the start"), SizeIs(sought ? 0 : 1));
}

TEST(EarlierOffset, OfAnMp4IsFoundBySeeking) {
  const TestFolder folder;
  MakeLossless(folder, folder / "a.mp4");
  ExpectFrame71(folder / "a.mp4", Offset(35840, "bgr:2d6e141ff6999ee1"), true);
}

TEST(EarlierOffset, OfAnMkvIsFoundBySeeking) {
  const TestFolder folder;
  MakeLossless(folder, folder / "a.mp4");
  RunFfmpeg("-i '" + (folder / "a.mp4") + "' -c copy '" + (folder / "a.mkv") + "'");
  ExpectFrame71(folder / "a.mkv", Offset(2333, "bgr:2d6e141ff6999ee1"), true);
}

TEST(EarlierOffset, OfAnMpegTsIsCounted) {
  const TestFolder folder;
  MakeLossless(folder, folder / "a.mp4");
  RunFfmpeg("-i '" + (folder / "a.mp4") + "' -c copy '" + (folder / "a.ts") + "'");
  ExpectFrame71(folder / "a.ts", Offset(336000, "bgr:2d6e141ff6999ee1"), false);
}

TEST(EarlierOffset, OfATurnedFileIsFoundThoughItsPicturesStoodOnTheirHeads) {
  const TestFolder folder;
  MakeLossless(folder, folder / "a.mp4");
  TurnTrack(folder / "a.mp4", {0, 1, -1, 0});
  ExpectFrame71(folder / "a.mp4", Offset(35840, "bgr:9f67a802ef72ea60"), true);
}

TEST(EarlierOffset, WhoseDigestIsOfAnotherPictureIsCounted) {
  const TestFolder folder;
  MakeLossless(folder, folder / "a.mp4");
  // As where the n-th picture was given the n-th smallest time, of a frame that was never shown.
  ExpectFrame71(folder / "a.mp4", Offset(35328, "bgr:2d6e141ff6999ee1"), false);
  ExpectFrame71(folder / "a.mp4", Offset(35840, "bgr:0123456789abcdef"), false);
}

TEST(EarlierOffset, OfAPictureThatIsThereManyTimesIsCounted) {
  const TestFolder folder;
  MakeLossless(folder, folder / "a.mp4", true);
  const std::string file = folder / "a.mp4";
  Playing playing({{"file", file}});
  const auto records = playing.TakeAll();
  ASSERT_THAT(records, SizeIs(120));
  // Frame 50's ticks, though 52 were sent: pictures alike cannot tell which it was, the number can.
  playing.context.Store({{"file", file}}, {{"frame", std::int64_t{52}},
                                           {"loop", std::int64_t{0}},
                                           {"loop_us", std::int64_t{0}},
                                           {"last_ticks", std::int64_t{25600}},
                                           {"last_us", std::int64_t{1'666'667}},
                                           {"last_check", std::string("bgr:b9d3305cc4a99a7c")}});
  playing.Restart();
  EXPECT_EQ(playing.Take(1).at(0).headers, records[52].headers);
}

TEST(EarlierOffset, OfAMotionJpegWhosePicturesPassedThroughIsFound) {
  const TestFolder folder;
  TestVideo{.frames = 90, .options = "-c:v mjpeg -q:v 3"}.Make(folder / "m.avi");
  const std::string file = folder / "m.avi";
  Playing playing({{"file", file}});
  const auto records = playing.TakeAll();
  ASSERT_THAT(records, SizeIs(90));
  // These are written as they were: no key more, no key less.
  EXPECT_THAT(records[70].source_offset, SizeIs(6));
  EXPECT_TRUE(std::get<std::string>(records[70].source_offset.at("last_check")).starts_with("jpeg:"));
  playing.context.Store(records[70]);
  playing.Restart();
  EXPECT_EQ(playing.Take(1).at(0).headers, records[71].headers);
  EXPECT_THAT(playing.context.Lines(LogLevel::kInfo, "counted"), IsEmpty());
}

}  // namespace
}  // namespace framespool::video_file
