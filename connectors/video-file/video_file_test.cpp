#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "playing.h"

namespace framespool::video_file {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<int> Count(int first, int end) {
  std::vector<int> numbers(static_cast<std::size_t>(end - first));
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

std::vector<std::int64_t> Times(const std::vector<SourceRecord>& records) {
  std::vector<std::int64_t> times;
  for (const SourceRecord& record : records) times.push_back(HeaderNumber(record, "framespool.pts.us"));
  return times;
}

TEST(VideoFileSource, SendsEveryFrameInOrderAsAJpegWithItsHeaders) {
  const TestFolder folder;
  TestVideo{.frames = 60}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}});
  const auto records = playing.TakeAll();
  EXPECT_EQ(Numbers(records), Count(0, 60));
  for (std::size_t i = 0; i < records.size(); ++i) {
    const SourceRecord& record = records[i];
    EXPECT_EQ(record.topic, "frames");
    EXPECT_EQ(record.key, "garden-camera");
    EXPECT_THAT(record.headers,
                ElementsAre(Header{"content-type", "image/jpeg"}, Header{"framespool.frame", std::to_string(i)},
                            Header{"framespool.pts.us", std::to_string(std::llround(static_cast<double>(i) * 1e6 / 30))},
                            Header{"framespool.width", "320"}, Header{"framespool.height", "192"},
                            Header{"framespool.source", "a.mp4"}));
    EXPECT_EQ(record.source_partition, (Fields{{"file", folder / "a.mp4"}}));
    EXPECT_EQ(std::get<std::int64_t>(record.source_offset.at("frame")), static_cast<std::int64_t>(i) + 1);
    if (i > 0) {
      EXPECT_GE(record.timestamp, records[i - 1].timestamp);
    }
  }
}

TEST(VideoFileSource, SendsPngWhenAskedTo) {
  const TestFolder folder;
  TestVideo{.frames = 5}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}, {"format", "png"}});
  const auto records = playing.TakeAll();
  EXPECT_EQ(Numbers(records), Count(0, 5));
  EXPECT_EQ(FindHeader(records[0].headers, "content-type"), "image/png");
  EXPECT_THAT(std::string(records[0].value.text().substr(0, 4)), "\x89PNG");
}

TEST(VideoFileSource, ScalesToTheWidthAndKeepsTheShape) {
  const TestFolder folder;
  TestVideo{.frames = 3}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}, {"width", "160"}});
  const auto records = playing.TakeAll();
  EXPECT_EQ(Numbers(records), Count(0, 3));
  EXPECT_EQ(HeaderNumber(records[0], "framespool.width"), 160);
  EXPECT_EQ(HeaderNumber(records[0], "framespool.height"), 96);
}

TEST(VideoFileSource, AWorseQualityMakesASmallerPicture) {
  const TestFolder folder;
  TestVideo{.frames = 1}.Make(folder / "a.mp4");
  Playing good({{"file", folder / "a.mp4"}, {"jpeg.quality", "95"}});
  Playing poor({{"file", folder / "a.mp4"}, {"jpeg.quality", "10"}});
  EXPECT_LT(poor.TakeAll().at(0).value.size() * 2, good.TakeAll().at(0).value.size());
}

TEST(VideoFileSource, TakesTheRecordKeyFromItsConfig) {
  const TestFolder folder;
  TestVideo{.frames = 1}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}, {"record.key", "door"}});
  EXPECT_EQ(playing.TakeAll().at(0).key, "door");
}

TEST(VideoFileSource, TellsTheTrueTimesWhereTheRateVaries) {
  const TestFolder folder;
  // 60 fps, then 15, then nearly 30.
  TestVideo{.frames = 60,
            .options = "-vf \"settb=1/90000,setpts='if(lt(N,20),N*1500,if(lt(N,40),30000+(N-20)*6000,150000+(N-40)*3003))'\" "
                       "-fps_mode passthrough -enc_time_base 1/90000 -video_track_timescale 90000 "
                       "-c:v libx264 -preset ultrafast -bf 2 -g 24 -pix_fmt yuv420p"}
      .Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}});
  const auto records = playing.TakeAll();
  EXPECT_EQ(Numbers(records), Count(0, 60));
  const auto times = Times(records);
  for (int i = 0; i < 60; ++i) {
    const int ticks = i < 20 ? i * 1500 : i < 40 ? 30000 + (i - 20) * 6000 : 150000 + (i - 40) * 3003;
    EXPECT_NEAR(static_cast<double>(times[static_cast<std::size_t>(i)]), ticks / 0.09, 12) << "frame " << i;
  }
}

