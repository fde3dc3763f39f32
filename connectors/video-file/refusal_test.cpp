// What is not a video file is refused at create time with the field named, and by a task with the same words.
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <tuple>

#include "cores.h"
#include "fakes/fake_source_context.h"
#include "file_problem.h"
#include "frame_reader.h"
#include "position.h"
#include "test_video.h"
#include "video_file_source.h"

namespace framespool::video_file {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::SizeIs;

VideoFileSource::Config ConfigFor(const std::string& file, const std::string& format = "auto") {
  return VideoFileSource::Describe().Parse({{"file", file}, {"topic", "frames"}, {"format", format}});
}

/// Whether nothing is said against it: on a busy machine a check may be out of time, and says that.
testing::AssertionResult LetsIn(const std::vector<Problem>& found) {
  for (const Problem& problem : found) {
    if (!problem.is_warning || problem.kind != kind::kCheckUnfinished)
      return testing::AssertionFailure() << ToText(problem);
  }
  return testing::AssertionSuccess();
}

/// What Check() finds where it has all the time that it needs: a busy machine under a sanitizer may need more than its
/// 3 s.
std::vector<Problem> FoundInTheEnd(const VideoFileSource::Config& config) {
  return VideoFileSource::CheckUntil(config, std::chrono::steady_clock::time_point::max());
}

/// The message of Check(), which a task's must equal.
std::string Refusal(const std::string& file) {
  const auto errors = FoundInTheEnd(ConfigFor(file));
  if (errors.size() != 1) return "not refused";
  EXPECT_EQ(errors[0].field, "file");
  fakes::FakeSourceContext context;
  try {
    const VideoFileSource source(ConfigFor(file), context);
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.what(), "file " + errors[0].message);
  }
  return errors[0].message;
}

TEST(Refusal, TakesOnlyOffsetsThatItCouldGoOnFrom) {
  const auto problem = [](const Fields& partition, const Fields& offset) {
    return VideoFileSource::CheckOffset(ConfigFor("/v/a.mp4"), "a-source", partition, offset)
        .value_or(Problem{})
        .message;
  };
  const Fields file{{"file", std::string("/v/a.mp4")}};
  EXPECT_EQ(problem(file, {{"frame", std::int64_t{12}}}), "");
  Position own;
  own.frame = 3;
  own.last_check = "crc";
  EXPECT_EQ(problem(file, own.ToOffset()), "");
  own.last_place = 188;
  own.shift_us = -3'600'000'000;  // of a file whose clock jumps
  EXPECT_EQ(problem(file, own.ToOffset()), "");
  EXPECT_THAT(problem(file, {{"frame", std::int64_t{-5}}}), HasSubstr("offset.frame must be a whole number"));
  EXPECT_THAT(problem(file, {{"frame", std::string("ten")}}), HasSubstr("offset.frame"));
  EXPECT_THAT(problem(file, {{"frame", 1.5}}), HasSubstr("offset.frame"));
  EXPECT_THAT(problem(file, {}), HasSubstr("must have a frame"));
  EXPECT_THAT(problem(file, {{"frame", std::int64_t{1}}, {"farme", std::int64_t{1}}}),
              HasSubstr("offset.farme is unknown"));
  EXPECT_THAT(problem({{"file", std::string("/v/b.mp4")}}, {{"frame", std::int64_t{1}}}), HasSubstr("/v/a.mp4"));
  EXPECT_THAT(problem({{"filename", std::string("/v/a.mp4")}}, {{"frame", std::int64_t{1}}}), HasSubstr("partition"));
}

TEST(Refusal, TakesAVideo) {
  const TestFolder folder;
  TestVideo{.frames = 3}.Make(folder / "a.mp4");
  EXPECT_TRUE(LetsIn(VideoFileSource::Check(ConfigFor(folder / "a.mp4"), "a-source")));
  EXPECT_TRUE(LetsIn(VideoFileSource::Check(ConfigFor(folder / "a.mp4", "png"), "a-source")));
}

TEST(Refusal, TakesAPathThatLooksLikeAProtocol) {
  const TestFolder folder;
  TestVideo{.frames = 3}.Make(folder / "a.mp4");
  std::filesystem::rename(folder / "a.mp4", folder / "concat:50%d, 'best'.mp4");
  EXPECT_TRUE(LetsIn(VideoFileSource::Check(ConfigFor(folder / "concat:50%d, 'best'.mp4"), "a-source")));
}

