// format = copy: access units in the topic as the file has them, from which a player makes the same pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "playing.h"

namespace framespool::video_file {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::byte> Joined(const std::vector<SourceRecord>& records, std::size_t from = 0) {
  std::vector<std::byte> bytes;
  for (std::size_t i = from; i < records.size(); ++i) {
    const auto value = records[i].value.bytes();
    bytes.insert(bytes.end(), value.begin(), value.end());
  }
  return bytes;
}

/// The numbers in the pictures of a file, as they are shown.
std::vector<int> Shown(const std::string& path) { return Numbers(Playing({{"file", path}}).TakeAll()); }

/// pts.us of the records, in the order of showing.
std::vector<std::int64_t> ShownTimes(const std::vector<SourceRecord>& records) {
  std::vector<std::int64_t> times;
  for (const SourceRecord& record : records) times.push_back(HeaderNumber(record, "framespool.pts.us"));
  std::sort(times.begin(), times.end());
  return times;
}

struct File {
  const char* name;
  const char* file;
  std::string options;
  const char* raw;
};
void PrintTo(const File& file, std::ostream* out) { *out << file.name; }

class Copy : public ::testing::TestWithParam<File> {};

TEST_P(Copy, TheValuesFromAKeyFrameOnAreAFileOfTheSamePictures) {
  const TestFolder folder;
  const std::string file = folder / GetParam().file;
  TestVideo{.frames = 100, .options = GetParam().options}.Make(file);
  const auto records = Playing({{"file", file}, {"format", "copy"}}).TakeAll();
  ASSERT_THAT(records, SizeIs(100));
  const std::string raw = folder / GetParam().raw;
  WriteFile(raw, Joined(records));
  std::vector<int> all(100);
  for (int i = 0; i < 100; ++i) all[static_cast<std::size_t>(i)] = i;
  EXPECT_EQ(Shown(raw), all);
  std::int64_t gop = 0;
  std::set<std::int64_t> keys;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const SourceRecord& record = records[i];
    const bool key = record.sync_point == SyncPoint::kHere;
    EXPECT_EQ(record.sync_point, key ? SyncPoint::kHere : SyncPoint::kBefore);
    gop = key ? 0 : gop + 1;
    EXPECT_EQ(HeaderNumber(record, "framespool.gop"), gop);
    EXPECT_EQ(HeaderNumber(record, "framespool.frame"), static_cast<std::int64_t>(i));
    EXPECT_EQ(HeaderNumber(record, "framespool.session"), 0);
    EXPECT_EQ(HeaderNumber(record, "framespool.width"), 320);
    EXPECT_EQ(HeaderNumber(record, "framespool.height"), 192);
    if (!key) continue;
    keys.insert(static_cast<std::int64_t>(i));
    WriteFile(raw, Joined(records, i));
    const auto shown = Shown(raw);
    ASSERT_THAT(shown, testing::Not(IsEmpty()));
    EXPECT_EQ(shown.back(), 99) << "from record " << i;
    EXPECT_LE(shown.size(), records.size() - i);
  }
  EXPECT_GE(keys.size(), 4U);
}

TEST_P(Copy, ItsTimesAreThoseOfItsPictures) {
  const TestFolder folder;
  const std::string file = folder / GetParam().file;
  TestVideo{.frames = 40, .options = GetParam().options}.Make(file);
  const auto copied = Playing({{"file", file}, {"format", "copy"}}).TakeAll();
  const auto pictures = Playing({{"file", file}}).TakeAll();
  const auto times = ShownTimes(copied);
  const auto wanted = ShownTimes(pictures);
  ASSERT_EQ(times.size(), wanted.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(times[i]), static_cast<double>(wanted[i]), 2) << "frame " << i;
  }
  std::int64_t last = INT64_MIN;
  for (const SourceRecord& record : copied) {
    const std::int64_t shown = HeaderNumber(record, "framespool.pts.us");
    const auto decoded = FindHeader(record.headers, "framespool.dts.us");
    const std::int64_t dts = decoded ? HeaderNumber(record, "framespool.dts.us") : shown;
    EXPECT_GT(dts, last);
    EXPECT_GE(shown, dts);
    last = dts;
  }
}

