// What changes or ends otherwise than the container promises: size, pixel format, counts, clocks, hidden frames.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string_view>

#include "file_clock.h"
#include "playing.h"

namespace framespool::video_file {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Puts recordings behind one another, with one clock.
void Concatenate(const TestFolder& folder, const std::vector<std::string>& parts, const std::string& to) {
  std::string list;
  for (const std::string& part : parts) list += "file '" + (folder / part) + "'\n";
  WriteFile(folder / "list", std::as_bytes(std::span(list)));
  RunFfmpeg("-f concat -safe 0 -i '" + (folder / "list") + "' -c copy '" + (folder / to) + "'");
}

void Append(const std::string& path, const std::string& other) {
  auto bytes = ReadFile(path);
  const auto more = ReadFile(other);
  bytes.insert(bytes.end(), more.begin(), more.end());
  WriteFile(path, bytes);
}

std::vector<double> Seconds(const std::vector<SourceRecord>& records) {
  std::vector<double> seconds;
  for (const SourceRecord& record : records)
    seconds.push_back(static_cast<double>(HeaderNumber(record, "framespool.pts.us")) / 1e6);
  return seconds;
}

/// The times ffprobe prints of the frames of a file, from 0.
std::vector<double> TimesByFfprobe(const std::string& file) {
  std::istringstream text(
      RunFfprobe("-select_streams v:0 -show_entries frame=best_effort_timestamp_time -of csv=p=0 '" + file + "'"));
  std::vector<double> times;
  for (std::string line; std::getline(text, line);) {
    if (!line.empty()) times.push_back(std::stod(line));
  }
  const double first = times.empty() ? 0 : times.front();
  for (double& time : times) time -= first;
  return times;
}

void ExpectTimesOfFfprobe(const std::string& file) {
  Playing playing({{"file", file}});
  const auto found = Seconds(playing.TakeAll());
  const auto wanted = TimesByFfprobe(file);
  ASSERT_EQ(found.size(), wanted.size()) << file;
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], wanted[i], 0.0011) << file << " frame " << i;
}

TEST(StreamChange, OfThePixelFormatKeepsTheColour) {
  const TestFolder folder;
  const char* formats[] = {"yuv444p", "yuv420p", "yuv420p10le", "yuv422p"};
  std::vector<std::string> parts;
  for (const char* format : formats) {
    parts.push_back(std::string(format) + ".ts");
    RunFfmpeg("-f lavfi -i color=red:s=320x240:r=10:d=1 -c:v libx264 -pix_fmt " + std::string(format) + " '" +
              (folder / parts.back()) + "'");
  }
  Concatenate(folder, parts, "pixfmt.ts");
  for (const char* format : {"jpeg", "png"}) {
    Playing playing({{"file", folder / "pixfmt.ts"}, {"format", format}});
    const auto records = playing.TakeAll();
    ASSERT_THAT(records, SizeIs(40));
    for (const SourceRecord& record : records) {
      const Colour colour = ColourAt(record.value.bytes(), 0.5, 0.5);
      EXPECT_TRUE(IsNear(colour, {253, 0, 0}, 3)) << Text(colour);
    }
  }
}

TEST(StreamChange, OfTheSizeIsInEachRecordsHeaders) {
  const TestFolder folder;
  for (const auto& [name, size] : {std::pair("a.ts", "320x240"), {"b.ts", "640x480"}, {"c.ts", "162x122"}}) {
    RunFfmpeg("-f lavfi -i color=red:s=" + std::string(size) + ":r=10:d=1 -c:v libx264 -pix_fmt yuv420p '" +
              (folder / name) + "'");
  }
  Concatenate(folder, {"a.ts", "b.ts", "c.ts"}, "size.ts");
  Playing playing({{"file", folder / "size.ts"}});
  const auto records = playing.TakeAll();
  ASSERT_THAT(records, SizeIs(30));
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto wanted = i < 10 ? std::pair(320, 240) : i < 20 ? std::pair(640, 480) : std::pair(162, 122);
    EXPECT_EQ(SizeOf(records[i].value.bytes()), wanted) << "frame " << i;
    EXPECT_EQ(HeaderNumber(records[i], "framespool.width"), wanted.first);
    EXPECT_EQ(HeaderNumber(records[i], "framespool.height"), wanted.second);
    EXPECT_TRUE(IsNear(ColourAt(records[i].value.bytes(), 0.5, 0.5), {253, 0, 0}, 3));
  }
  Playing scaled({{"file", folder / "size.ts"}, {"width", "160"}});
  for (const SourceRecord& record : scaled.TakeAll()) EXPECT_EQ(SizeOf(record.value.bytes()).first, 160);
}