TEST(Refusal, AMissingFile) {
  EXPECT_THAT(Refusal("/nowhere/a.mp4"),
              AllOf(HasSubstr("there is no \"/nowhere/a.mp4\""), HasSubstr("give the path")));
  EXPECT_THAT(Refusal("a.mp4"), HasSubstr("best from the root"));
}

TEST(Refusal, AUrl) { EXPECT_THAT(Refusal("http://127.0.0.1:9/a.mp4"), HasSubstr("there is no")); }

TEST(Refusal, ADirectory) {
  const TestFolder folder;
  EXPECT_THAT(Refusal(folder / ""), HasSubstr("is a directory; name one video file in it"));
}

TEST(Refusal, AFifoWithoutWaitingForIt) {
  const TestFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe.mp4").c_str(), 0600), 0);
  EXPECT_THAT(Refusal(folder / "pipe.mp4"), HasSubstr("is a FIFO (named pipe)"));
}

TEST(Refusal, ADevice) { EXPECT_THAT(Refusal("/dev/zero"), HasSubstr("is a device")); }

TEST(Refusal, ASocket) {
  const TestFolder folder;
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  const std::string path = folder / "s";
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  const int socket_fd = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(socket_fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(Refusal(path), HasSubstr("is a socket"));
  close(socket_fd);
}

TEST(Refusal, AnEmptyFile) {
  const TestFolder folder;
  WriteFile(folder / "a.mp4", {});
  EXPECT_THAT(Refusal(folder / "a.mp4"), HasSubstr("is empty (0 bytes)"));
}

TEST(Refusal, Text) {
  const TestFolder folder;
  const std::string text(5000, 'x');
  WriteFile(folder / "notes.mp4", std::as_bytes(std::span(text)));
  WriteFile(folder / "notes.txt", std::as_bytes(std::span(text)));
  EXPECT_THAT(Refusal(folder / "notes.mp4"), HasSubstr("is none that FFmpeg knows"));
  EXPECT_THAT(Refusal(folder / "notes.txt"), HasSubstr("is text; give a video"));
}

TEST(Refusal, AnMp4WhoseIndexWasNeverWritten) {
  const TestFolder folder;
  TestVideo{.frames = 60}.Make(folder / "a.mp4");
  CutFile(folder / "a.mp4", 0.5);
  EXPECT_THAT(Refusal(folder / "a.mp4"), HasSubstr("was it copied or recorded to its end?"));
}

TEST(Refusal, AudioOnly) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i sine -t 1 '" + (folder / "song.mp3") + "'");
  EXPECT_THAT(Refusal(folder / "song.mp3"), AllOf(HasSubstr("has no video stream"), HasSubstr("audio (mp3)")));
}

TEST(Refusal, ASongWithACoverPicture) {
  const TestFolder folder;
  RunFfmpeg(
      "-f lavfi -i sine -f lavfi -i color=red:s=64x64 -t 1 -map 0:a -map 1:v -frames:v 1 -c:v png "
      "-disposition:v attached_pic '" +
      (folder / "song.mp3") + "'");
  EXPECT_THAT(Refusal(folder / "song.mp3"), HasSubstr("has no video stream"));
}

TEST(Refusal, ASinglePicture) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i color=red:s=64x64 -frames:v 1 '" + (folder / "a.png") + "'");
  RunFfmpeg("-f lavfi -i color=red:s=64x64 -frames:v 1 '" + (folder / "a.jpg") + "'");
  EXPECT_THAT(Refusal(folder / "a.png"), HasSubstr("is a single picture"));
  EXPECT_THAT(Refusal(folder / "a.jpg"), HasSubstr("is a single picture"));
}

TEST(Refusal, AListOfOtherFiles) {
  const TestFolder folder;
  TestVideo{.frames = 30}.Make(folder / "a.ts");
  const std::string list = "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\na.ts\n#EXT-X-ENDLIST\n";
  WriteFile(folder / "a.m3u8", std::as_bytes(std::span(list)));
  EXPECT_THAT(Refusal(folder / "a.m3u8"), HasSubstr("is a list of other files"));
}