TEST_P(Copy, GoesOnAtExactlyTheNextUnitWhereverItStopped) {
  const TestFolder folder;
  const std::string file = folder / GetParam().file;
  TestVideo{.frames = 120, .options = GetParam().options}.Make(file);
  Playing playing({{"file", file}, {"format", "copy"}});
  const auto all = playing.TakeAll();
  ASSERT_THAT(all, SizeIs(120));
  for (std::size_t last = 0; last + 1 < all.size(); last += last % 24 > 20 || last % 24 < 2 ? 1 : 7) {
    playing.context.Store(all[last]);
    playing.Restart();
    const auto rest = playing.TakeAll();
    ASSERT_THAT(rest, SizeIs(all.size() - last - 1)) << "after unit " << last;
    for (std::size_t i = 0; i < rest.size(); ++i) {
      ASSERT_EQ(rest[i].headers, all[last + 1 + i].headers) << "after unit " << last;
      ASSERT_EQ(rest[i].value.text(), all[last + 1 + i].value.text());
      ASSERT_EQ(rest[i].source_offset, all[last + 1 + i].source_offset);
      ASSERT_EQ(rest[i].sync_point, all[last + 1 + i].sync_point);
    }
  }
  playing.context.Store(all.back());
  playing.Restart();
  EXPECT_THAT(playing.TakeAll(), IsEmpty());
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), IsEmpty());
}

