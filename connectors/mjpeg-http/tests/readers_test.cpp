// OpenCV's VideoCapture reads the stream; tests/e2e/test_readers.py has ffmpeg, VLC and Chromium.
#include <opencv2/videoio.hpp>

#include "mux_client.h"
#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

/// A picture that tells its number by its grey.
std::string Grey(int number) {
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", cv::Mat(96, 128, CV_8UC3, cv::Scalar::all(number * 4)), bytes);
  return {bytes.begin(), bytes.end()};
}

class OpenCvReads : public SinkFixture, public testing::WithParamInterface<const char*> {};

TEST_P(OpenCvReads, EveryFrameInOrder) {
  for (int number = 0; number < 60; ++number)
    topic.Append(Grey(number), {{"framespool.pts.us", std::to_string(number * 20'000)}});
  Start();
  cv::VideoCapture capture("http://127.0.0.1:" + std::to_string(port) + GetParam(), cv::CAP_FFMPEG);
  ASSERT_TRUE(capture.isOpened());
  cv::Mat pixels;
  for (int number = 0; number < 50; ++number) {
    ASSERT_TRUE(capture.read(pixels)) << number;
    ASSERT_EQ(pixels.size(), cv::Size(128, 96));
    EXPECT_NEAR(pixels.at<cv::Vec3b>(48, 64)[0], number * 4, 2) << number;
  }
}

INSTANTIATE_TEST_SUITE_P(Stream, OpenCvReads, testing::Values("/?from=0", "/?framing=length", "/?from=0&until=50"),
                         [](const auto& target) { return "Target" + std::to_string(target.index); });

}  // namespace
}  // namespace framespool::mjpeg
