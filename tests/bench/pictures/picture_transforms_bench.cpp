// bench_picture_transforms [FRAMES]
// What transforms of pictures cost a frame of 1920x1080: a chain beside a plain OpenCV program that does the same, turn
// by turn in one run, and a still camera's JPEGs through MotionFilter.
#include <ctime>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include <plugins/plugin_registry.h>
#include <record_stages.h>

#include "../report.h"

namespace {

using namespace framespool;  // NOLINT: a program of one file

constexpr int kRounds = 5;
constexpr int kQuality = 80;
constexpr double kFps = 30;
const cv::Size kSmall(1280, 720);

double CpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// A yard with edges and textures, and a sensor's noise that is another in each frame.
std::vector<Payload> Camera(int count) {
  cv::Mat yard(1080, 1920, CV_8UC3);
  cv::RNG random(7);
  random.fill(yard, cv::RNG::UNIFORM, 40, 200);
  cv::GaussianBlur(yard, yard, {0, 0}, 6);
  cv::normalize(yard, yard, 30, 220, cv::NORM_MINMAX);
  for (int i = 0; i < 60; ++i) {
    const cv::Point from(random.uniform(0, 1800), random.uniform(0, 1000));
    cv::rectangle(yard, cv::Rect(from.x, from.y, random.uniform(20, 300), random.uniform(20, 200)),
                  cv::Scalar(random.uniform(0, 255), random.uniform(0, 255), random.uniform(0, 255)), 3);
  }
  std::vector<Payload> frames;
  for (int i = 0; i < count; ++i) {
    cv::Mat noise(yard.size(), CV_16SC3), noisy;
    random.fill(noise, cv::RNG::NORMAL, 0, 2);
    cv::add(yard, noise, noisy, cv::noArray(), CV_8UC3);
    std::vector<unsigned char> bytes;
    cv::imencode(".jpg", noisy, bytes, {cv::IMWRITE_JPEG_QUALITY, kQuality});
    const auto all = std::as_bytes(std::span(bytes));
    frames.emplace_back(std::vector<std::byte>(all.begin(), all.end()));
  }
  return frames;
}

/// What somebody writes who has only OpenCV.
std::size_t Plain(const Payload& frame, int number) {
  const auto* begin = reinterpret_cast<const unsigned char*>(frame.bytes().data());
  const cv::Mat bytes(1, static_cast<int>(frame.size()), CV_8UC1, const_cast<unsigned char*>(begin));
  const cv::Mat picture = cv::imdecode(bytes, cv::IMREAD_COLOR);
  cv::Mat small;
  cv::resize(picture, small, kSmall, 0, 0, cv::INTER_AREA);
  std::string text("yard ");
  text += std::to_string(number);
  constexpr int kCapital = 29;
  constexpr double kScale = kCapital / 21.0;
  int below = 0;
  const cv::Size size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, kScale, 2, &below);
  cv::Mat box = small(cv::Rect(14, kSmall.height - 14 - 2 * kCapital, size.width + 28, 2 * kCapital));
  cv::addWeighted(cv::Mat(box.size(), box.type(), cv::Scalar::all(0)), 0.5, box, 0.5, 0, box);
  cv::putText(box, text, {14, kCapital * 3 / 2}, cv::FONT_HERSHEY_SIMPLEX, kScale, cv::Scalar::all(255), 2,
              cv::LINE_AA);
  std::vector<unsigned char> made;
  cv::imencode(".jpg", small, made, {cv::IMWRITE_JPEG_QUALITY, kQuality});
  return made.size();
}

SourceRecord RecordOf(const Payload& frame, int number) {
  SourceRecord record;
  record.topic = std::string("t");
  record.key = std::string("camera");
  record.value = frame;
  record.headers = {{"framespool.pts.us", std::to_string(static_cast<std::int64_t>(number * 1e6 / kFps))},
                    {"content-type", "image/jpeg"},
                    {"number", std::to_string(number)}};
  return record;
}

double Seconds(int count, const std::function<void(int)>& work) {
  const double from = CpuSeconds();
  for (int i = 0; i < count; ++i) work(i);
  return CpuSeconds() - from;
}

double Middle(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + kRounds / 2, values.end());
  return values[kRounds / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 60;
  const std::vector<Payload> frames = Camera(std::min(count, 60));
  const auto frame = [&](int i) -> const Payload& { return frames[static_cast<std::size_t>(i) % frames.size()]; };
  plugins::PluginRegistry plugins({PLUGINS});
  const runtime::TaskIdentity identity{"bench", 0, "Bench"};
  runtime::RecordStages chain({{"transforms", "small,text,write"},
                               {"transforms.small.type", "Resize"},
                               {"transforms.small.width", "1280"},
                               {"transforms.text.type", "Overlay"},
                               {"transforms.text.text", "yard ${header:number}"},
                               {"transforms.write.type", "Reencode"},
                               {"transforms.write.quality", std::to_string(kQuality)}},
                              plugins, identity);
  std::printf("1920x1080, JPEGs of %zu KB; medians of %d rounds of %d frames, process CPU\n", frames[0].size() / 1024,
              kRounds, count);
  std::vector<double> plain, chained, ratio, motion;
  std::size_t bytes_plain = 0, bytes_chained = 0;
  for (int round = 0; round < kRounds; ++round) {
    plain.push_back(Seconds(count, [&](int i) { bytes_plain = Plain(frame(i), i); }) / count);
    chained.push_back(Seconds(count,
                              [&](int i) {
                                SourceRecord record = RecordOf(frame(i), i);
                                runtime::RecordWay way;
                                chain.Pass(record, way);
                                bytes_chained = record.value.size();
                              }) /
                      count);
    ratio.push_back(plain.back() / chained.back());
  }
  std::printf("plain OpenCV: to 1280x720, text, JPEG   %6.2f ms a frame, %zu bytes\n", Middle(plain) * 1e3,
              bytes_plain);
  std::printf("Resize, Overlay, Reencode               %6.2f ms a frame, %zu bytes: %.2f times as fast\n",
              Middle(chained) * 1e3, bytes_chained, Middle(ratio));
  bench::Report({.what = "Resize, Overlay and Reencode of 1080p",
                 .beside = "a plain OpenCV program",
                 .unit = "ms/frame",
                 .ours = Middle(chained) * 1e3,
                 .theirs = Middle(plain) * 1e3,
                 .ratio = Middle(ratio)});
  int kept = 0;
  for (int round = 0; round < kRounds; ++round) {
    runtime::RecordStages filter(
        {{"transforms", "m"}, {"transforms.m.type", "MotionFilter"}, {"transforms.m.keep.after.ms", "0"}}, plugins,
        identity);
    kept = 0;
    motion.push_back(Seconds(count,
                             [&](int i) {
                               SourceRecord record = RecordOf(frame(i), i);
                               runtime::RecordWay way;
                               kept += filter.Pass(record, way) ? 1 : 0;
                             }) /
                     count);
  }
  std::printf(
      "MotionFilter, a still camera            %6.2f ms a frame: %.1f %% of a core at %.0f fps; %d of %d kept\n",
      Middle(motion) * 1e3, Middle(motion) * kFps * 100, kFps, kept, count);
}