TEST_P(Copy, GoesOnAtAUnitThatSomebodyWroteIntoTheOffset) {
  const TestFolder folder;
  const std::string file = folder / GetParam().file;
  TestVideo{.frames = 60, .options = GetParam().options}.Make(file);
  Playing playing({{"file", file}, {"format", "copy"}});
  const auto all = playing.TakeAll();
  for (const std::int64_t frame : {5, 24, 40}) {
    playing.context.Store({{"file", file}}, {{"frame", frame}});
    playing.Restart();
    EXPECT_EQ(playing.Take(1).at(0).headers, all[static_cast<std::size_t>(frame)].headers);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Containers, Copy,
    ::testing::Values(File{"H264Mp4", "a.mp4", kH264, "raw.h264"}, File{"H264Mkv", "a.mkv", kH264, "raw.h264"},
                      File{"H264MpegTs", "a.ts", kH264, "raw.h264"},
                      File{"H264FragmentedMp4", "f.mp4", kH264 + " -movflags frag_keyframe+empty_moov", "raw.h264"},
                      File{"H264OpenGroups", "o.mp4", kH264 + " -x264-params open-gop=1:scenecut=0", "raw.h264"},
                      File{"H264DeepReordering", "d.mp4",
                           "-c:v libx264 -preset veryfast -bf 8 -b_strategy 0 -g 24 -pix_fmt yuv420p", "raw.h264"},
                      File{"H264WithoutReorderingAvi", "a.avi",
                           "-c:v libx264 -preset veryfast -bf 0 -g 24 -pix_fmt yuv420p", "raw.h264"},
                      File{"H265Mp4", "b.mp4", kH265 + " -tag:v hvc1", "raw.h265"},
                      File{"H265Mkv", "b.mkv", kH265, "raw.h265"}, File{"H265MpegTs", "b.ts", kH265, "raw.h265"}),
    [](const auto& chosen) { return std::string(chosen.param.name); });

TEST(CopyResume, SeeksInsteadOfCounting) {
  const TestFolder folder;
  for (const auto& [name, options] :
       {std::pair{"a.mp4", kH264}, std::pair{"a.mkv", kH264}, std::pair{"a.ts", kH264}, std::pair{"b.mp4", kH265}}) {
    const std::string file = folder / name;
    TestVideo{.frames = 400, .options = options}.Make(file);
    Playing playing({{"file", file}, {"format", "copy"}});
    const auto all = playing.TakeAll();
    ASSERT_THAT(all, SizeIs(400));
    for (const std::size_t last : {150U, 210U, 239U, 240U, 241U, 333U}) {
      playing.context.Store(all[last]);
      playing.Restart();
      EXPECT_EQ(playing.Take(1).at(0).source_offset, all[last + 1].source_offset) << name;
    }
    EXPECT_THAT(playing.context.Lines(LogLevel::kInfo, "counted from the start"), IsEmpty()) << name;
  }
}

TEST(Copy, WhatAnEditListHidesIsMarkedSo) {
  const TestFolder folder;
  TestVideo{.frames = 90, .options = kH264}.Make(folder / "a.mp4");
  // The group of frame 24 on has to be there for what is shown from frame 36 on.
  RunFfmpeg("-ss 1.2 -i '" + (folder / "a.mp4") + "' -c copy '" + (folder / "cut.mp4") + "'");
  const auto records = Playing({{"file", folder / "cut.mp4"}, {"format", "copy"}}).TakeAll();
  const auto shown = Shown(folder / "cut.mp4");
  const auto hidden = static_cast<std::size_t>(std::count_if(records.begin(), records.end(), [](const auto& record) {
    return FindHeader(record.headers, "framespool.hidden") == "1";
  }));
  EXPECT_GT(hidden, 0U);
  EXPECT_EQ(records.size() - hidden, shown.size());
}

TEST(Copy, TimesGoOnOverLoopsAndEachIsASession) {
  const TestFolder folder;
  TestVideo{.frames = 30, .options = kH264}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}, {"format", "copy"}, {"loop", "true"}});
  const auto records = playing.Take(75);
  ASSERT_THAT(records, SizeIs(75));
  const auto times = ShownTimes({records.begin(), records.begin() + 60});
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(times[i]), static_cast<double>(i) * 1e6 / 30, 3);
  }
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(HeaderNumber(records[i], "framespool.session"), static_cast<std::int64_t>(i / 30));
    EXPECT_EQ(HeaderNumber(records[i], "framespool.frame"), static_cast<std::int64_t>(i % 30));
    if (i % 30 == 0) {
      EXPECT_EQ(HeaderNumber(records[i], "framespool.gop"), 0);
    }
  }
  playing.Restart();
  const auto next = playing.Take(1);
  EXPECT_EQ(HeaderNumber(next.at(0), "framespool.frame"), 15);
  EXPECT_EQ(HeaderNumber(next.at(0), "framespool.gop"), HeaderNumber(records.back(), "framespool.gop") + 1);
}

TEST(Copy, AnotherRateMovesBothTimes) {
  const TestFolder folder;
  TestVideo{.frames = 12, .options = kH264}.Make(folder / "a.mp4");
  const auto times = ShownTimes(Playing({{"file", folder / "a.mp4"}, {"format", "copy"}, {"fps", "10"}}).TakeAll());
  for (std::size_t i = 0; i < times.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(times[i]), static_cast<double>(i) * 1e5, 5);
  }
}

TEST(Copy, SaysHowAPictureLies) {
  const TestFolder folder;
  TestVideo{.frames = 5, .options = kH264}.Make(folder / "a.mp4");
  std::filesystem::copy(folder / "a.mp4", folder / "turned.mp4");
  TurnTrack(folder / "turned.mp4", {0, 1, -1, 0});
  const auto turned = Playing({{"file", folder / "turned.mp4"}, {"format", "copy"}}).TakeAll();
  EXPECT_NE(FindHeader(turned.at(0).headers, "framespool.orientation"), std::nullopt);
  const auto upright = Playing({{"file", folder / "a.mp4"}, {"format", "copy"}}).TakeAll();
  EXPECT_EQ(FindHeader(upright.at(0).headers, "framespool.orientation"), std::nullopt);
}

