// After a restart the source goes on at exactly the next frame, whatever the container.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "playing.h"

namespace framespool::video_file {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

struct Container {
  const char* name;
  const char* file;
  std::string options;
};

void PrintTo(const Container& container, std::ostream* out) { *out << container.name; }

class Resume : public ::testing::TestWithParam<Container> {};

TEST_P(Resume, GoesOnAtTheExactNextFrame) {
  const TestFolder folder;
  const std::string file = folder / GetParam().file;
  TestVideo{.frames = 120, .options = GetParam().options}.Make(file);
  Playing playing({{"file", file}});
  const auto all = playing.TakeAll();
  ASSERT_THAT(all, SizeIs(120));
  for (const std::size_t last :
       {0U, 1U, 23U, 24U, 30U, 31U, 32U, 33U, 47U, 48U, 49U, 70U, 95U, 96U, 111U, 116U, 117U, 118U}) {
    playing.context.Store(all[last]);
    playing.Restart();
    const auto next = playing.Take(1);
    ASSERT_THAT(next, SizeIs(1)) << "after frame " << last;
    EXPECT_EQ(NumberIn(next[0].value.bytes()), static_cast<int>(last) + 1);
    EXPECT_EQ(next[0].headers, all[last + 1].headers);
    EXPECT_EQ(next[0].source_offset, all[last + 1].source_offset);
  }
  playing.context.Store(all.back());
  playing.Restart();
  EXPECT_THAT(playing.TakeAll(), IsEmpty());
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), IsEmpty());
}

TEST_P(Resume, GoesOnAtAFrameThatSomebodyWroteIntoTheOffset) {
  const TestFolder folder;
  const std::string file = folder / GetParam().file;
  TestVideo{.frames = 90, .options = GetParam().options}.Make(file);
  Playing playing({{"file", file}});
  for (const std::int64_t frame : {5, 60, 89}) {
    playing.context.Store({{"file", file}}, {{"frame", frame}});
    playing.Restart();
    const auto next = playing.Take(1);
    ASSERT_THAT(next, SizeIs(1));
    EXPECT_EQ(NumberIn(next[0].value.bytes()), frame);
    EXPECT_EQ(HeaderNumber(next[0], "framespool.frame"), frame);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Containers, Resume,
    ::testing::Values(
        Container{"Mp4", "a.mp4", kQuickH264},
        Container{"Mp4WithDeepReordering", "deep.mp4",
                  "-c:v libx264 -preset veryfast -bf 8 -b_strategy 0 -g 48 -pix_fmt yuv420p"},
        Container{"Mkv", "a.mkv", kQuickH264}, Container{"Avi", "a.avi", kQuickH264},
        Container{"MpegTs", "a.ts", kQuickH264}, Container{"MotionJpegAvi", "m.avi", "-c:v mjpeg -q:v 3"},
        Container{"MotionJpegMkv", "m.mkv", "-c:v mjpeg -q:v 3"},
        Container{"Mpeg4Avi", "x.avi", "-c:v mpeg4 -q:v 3 -g 12"},
        Container{"Vp9WebM", "a.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 1M -g 30"},
        Container{
            "Mp4OfVaryingRate", "v.mp4",
            "-vf \"settb=1/90000,setpts='if(lt(N,40),N*1500,if(lt(N,80),60000+(N-40)*6000,300000+(N-80)*3003))'\" "
            "-fps_mode passthrough -enc_time_base 1/90000 -video_track_timescale 90000 "
            "-c:v libx264 -preset ultrafast -bf 2 -g 24 -pix_fmt yuv420p"}),
    [](const auto& chosen) { return std::string(chosen.param.name); });

class ResumeInALongFile : public ::testing::TestWithParam<Container> {};

TEST_P(ResumeInALongFile, SeeksInsteadOfCounting) {
  const TestFolder folder;
  const std::string file = folder / GetParam().file;
  constexpr std::size_t kFrames = 600;
  TestVideo{.frames = kFrames, .options = GetParam().options}.Make(file);
  Playing playing({{"file", file}, {"width", "64"}});
  const auto all = playing.TakeAll();
  ASSERT_THAT(all, SizeIs(kFrames));
  for (std::size_t last = 250; last + 2 < kFrames; last += 31) {
    playing.context.Store(all[last]);
    playing.Restart();
    const auto next = playing.Take(1);
    ASSERT_THAT(next, SizeIs(1)) << "after frame " << last;
    EXPECT_EQ(next[0].value.text(), all[last + 1].value.text()) << "after frame " << last;
    EXPECT_EQ(next[0].headers, all[last + 1].headers);
  }
  EXPECT_THAT(playing.context.Lines(LogLevel::kInfo, "counted"), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Containers, ResumeInALongFile,
    ::testing::Values(
        Container{"Mp4", "a.mp4", kQuickH264}, Container{"MpegTs", "a.ts", kQuickH264},
        Container{
            "Mp4OfVaryingRate", "v.mp4",
            "-vf "
            "\"settb=1/90000,setpts='if(lt(N,200),N*1500,if(lt(N,400),300000+(N-200)*6000,1500000+(N-400)*3003))'\" "
            "-fps_mode passthrough -enc_time_base 1/90000 -video_track_timescale 90000 "
            "-c:v libx264 -preset ultrafast -bf 2 -g 24 -pix_fmt yuv420p"}),
    [](const auto& chosen) { return std::string(chosen.param.name); });

TEST(ResumeOfACutMp4, CountsFromTheFirstFrameThatIsShown) {
  const TestFolder folder;
  TestVideo{.frames = 120}.Make(folder / "whole.mp4");
  // Starts in the middle of a group of pictures: the edit list hides what comes before.
  RunFfmpeg("-ss 1.5 -i '" + (folder / "whole.mp4") + "' -c copy '" + (folder / "cut.mp4") + "'");
  Playing playing({{"file", folder / "cut.mp4"}});
  const auto all = playing.TakeAll();
  EXPECT_EQ(NumberIn(all.at(0).value.bytes()), 45);
  EXPECT_EQ(HeaderNumber(all[0], "framespool.pts.us"), 0);
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), IsEmpty());
  playing.context.Store(all[50]);
  playing.Restart();
  const auto next = playing.Take(1);
  EXPECT_EQ(NumberIn(next.at(0).value.bytes()), 96);
  EXPECT_EQ(next[0].headers, all[51].headers);
}

