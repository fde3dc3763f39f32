// /clip: files that other programs read, of the length they say, and what goes wrong.
#include <opencv2/videoio.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "mux_client.h"
#include "sink_fixture.h"
#include "test_pictures.h"

namespace framespool::mjpeg {
namespace {

using media::ExpectUpright;
using media::OrientedJpeg;
using std::chrono::milliseconds;
using testing::HasSubstr;

/// What a program prints.
std::string Output(const std::string& command) {
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  char bytes[4096];
  while (const std::size_t got = std::fread(bytes, 1, sizeof bytes, pipe)) text.append(bytes, got);
  EXPECT_EQ(::pclose(pipe), 0) << command << "\n" << text;
  return text;
}

class Clip : public SinkFixture {
 public:
  ~Clip() override { std::filesystem::remove_all(folder); }

 protected:
  /// `count` pictures of 25 a second, that end now.
  void AppendPictures(int count, const char* extension = ".jpg", cv::Size size = {64, 48}) {
    const Timestamp end = Now();  // once: exactly 40 ms apart, however long the pictures take
    for (int i = 0; i < count; ++i) {
      pictures.push_back(ImageFile(size.width, size.height, extension));
      topic.Append(pictures.back(), {{"framespool.pts.us", std::to_string(i * 40'000)}},
                   end - milliseconds(40 * (count - i)));
    }
  }
  std::filesystem::path Save(const std::string& query, const std::string& name) {
    const Response response = Get(port, "/clip?" + query);
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.headers.at("Content-Length"), std::to_string(response.body.size()));
    std::filesystem::create_directories(folder);
    std::ofstream(folder / name, std::ios::binary) << response.body;
    return folder / name;
  }
  /// codec, width, height, frames, frames per second
  static std::string Probe(const std::filesystem::path& file) {
    return Output(
        "ffprobe -v error -count_frames -select_streams v:0 -show_entries "
        "stream=codec_name,width,height,nb_read_frames,r_frame_rate -of csv=p=0 " +
        file.string());
  }

  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("clip_test." + std::to_string(::getpid()));
  std::vector<std::string> pictures;
};

TEST_F(Clip, IsAnAviOfTheJpegsAsTheyAre) {
  AppendPictures(30);
  Start();
  const auto file = Save("from=5&until=25", "a.avi");
  EXPECT_EQ(Probe(file), "mjpeg,64,48,25/1,20\n");
  cv::VideoCapture capture(file.string(), cv::CAP_FFMPEG);
  ASSERT_TRUE(capture.isOpened());
  EXPECT_EQ(capture.get(cv::CAP_PROP_FRAME_COUNT), 20);
  capture.set(cv::CAP_PROP_FORMAT, -1);
  cv::Mat packet;
  for (int i = 5; i < 25; ++i) {
    ASSERT_TRUE(capture.read(packet));
    const std::string bytes(reinterpret_cast<const char*>(packet.data), packet.total() * packet.elemSize());
    ASSERT_EQ(bytes.substr(0, pictures[static_cast<std::size_t>(i)].size()), pictures[static_cast<std::size_t>(i)]);
  }
}

TEST_F(Clip, KeepsPngsAsTheyAreInAnAviToo) {
  AppendPictures(5, ".png");
  Start();
  EXPECT_EQ(Probe(Save("", "a.avi")), "png,64,48,25/1,5\n");
}

TEST_F(Clip, IsAnMp4OfWhateverImagesThereAre) {
  AppendPictures(10);
  AppendPictures(10, ".png", {64, 48});
  AppendPictures(1, ".webp", {65, 49});
  topic.Append(ImageFile(80, 60, ".jpg").substr(0, 30));
  Start();
  const std::string probe = Probe(Save("format=mp4", "a.mp4"));
  EXPECT_THAT(probe, testing::EndsWith(",21\n")) << "all but the broken one";
  EXPECT_THAT(probe, HasSubstr(",64,48,"));
}

TEST_F(Clip, StandsUprightHoweverItsPicturesAreStored) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    topic.Append(OrientedJpeg(orientation, {64, 32}), {{"framespool.pts.us", std::to_string(orientation * 40'000)}});
  }
  Start();
  for (const char* format : {"avi", "mp4"}) {
    const auto file = Save(std::string("format=") + format, std::string("upright.") + format);
    EXPECT_THAT(Probe(file), HasSubstr(",64,32,")) << format;
    cv::VideoCapture capture(file.string(), cv::CAP_FFMPEG);
    ASSERT_TRUE(capture.isOpened()) << format;
    capture.set(cv::CAP_PROP_ORIENTATION_AUTO, 0);
    cv::Mat pixels;
    for (int orientation = 1; orientation <= 8; ++orientation) {
      ASSERT_TRUE(capture.read(pixels)) << format;
      SCOPED_TRACE(std::string(format) + " " + std::to_string(orientation));
      ExpectUpright(pixels, {64, 32});
    }
  }
}

TEST_F(Clip, StopsWhenItIsCancelledOrItsViewerGoes) {
  AppendPictures(300, ".jpg", {640, 360});
  Start();
  for (const bool cancel : {true, false}) {
    Connection viewer(port);
    viewer.Send("GET /clip?format=mp4&id=mine HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    ASSERT_TRUE(Eventually([&] { return Status()["clips"].size() == 1; }));
    if (cancel) {
      EXPECT_EQ(Get(port, "/clip?id=other", "DELETE").status, 404);
      EXPECT_EQ(Get(port, "/clip?id=mine", "DELETE").status, 200);
      EXPECT_EQ(viewer.Read(Clock::now() + kPatience), "");
      EXPECT_FALSE(viewer.timed_out());
    } else {
      viewer.Close();
    }
    EXPECT_TRUE(Eventually([&] { return Status()["clips"].empty(); }));
  }
  EXPECT_FALSE(context.Logged(LogLevel::kWarn, "clip")) << "nothing went wrong";
  EXPECT_EQ(Get(port, "/clip", "DELETE").status, 400);
  EXPECT_EQ(Get(port, "/snapshot", "DELETE").status, 405);
  EXPECT_EQ(Get(port, "/mux?streams=screen", "DELETE").status, 405);
  EXPECT_EQ(
      Exchange(port, "DELETE /clip?id=mine HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n\r\n").status,
      403);
}

TEST_F(Clip, IsAZipOfTheImages) {
  AppendPictures(3);
  AppendPictures(2, ".png");
  Start();
  const auto file = Save("format=zip&from=1", "a.zip");
  const std::string list = Output(
      "python3 -c \"import zipfile, sys; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), "
      "*[i.filename[-4:] for i in z.infolist()], z.infolist()[0].date_time[0], "
      "len(z.read(z.infolist()[0])))\" " +
      file.string());
  const auto year = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(Now())).year();
  EXPECT_EQ(list, "None .jpg .jpg .png .png " + std::to_string(static_cast<int>(year)) + " " +
                      std::to_string(pictures[1].size()) + "\n");
}

TEST_F(Clip, PassesOverRecordsThatAreNoImages) {
  AppendPictures(3);
  topic.Append("text");
  AppendPictures(3);
  Start();
  EXPECT_EQ(Probe(Save("", "a.avi")), "mjpeg,64,48,25/1,6\n");
}

TEST_F(Clip, TakesTheFramesOfOneKey) {
  for (int i = 0; i < 10; ++i) topic.Append(ImageFile(32, 32, ".jpg"), {}, Now(), 0, i % 2 == 0 ? "a" : "b");
  Start();
  EXPECT_EQ(Get(port, "/clip?key=a", "HEAD").headers.at("X-Framespool-Frames"), "5");
}

TEST_F(Clip, SaysWhatItHoldsInItsHead) {
  Append(0, 99, milliseconds(10));
  topic.Truncate(50);
  Start();
  const Response head = Get(port, "/clip?from=10&until=60&format=zip", "HEAD");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("Content-Type"), "application/zip");
  EXPECT_EQ(head.headers.at("X-Framespool-Frames"), "10");
  EXPECT_EQ(head.headers.at("X-Framespool-First-Offset"), "50");
  EXPECT_EQ(head.headers.at("X-Framespool-Last-Offset"), "59");
  EXPECT_EQ(head.headers.at("X-Framespool-Older-Than-Retained"), "10");
  EXPECT_THAT(head.headers.at("Content-Disposition"), testing::AllOf(HasSubstr("attachment"), HasSubstr("screen-20")));
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(Get(port, "/clip?format=zip").body.size(),
            std::stoul(Get(port, "/clip?format=zip", "HEAD").headers.at("Content-Length")));
}

TEST_F(Clip, IsRefusedWithWhatIsAllowed) {
  Append(0, 9);
  topic.Append("\x89PNG\r\n\x1A\n#10#");
  Start();
  struct Case {
    const char* query;
    int status;
    const char* says;
  };
  for (const Case& bad :
       {Case{"format=gif", 400, "avi"}, Case{"from=soon", 400, "an offset"}, Case{"from=9&until=3", 400, "behind from"},
        Case{"id=a/b", 400, "letters"}, Case{"from=0&partition=3", 400, "from 0 to 0"},
        Case{"from=100", 404, "no frame in this span"}, Case{"", 422, "format=mp4 or zip"},
        Case{"until=5", 422, "broken"},
        Case{"format=mp4&until=5", 422, "none of the frames can be decoded: record 0 calls itself image/jpeg"}}) {
    // One that has been answered may count for a moment yet, and two are the most: then it says to come back later.
    Response response;
    Eventually([&] {
      response = Get(port, std::string("/clip?") + bad.query);
      return response.status == bad.status && response.body.find(bad.says) != std::string::npos;
    });
    EXPECT_EQ(response.status, bad.status) << bad.query << response.body;
    EXPECT_THAT(response.body, HasSubstr(bad.says)) << bad.query;
    EXPECT_TRUE(nlohmann::json::accept(response.body)) << bad.query;
  }
}

TEST_F(Clip, IsStreamedWithItsProgressInTheStatus) {
  Append(0, 199, milliseconds(10), 100'000);
  Start();
  Connection slow(port, 8192);
  slow.Send("GET /clip?format=zip&id=mine HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  EXPECT_TRUE(Eventually([&] {
    const auto clips = Status()["clips"];
    return clips.size() == 1 && clips[0]["phase"] == "sending" && clips[0]["frames_done"].get<int>() > 0;
  }));
  const auto clip = Status()["clips"][0];
  EXPECT_EQ(clip["id"], "mine");
  EXPECT_EQ(clip["frames"], 200);
  EXPECT_LT(clip["frames_done"].get<int>(), 200);
  EXPECT_GT(clip["bytes"].get<std::int64_t>(), 20'000'000);
  EXPECT_LT(clip["bytes_done"].get<std::int64_t>(), clip["bytes"].get<std::int64_t>());

  Connection second(port, 8192);
  second.Send("GET /clip?format=zip HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  ASSERT_TRUE(Eventually([&] { return Status()["clips"].size() == 2; }));
  const Response third = Get(port, "/clip");
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(third.headers.at("Retry-After"), "5");
  EXPECT_EQ(Get(port, "/snapshot").status, 200) << "the stream goes on beside it";
  slow.Reset();
  second.Reset();
  EXPECT_TRUE(Eventually([&] { return Status()["clips"].empty(); }));
}

TEST_F(Clip, IsCutOffWhenRetentionTakesItsFrames) {
  Append(0, 99, milliseconds(10), 100'000);
  Start();
  Connection slow(port, 8192);
  slow.Send("GET /clip?format=zip HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  ASSERT_TRUE(Eventually([&] {
    const auto clips = Status()["clips"];
    return clips.size() == 1 && clips[0]["phase"] == "sending";
  }));
  topic.Truncate(90);
  std::size_t got = 0;
  for (std::string more; !(more = slow.Read(Clock::now() + kPatience)).empty();) got += more.size();
  EXPECT_FALSE(slow.timed_out());
  EXPECT_LT(got, 9'000'000U);
  EXPECT_TRUE(context.Logged(LogLevel::kWarn, "deleted by the topic's retention"));
}

TEST_F(Clip, EndsWithItsSink) {
  Append(0, 199, milliseconds(10), 100'000);
  Start();
  Connection slow(port, 8192);
  slow.Send("GET /clip?format=zip HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  ASSERT_TRUE(Eventually([&] { return Status()["clips"].size() == 1; }));
  sink.reset();  // returns, although the viewer reads nothing
  std::size_t got = 0;
  for (std::string more; !(more = slow.Read(Clock::now() + kPatience)).empty();) got += more.size();
  EXPECT_FALSE(slow.timed_out());
  EXPECT_LT(got, 200U * 100'000U);
}

}  // namespace
}  // namespace framespool::mjpeg