TEST(FrameCount, IsThatOfTheFileWhenAnAviPromisesFewer) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i testsrc=s=160x120:r=10:d=3 -c:v mpeg4 -q:v 3 '" + (folder / "count10.avi") + "'");
  auto bytes = ReadFile(folder / "count10.avi");
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (const auto& [list, offset] : {std::pair("strh", 40U), {"avih", 24U}}) {
    const std::size_t at = text.find(list) + offset;
    for (std::size_t i = 0; i < 4; ++i) bytes.at(at + i) = i == 0 ? std::byte{10} : std::byte{0};
  }
  WriteFile(folder / "count10.avi", bytes);
  Playing playing({{"file", folder / "count10.avi"}});
  EXPECT_THAT(playing.TakeAll(), SizeIs(30));
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), IsEmpty());
  EXPECT_EQ(std::get<std::int64_t>(playing.context.metrics().at("frames_expected")), 30);
}

TEST(FrameCount, IsThatOfTheFileWhenAnMp4IsFragmentedBehindItsIndex) {
  const TestFolder folder;
  TestVideo{.frames = 72, .options = std::string(kQuickH264) + " -movflags frag_keyframe"}.Make(folder / "frag.mp4");
  Playing playing({{"file", folder / "frag.mp4"}});
  const auto records = playing.TakeAll();
  ASSERT_THAT(records, SizeIs(72));
  EXPECT_EQ(NumberIn(records.back().value.bytes()), 71);
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), IsEmpty());
}

TEST(FrameTimes, AreThoseThatFfprobePrints) {
  const TestFolder folder;
  TestVideo{.frames = 60}.Make(folder / "a.mp4");
  TestVideo{.frames = 60}.Make(folder / "a.ts");
  TestVideo{.frames = 60}.Make(folder / "a.mkv");
  // Alternate reference frames, which are not shown, inside the packets and in packets of their own.
  TestVideo{.frames = 90,
            .options = "-c:v libvpx-vp9 -deadline good -cpu-used 5 -auto-alt-ref 1 -lag-in-frames 16 -b:v 300k"}
      .Make(folder / "a.webm");
  RunFfmpeg("-i '" + (folder / "a.webm") + "' -c copy -bsf:v vp9_superframe_split '" + (folder / "split.mkv") + "'");
  TestVideo{.frames = 90,
            .options = "-c:v libvpx -deadline good -cpu-used 5 -auto-alt-ref 1 -lag-in-frames 16 -b:v 300k"}
      .Make(folder / "vp8.webm");
  for (const char* name : {"a.mp4", "a.ts", "a.mkv", "a.webm", "split.mkv", "vp8.webm"}) {
    ExpectTimesOfFfprobe(folder / name);
  }
}

TEST(FrameTimes, OfFramesThatAreNotShownDoNotLookLikeDamage) {
  const TestFolder folder;
  TestVideo{.frames = 90,
            .options = "-c:v libvpx-vp9 -deadline good -cpu-used 5 -auto-alt-ref 1 -lag-in-frames 16 -b:v 300k"}
      .Make(folder / "a.webm");
  RunFfmpeg("-i '" + (folder / "a.webm") + "' -c copy -bsf:v vp9_superframe_split '" + (folder / "split.mkv") + "'");
  Playing playing({{"file", folder / "split.mkv"}});
  EXPECT_THAT(playing.TakeAll(), SizeIs(90));
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), IsEmpty());
}

TEST(FrameTimes, OfDamagedFilesAreThoseOfTheFramesThatAreLeft) {
  const TestFolder folder;
  for (const char* name : {"a.mp4", "a.mkv", "a.ts"}) {
    TestVideo{.frames = 120}.Make(folder / name);
    DamageFile(folder / name, 0.05);
    ExpectTimesOfFfprobe(folder / name);
  }
}