TEST(Refusal, AListOfOtherFilesThatLooksLikeAVideo) {
  const TestFolder folder;
  TestVideo{.frames = 30}.Make(folder / "a.ts");
  const std::vector<std::pair<const char*, std::string>> lists = {
      {"concat.mp4", "ffconcat version 1.0\nfile a.ts\n"},
      {"hls.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\na.ts\n#EXT-X-ENDLIST\n"},
      {"session.mp4",
       "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
       "a=rtpmap:96 H264/90000\n"}};
  for (const auto& [name, text] : lists) {
    WriteFile(folder / name, std::as_bytes(std::span(text)));
    // FFmpeg 7.1 does not take a playlist for one any more that has a video's name.
    EXPECT_THAT(Refusal(folder / name),
                AnyOf(HasSubstr("is a list of other files"), HasSubstr("is none that FFmpeg knows")))
        << name;
  }
}

TEST(Refusal, AStillInTheBoxesOfAnMp4) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i color=red:s=64x64 -frames:v 1 -c:v libaom-av1 -still-picture 1 -cpu-used 8 '" +
            (folder / "a.avif") + "'");
  EXPECT_THAT(Refusal(folder / "a.avif"), HasSubstr("is a single picture (AVIF)"));
  std::filesystem::rename(folder / "a.avif", folder / "a.mp4");
  EXPECT_THAT(Refusal(folder / "a.mp4"), HasSubstr("is a single picture (AVIF)"));
  const std::string heic(
      "\0\0\0\x18"
      "ftypheic\0\0\0\0mif1heic\0\0\0\x0cmeta\0\0\0\0",
      36);
  WriteFile(folder / "a.heic", std::as_bytes(std::span(heic)));
  EXPECT_THAT(Refusal(folder / "a.heic"), HasSubstr("is a single picture (HEIC)"));
}

TEST(Refusal, AnAnimationOfOnePicture) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i color=red:s=64x64 -frames:v 1 '" + (folder / "a.gif") + "'");
  EXPECT_THAT(Refusal(folder / "a.gif"), HasSubstr("is a single picture (gif)"));
}

TEST(Refusal, PicturesLargerThanAnyCamerasAreNotDecoded) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i color=red:s=9000x8000:r=5:d=0.4 -c:v mjpeg -q:v 20 -threads 1 '" + (folder / "huge.avi") +
            "'");
  EXPECT_THAT(FoundInTheEnd(ConfigFor(folder / "huge.avi", "jpeg")), SizeIs(1));
}

TEST(Refusal, AWidthWhosePictureCannotBeMadeNamesWidthAndTheTrueSize) {
  const TestFolder folder;
  struct Case {
    const char* size;
    const char* width;
    const char* made;
    const char* advice;
  };
  for (const Case& each :
       {Case{"2x16384", "300", "300 makes 300x2457600 of this video's 2x16384", "at most 7, or"},
        Case{"2x16384", "16384", "16384x134217728", "at most 7, or"},
        Case{"1x1", "16384", "16384x16384", "at most 4096, or"}, Case{"1x1", "8192", "8192x8192", "at most 4096, or"},
        Case{"64x48", "16384", "16384x12288", "at most 9459, or"},
        Case{"20000x2", "1", "1x1 of this video's 20000x2", "at least 2, or"}}) {
    const std::string file = folder / (std::string(each.size) + ".mkv");
    RunFfmpeg("-f lavfi -i color=red:s=" + std::string(each.size) + ":r=5:d=0.4,format=yuv444p -c:v ffv1 '" + file +
              "'");
    for (const char* format : {"jpeg", "png"}) {
      const auto config = VideoFileSource::Describe().Parse(
          {{"file", file}, {"topic", "frames"}, {"format", format}, {"width", each.width}});
      const auto errors = FoundInTheEnd(config);
      ASSERT_EQ(errors.size(), 1U) << each.size << " to " << each.width;
      EXPECT_EQ(errors[0].field, "width");
      EXPECT_THAT(errors[0].message, AllOf(HasSubstr(each.made), HasSubstr(each.advice)));
      EXPECT_FALSE(VideoFileSource::Sample(config).has_value());
      fakes::FakeSourceContext context;
      VideoFileSource source(config, context);
      try {
        source.Poll({});
        ADD_FAILURE() << each.size << " was played at " << each.width;
      } catch (const ConfigError& error) {
        EXPECT_EQ(error.what(), "width " + errors[0].message);
      }
    }
  }
}