TEST(ResumeAfterAChangeOfConfig, KeepsThePlaceWhenPicturesNoLongerPassThrough) {
  const TestFolder folder;
  TestVideo{.frames = 60, .options = "-c:v mjpeg -q:v 3"}.Make(folder / "m.avi");
  Playing playing({{"file", folder / "m.avi"}});
  playing.Take(45);
  playing.Restart({{"format", "png"}});
  EXPECT_EQ(NumberIn(playing.Take(1).at(0).value.bytes()), 45);
  playing.Restart({{"format", "auto"}});
  EXPECT_EQ(NumberIn(playing.Take(1).at(0).value.bytes()), 46);
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), IsEmpty());
}

TEST(ResumeInAReplacedFile, SaysThatThePictureIsAnother) {
  const TestFolder folder;
  TestVideo{.frames = 60}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}});
  playing.Take(40);
  RunFfmpeg("-f lavfi -i testsrc=s=320x192:r=30 -frames:v 60 -c:v libx264 -preset ultrafast -pix_fmt yuv420p '" +
            (folder / "a.mp4") + "'");
  playing.Restart();
  EXPECT_THAT(playing.TakeAll(), SizeIs(20));
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn, "was the file replaced?"), SizeIs(1));
}

TEST(ResumeInAShorterFile, SaysWhereItEnds) {
  const TestFolder folder;
  TestVideo{.frames = 60}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}});
  playing.Take(60);
  TestVideo{.frames = 20}.Make(folder / "a.mp4");
  playing.Restart();
  EXPECT_THAT(playing.TakeAll(), IsEmpty());
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn, "now ends after 20 frames"), SizeIs(1));
}

}  // namespace
}  // namespace framespool::video_file