TEST(Copy, PassesMotionJpegThroughAsBefore) {
  const TestFolder folder;
  TestVideo{.frames = 5, .options = "-c:v mjpeg -q:v 3"}.Make(folder / "a.avi");
  const auto copied = Playing({{"file", folder / "a.avi"}, {"format", "copy"}}).TakeAll();
  const auto passed = Playing({{"file", folder / "a.avi"}}).TakeAll();
  ASSERT_EQ(copied.size(), passed.size());
  for (std::size_t i = 0; i < copied.size(); ++i) {
    EXPECT_EQ(copied[i].headers, passed[i].headers);
    EXPECT_EQ(copied[i].value.text(), passed[i].value.text());
    EXPECT_EQ(copied[i].sync_point, SyncPoint::kEach);
  }
}

/// What is said against a config, by the check and by the task alike.
Problem Refused(const RawConfig& raw) {
  const auto config = VideoFileSource::Describe().Parse(raw);
  const auto problems = VideoFileSource::CheckUntil(config, std::chrono::steady_clock::time_point::max());
  if (problems.size() != 1) return {.message = "not refused"};
  fakes::FakeSourceContext context;
  try {
    const VideoFileSource source(config, context);
    ADD_FAILURE() << "the task took it";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.problems().at(0).message, problems[0].message);
    EXPECT_EQ(error.problems().at(0).field, problems[0].field);
  }
  return problems[0];
}

TEST(Copy, RefusesACodecThatTopicsDoNotHoldAndSaysWhatTheFileHas) {
  const TestFolder folder;
  TestVideo{.frames = 5, .options = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"}.Make(folder / "a.webm");
  const Problem problem = Refused({{"file", folder / "a.webm"}, {"topic", "t"}, {"format", "copy"}});
  EXPECT_EQ(problem.field, "format");
  EXPECT_THAT(problem.message, AllOf(HasSubstr("holds vp9"), HasSubstr("set format to auto"), HasSubstr("ffmpeg")));
}

TEST(Copy, RefusesAFileThatDoesNotSayWhenItsFramesAreShown) {
  const TestFolder folder;
  TestVideo{.frames = 40, .options = kH264}.Make(folder / "a.mp4");
  RunFfmpeg("-i '" + (folder / "a.mp4") + "' -c copy '" + (folder / "a.h264") + "'");
  const Problem problem = Refused({{"file", folder / "a.h264"}, {"topic", "t"}, {"format", "copy"}});
  EXPECT_EQ(problem.field, "format");
  EXPECT_THAT(problem.message, HasSubstr("another order"));
}

TEST(Copy, RefusesAWidth) {
  const TestFolder folder;
  TestVideo{.frames = 5, .options = kH264}.Make(folder / "a.mp4");
  const Problem problem = Refused({{"file", folder / "a.mp4"}, {"topic", "t"}, {"format", "copy"}, {"width", "160"}});
  EXPECT_EQ(problem.field, "width");
  EXPECT_THAT(problem.message, HasSubstr("must be 0 where format = copy"));
}

TEST(Copy, OfADamagedFileTakesWhatCanBeRead) {
  const TestFolder folder;
  for (const char* name : {"a.mp4", "a.mkv", "a.ts"}) {
    const std::string file = folder / name;
    TestVideo{.frames = 120, .options = kH264}.Make(file);
    DamageFile(file, 0.03);
    Playing playing({{"file", file}, {"format", "copy"}});
    const auto all = playing.TakeAll();
    EXPECT_GE(all.size(), FramesThatFfmpegReads(file)) << name;
    EXPECT_TRUE(playing.ended());
    playing.context.Store(all[all.size() - 5]);
    playing.Restart();
    EXPECT_EQ(Joined(playing.TakeAll()), Joined(all, all.size() - 4)) << name;
  }
}

}  // namespace
}  // namespace framespool::video_file