TEST(FileClock, ThatStartsAnewGoesOn) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i testsrc=s=160x120:r=25:d=2 -c:v libx264 -pix_fmt yuv420p '" + (folder / "s.ts") + "'");
  std::filesystem::copy(folder / "s.ts", folder / "twice.ts");
  Append(folder / "twice.ts", folder / "s.ts");
  Playing playing({{"file", folder / "twice.ts"}});
  const auto records = playing.TakeAll();
  const auto seconds = Seconds(records);
  ASSERT_THAT(seconds, SizeIs(100));
  for (std::size_t i = 0; i < seconds.size(); ++i) EXPECT_NEAR(seconds[i], static_cast<double>(i) / 25, 0.0001);
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn, "starts anew at 2 s"), SizeIs(1));
  EXPECT_EQ(std::get<std::int64_t>(playing.context.metrics().at("clock_jumps")), 1);
  // Each picture is there twice, at the same time of the stream.
  for (const std::size_t last : {20U, 40U, 49U, 50U, 51U, 70U, 90U}) {
    playing.context.Store(records[last]);
    playing.Restart();
    const auto next = playing.Take(1);
    ASSERT_THAT(next, SizeIs(1));
    EXPECT_EQ(next[0].headers, records[last + 1].headers);
    EXPECT_EQ(next[0].source_offset, records[last + 1].source_offset);
  }
}

TEST(FileClock, ThatLeavesOutAnHourIsPlayedOnAtOnceAndSaysSo) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i testsrc=s=160x120:r=25:d=2 -c:v libx264 -pix_fmt yuv420p '" + (folder / "jump.ts") + "'");
  RunFfmpeg("-f lavfi -i testsrc=s=160x120:r=25:d=2 -c:v libx264 -pix_fmt yuv420p -output_ts_offset 3600 '" +
            (folder / "hour.ts") + "'");
  Append(folder / "jump.ts", folder / "hour.ts");
  Playing playing({{"file", folder / "jump.ts"}});
  const auto records = playing.TakeAll();
  const auto seconds = Seconds(records);
  ASSERT_THAT(seconds, SizeIs(100));
  for (std::size_t i = 0; i < seconds.size(); ++i) EXPECT_NEAR(seconds[i], static_cast<double>(i) / 25, 0.0001);
  const auto warnings = playing.context.Lines(LogLevel::kWarn, "a gap of ");
  ASSERT_THAT(warnings, SizeIs(1));
  EXPECT_THAT(warnings[0], HasSubstr(" s in "));
  EXPECT_EQ(std::get<std::int64_t>(playing.context.metrics().at("clock_jumps")), 1);
  playing.context.Store(records[80]);
  playing.Restart();
  EXPECT_EQ(playing.Take(1).at(0).headers, records[81].headers);
}

TEST(FileClock, OfASlideShowIsKept) {
  FileClock clock(1e6 / 90000, 1e6 / 25, 60'000'000);
  EXPECT_EQ(clock.Next(0).us, 0);
  EXPECT_EQ(clock.Next(90000 * 30).us, 30'000'000);
  EXPECT_FALSE(clock.TakeJump());
}

TEST(FileClock, TakesASingleDamagedTimeForNoJump) {
  FileClock clock(1000, 40'000, 10'000'000);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(clock.Next(i * 40).us, i * 40'000);
  EXPECT_EQ(clock.Next(9'000'000).us, 400'000);
  for (int i = 11; i < 20; ++i) {
    EXPECT_EQ(clock.Next(i * 40).us, i * 40'000);
    EXPECT_FALSE(clock.TakeJump());
  }
  EXPECT_EQ(clock.shift_us(), 0);
}

TEST(FileClock, NeverStandsStillNorGoesBack) {
  FileClock clock(1000, 40'000, 10'000'000);
  std::int64_t last = -1;
  for (const std::int64_t ticks :
       {0L, 40L, 40L, 30L, 80L, -5000L, -4960L, -4920L, -4880L, INT64_MAX, INT64_MIN + 1, 0L}) {
    const auto time = clock.Next(ticks);
    EXPECT_GT(time.us, last);
    last = time.us;
  }
}

TEST(VideoStream, IsNotTheCoverThatComesFirst) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i color=red:s=64x64 -frames:v 1 -c:v mjpeg '" + (folder / "cover.jpg") + "'");
  TestVideo{.frames = 50}.Make(folder / "v.mp4");
  RunFfmpeg("-i '" + (folder / "cover.jpg") + "' -i '" + (folder / "v.mp4") +
            "' -map 0 -map 1 -c copy -disposition:v:0 attached_pic '" + (folder / "a.mp4") + "'");
  Playing playing({{"file", folder / "a.mp4"}});
  const auto records = playing.TakeAll();
  ASSERT_THAT(records, SizeIs(50));
  EXPECT_EQ(NumberIn(records[49].value.bytes()), 49);
  for (const Problem& found :
       VideoFileSource::Check(VideoFileSource::Describe().Parse({{"file", folder / "a.mp4"}, {"topic", "t"}}), "a"))
    EXPECT_TRUE(found.is_warning) << found.message;
}

}  // namespace
}  // namespace framespool::video_file