TEST(Refusal, TakesTheLargestWidthThatItAdvises) {
  const TestFolder folder;
  for (const auto& [size, width, made] : {std::tuple("2x16384", "7", "7x57344"), std::tuple("2x16384", "0", "2x16384"),
                                          std::tuple("1x1", "4096", "4096x4096"), std::tuple("20000x2", "2", "2x1")}) {
    const std::string file = folder / (std::string(size) + ".mkv");
    RunFfmpeg("-f lavfi -i color=red:s=" + std::string(size) + ":r=5:d=0.4,format=yuv444p -c:v ffv1 '" + file + "'");
    const auto config = VideoFileSource::Describe().Parse({{"file", file}, {"topic", "frames"}, {"width", width}});
    EXPECT_TRUE(LetsIn(VideoFileSource::Check(config, "a-source"))) << size << " to " << width;
    const auto sample = VideoFileSource::Sample(config);
    if (sample) {  // nothing when time was short
      EXPECT_THAT(sample->what, HasSubstr(made));
    }
  }
}

TEST(Check, ThatRunsOutOfTimeLeavesTheAnswerToTheTask) {
  const TestFolder folder;
  TestVideo{.frames = 30}.Make(folder / "a.mp4");
  EXPECT_THROW(OpenFrames(folder / "a.mp4", {}, {.until = std::chrono::steady_clock::now()}), media::OutOfTime);
  const auto frames = OpenFrames(folder / "a.mp4", {});
  EXPECT_EQ(frames->Advance({.until = std::chrono::steady_clock::now()}), Advanced::kNotYet);
  EXPECT_EQ(frames->Advance({}), Advanced::kFrame);

  const auto at_once = std::chrono::steady_clock::now();
  const auto found = VideoFileSource::CheckUntil(ConfigFor(folder / "a.mp4"), at_once);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].kind, kind::kCheckUnfinished);
  EXPECT_EQ(found[0].field, "file");
  EXPECT_TRUE(found[0].is_warning) << "it would refuse what the task may play";
  EXPECT_FALSE(VideoFileSource::SampleUntil(ConfigFor(folder / "a.mp4"), at_once));
}

TEST(Check, OfLargeHevcTakesItOrIsOutOfTimeButDoesNotFail) {
  const TestFolder folder;
  RunFfmpeg(
      "-f lavfi -i testsrc2=s=3840x2160:r=60 -frames:v 6 -c:v libx265 -preset ultrafast -x265-params log-level=none "
      "-pix_fmt yuv420p '" +
      (folder / "a.mp4") + "'");
  EXPECT_TRUE(LetsIn(VideoFileSource::Check(ConfigFor(folder / "a.mp4"), "a-source")));
  const auto sample = VideoFileSource::Sample(ConfigFor(folder / "a.mp4"));
  if (sample) {
    EXPECT_THAT(sample->what, HasSubstr("3840x2160"));
  }
}

TEST(Cores, AreThoseThatAQuotaGrants) {
  EXPECT_EQ(CoresOfQuota("max 100000"), 0);
  EXPECT_EQ(CoresOfQuota("-1 100000"), 0);
  EXPECT_EQ(CoresOfQuota("100000 100000"), 1);
  EXPECT_EQ(CoresOfQuota("150000 100000"), 2);
  EXPECT_EQ(CoresOfQuota("20000 100000"), 1);
  EXPECT_EQ(CoresOfQuota(""), 0);
  EXPECT_GE(CoresGiven(), 1);
}

TEST(Cores, AreThoseOfTheAffinity) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(CoresGiven(), 1);
  sched_setaffinity(0, sizeof before, &before);
}

TEST(Refusal, AVideoOfWhichNothingCanBeDecoded) {
  const TestFolder folder;
  TestVideo{.frames = 60, .options = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -movflags +faststart"}.Make(
      folder / "a.mp4");
  auto bytes = ReadFile(folder / "a.mp4");
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto pictures = text.find("mdat");
  ASSERT_NE(pictures, std::string_view::npos);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(pictures) + 4, bytes.end(), std::byte{0});
  WriteFile(folder / "a.mp4", bytes);
  const auto errors = FoundInTheEnd(ConfigFor(folder / "a.mp4"));
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_THAT(errors[0].message, HasSubstr("no frame of"));
  fakes::FakeSourceContext context;
  VideoFileSource source(ConfigFor(folder / "a.mp4"), context);
  try {
    source.Poll({});
    FAIL() << "was played";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.what(), "file " + errors[0].message);
  }
}