TEST(VideoFileSource, PlaysAtAnotherRateWhenOneIsSet) {
  const TestFolder folder;
  TestVideo{.frames = 4}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}, {"fps", "10"}});
  EXPECT_THAT(Times(playing.TakeAll()), ElementsAre(0, 100'000, 200'000, 300'000));
}

TEST(VideoFileSource, TimesKeepGrowingOverLoops) {
  const TestFolder folder;
  TestVideo{.frames = 10}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}, {"loop", "true"}});
  const auto records = playing.Take(25);
  ASSERT_THAT(records, SizeIs(25));
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(NumberIn(records[i].value.bytes()), static_cast<int>(i % 10));
    EXPECT_EQ(HeaderNumber(records[i], "framespool.frame"), static_cast<std::int64_t>(i % 10));
    EXPECT_EQ(HeaderNumber(records[i], "framespool.loop"), static_cast<std::int64_t>(i / 10));
    EXPECT_NEAR(static_cast<double>(HeaderNumber(records[i], "framespool.pts.us")), static_cast<double>(i) * 1e6 / 30, 2);
  }
}

TEST(VideoFileSource, GoesOnWithinALoopAfterARestart) {
  const TestFolder folder;
  TestVideo{.frames = 10}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}, {"loop", "true"}});
  playing.Take(20);  // the end of the second time round
  playing.Restart();
  auto next = playing.Take(7);
  ASSERT_THAT(next, SizeIs(7));
  EXPECT_EQ(HeaderNumber(next[0], "framespool.loop"), 2);
  EXPECT_EQ(Numbers(next), Count(0, 7));
  playing.Restart();
  next = playing.Take(1);
  EXPECT_EQ(Numbers(next), Count(7, 8));
  EXPECT_NEAR(static_cast<double>(Times(next)[0]), 27 * 1e6 / 30, 4);
}

TEST(VideoFileSource, StaysIdleAtTheEndAndSaysSo) {
  const TestFolder folder;
  TestVideo{.frames = 12}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}});
  EXPECT_THAT(playing.TakeAll(), SizeIs(12));
  EXPECT_THAT(playing.context.Lines(LogLevel::kInfo, "end of file after 12 frames"), SizeIs(1));
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), IsEmpty());
  const Fields metrics = playing.context.metrics();
  EXPECT_EQ(std::get<std::int64_t>(metrics.at("frames_read")), 12);
  EXPECT_EQ(std::get<std::int64_t>(metrics.at("frames_expected")), 12);
  EXPECT_TRUE(std::get<bool>(metrics.at("end_of_file")));
  EXPECT_THAT(playing.Poll(), IsEmpty());
  EXPECT_THAT(playing.context.Lines(LogLevel::kInfo, "end of file"), SizeIs(1));
}

TEST(VideoFileSource, SendsNothingAgainWhenRestartedAtTheEnd) {
  const TestFolder folder;
  TestVideo{.frames = 50}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}});
  EXPECT_THAT(playing.TakeAll(), SizeIs(50));
  playing.Restart();
  EXPECT_THAT(playing.TakeAll(), IsEmpty());
  EXPECT_TRUE(playing.ended());
  EXPECT_EQ(std::get<std::int64_t>(playing.context.metrics().at("frames_read")), 50);
  EXPECT_THAT(playing.context.Lines(LogLevel::kWarn), IsEmpty());
}

TEST(VideoFileSource, AStopEndsTheWaitForAFrameThatIsNotDue) {
  const TestFolder folder;
  TestVideo{.frames = 3}.Make(folder / "a.mp4");
  fakes::FakeSourceContext context;
  VideoFileSource source(VideoFileSource::Describe().Parse(
                             {{"file", folder / "a.mp4"}, {"topic", "t"}, {"fps", "0.01"}, {"pace", "realtime"}}),
                         context);
  std::stop_source stop;
  EXPECT_THAT(source.Poll(stop.get_token()), SizeIs(1));
  EXPECT_THAT(source.Poll(stop.get_token()), IsEmpty());  // due in 100 s
  stop.request_stop();
  EXPECT_THAT(source.Poll(stop.get_token()), IsEmpty());
}

TEST(VideoFileSource, OneUnpacedPollIsBounded) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i nullsrc=s=1280x720:r=30,geq=random\\(1\\)*255:128:128 -frames:v 12 -c:v mjpeg -q:v 2 '" +
            (folder / "noise.avi") + "'");
  Playing playing({{"file", folder / "noise.avi"}});
  const auto records = playing.Poll();
  ASSERT_GE(records.size(), 1U);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i + 1 < records.size(); ++i) bytes += records[i].value.size();
  EXPECT_LT(bytes, std::size_t{1} << 20);
  EXPECT_LT(records.size(), 12U);
}

TEST(VideoFileSource, RefusesAnOffsetThatMakesNoSense) {
  const TestFolder folder;
  TestVideo{.frames = 3}.Make(folder / "a.mp4");
  Playing playing({{"file", folder / "a.mp4"}});
  playing.context.Store({{"file", folder / "a.mp4"}}, {{"frame", std::string("ten")}});
  try {
    playing.Restart();
    FAIL() << "was taken";
  } catch (const ConfigError& error) {
    EXPECT_THAT(error.what(), HasSubstr("the stored offset's frame must be a whole number"));
  }
}

}  // namespace
}  // namespace framespool::video_file