TEST(Refusal, AnOffsetBeyondTheEndOfTheFile) {
  const TestFolder folder;
  for (const char* name : {"a.mp4", "a.mkv", "a.ts"}) {
    const std::string path = folder / name;
    TestVideo{.frames = 60}.Make(path);
    const auto problem = [&](std::int64_t frame) {
      return VideoFileSource::CheckOffset(ConfigFor(path), "a-source", {{"file", path}}, {{"frame", frame}})
          .value_or(Problem{})
          .message;
    };
    EXPECT_EQ(problem(0), "") << name;
    EXPECT_EQ(problem(59), "") << name;
    EXPECT_EQ(problem(60), "") << name << ": all of them are sent then";
    EXPECT_THAT(problem(61), AllOf(HasSubstr("but is 61"), HasSubstr("has no more than 60"))) << name;
    EXPECT_THAT(problem(999999), HasSubstr("has no more than 60")) << name;
  }
}

TEST(Refusal, PicturesOfAPixelFormatThatFfmpegDoesNotConvert) {
  const TestFolder folder;
  WriteFile(folder / "raw", std::vector<std::byte>(std::size_t{16} * 16 * 3 / 2 * 4));
  const std::string file = folder / "a.nut";
  RunFfmpeg("-f rawvideo -pix_fmt uyyvyy411 -s 16x16 -i " + (folder / "raw") + " -c copy " + file);
  const auto errors = FoundInTheEnd(ConfigFor(file));
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].field, "file");
  EXPECT_THAT(errors[0].message, AllOf(HasSubstr("pixel format is uyyvyy411"), HasSubstr("-pix_fmt yuv420p")));
  EXPECT_FALSE(VideoFileSource::Sample(ConfigFor(file)).has_value());
  fakes::FakeSourceContext context;
  VideoFileSource source(ConfigFor(file), context);
  try {
    for (int i = 0; i < 100; ++i) source.Poll({});
    FAIL() << "was played";
  } catch (const ConfigError& error) {
    EXPECT_EQ(error.what(), "file " + errors[0].message);
  }
}

TEST(Refusal, PicturesOfMorePixelsThanAreDecoded) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i color=red:s=9000x8000:r=1 -frames:v 1 -c:v png " + (folder / "a.mkv"));
  EXPECT_THAT(Refusal(folder / "a.mkv"),
              AllOf(HasSubstr("at most 67108864 pixels a picture"), HasSubstr("9000x8000"), HasSubstr("scale=")));
}

TEST(Refusal, AnAnimatedWebp) {
  const TestFolder folder;
  RunFfmpeg("-f lavfi -i testsrc=s=64x48:r=5 -frames:v 5 -c:v libwebp_anim " + (folder / "a.webp"));
  EXPECT_THAT(Refusal(folder / "a.webp"), AllOf(HasSubstr("is an animated WebP"), HasSubstr("convert it")));
  RunFfmpeg("-f lavfi -i testsrc=s=64x48:r=5 -frames:v 1 -c:v libwebp " + (folder / "b.webp"));
  EXPECT_THAT(Refusal(folder / "b.webp"), HasSubstr("is a single picture"));
}

TEST(Refusal, AFileThatTheWorkersUserMayNotRead) {
  const TestFolder folder;
  TestVideo{.frames = 3}.Make(folder / "a.mp4");
  std::filesystem::permissions(folder / "a.mp4", std::filesystem::perms::none);
  const std::string file = folder / "a.mp4";
  // Root reads everything, so a child asks as nobody.
  int answer[2];
  ASSERT_EQ(pipe(answer), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    constexpr uid_t kNobody = 65534;
    if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 || setuid(kNobody) != 0)) _exit(2);
    const std::string problem = FileProblem(file).value_or(Problem{.message = "none"}).message;
    _exit(write(answer[1], problem.data(), problem.size()) == static_cast<ssize_t>(problem.size()) ? 0 : 3);
  }
  close(answer[1]);
  std::string problem(4096, '\0');
  const ssize_t size = read(answer[0], problem.data(), problem.size());
  close(answer[0]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  problem.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  EXPECT_THAT(problem, AllOf(HasSubstr("may not be read by the worker's user"), HasSubstr("Permission denied"),
                             HasSubstr("chmod a+r")));
}

TEST(Refusal, AnOddErrorIsPassedOn) {
  EXPECT_THAT(CannotOpenText("/mnt/a.mp4", EIO),
              AllOf(HasSubstr("cannot be opened: Input/output error"), HasSubstr("the disk")));
}

}  // namespace
}  // namespace framespool::video_file
