// video_file_bench [FILE]: what a frame costs, each way, in CPU time; and how the ways compare. Without FILE it makes
// 720p footage of its own with ffmpeg, with grain, as smooth test patterns flatter every encoder.
#include <ctime>
#include <filesystem>
#include <functional>
#include <iomanip>
#include <iostream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/videoio.hpp>
#include <vector>

#include "frame_reader.h"
#include "image_encoder.h"
#include "test_video.h"

namespace framespool::video_file {
namespace {

constexpr int kFrames = 150;

double CpuMs() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct Cost {
  double ms = 0;
  double bytes = 0;
};

Cost OfFile(const std::string& path, const FrameOptions& options) {
  const auto frames = OpenFrames(path, options);
  Cost cost;
  int count = 0;
  const double start = CpuMs();
  while (count < kFrames && frames->Advance()) {
    cost.bytes += static_cast<double>(frames->Picture().image.size());
    frames->Check();
    ++count;
  }
  if (count == 0) throw std::runtime_error(path + " holds no frames");
  return {.ms = (CpuMs() - start) / count, .bytes = cost.bytes / count};
}

Cost OfEncoding(const std::vector<cv::Mat>& pictures, const std::function<std::size_t(const cv::Mat&)>& encode) {
  double bytes = 0;
  const double start = CpuMs();
  for (const cv::Mat& picture : pictures) bytes += static_cast<double>(encode(picture));
  const auto count = static_cast<double>(pictures.size());
  return {.ms = (CpuMs() - start) / count, .bytes = bytes / count};
}

void Print(const char* what, const Cost& cost, double reference) {
  std::cout << std::left << std::setw(44) << what << std::right << std::fixed << std::setprecision(3) << std::setw(9)
            << cost.ms << " ms" << std::setprecision(0) << std::setw(9) << cost.bytes / 1000 << " KB"
            << std::setprecision(2) << std::setw(9) << cost.ms / reference << " x\n";
}

void Run(const std::string& h264, const std::string& mjpeg) {
  std::cout << "CPU time and bytes a frame, over " << kFrames << " frames\n";
  const Cost decoded = OfFile(h264, {});
  Print("file: decode and encode JPEG q80", decoded, decoded.ms);
  Print("file: decode, scale to 640, encode JPEG q80", OfFile(h264, {.width = 640}), decoded.ms);
  Print("file: decode and encode PNG", OfFile(h264, {.format = "png"}), decoded.ms);
  Print("Motion JPEG: decode and encode JPEG q80", OfFile(mjpeg, {.format = "jpeg"}), decoded.ms);
  const Cost passed = OfFile(mjpeg, {});
  Print("Motion JPEG: pass through", passed, decoded.ms);

  std::vector<cv::Mat> pictures;
  cv::VideoCapture capture("file:" + h264, cv::CAP_FFMPEG);
  for (cv::Mat picture; pictures.size() < 20 && capture.read(picture);) pictures.push_back(picture.clone());
  std::cout << "\nencoders alone, over " << pictures.size() << " pictures\n";
  const auto jpeg = MakeJpegEncoder(80);
  const Cost turbo = OfEncoding(pictures, [&](const cv::Mat& picture) { return jpeg->Encode(picture).size(); });
  Print("JPEG q80: libjpeg-turbo, kept handle", turbo, turbo.ms);
  const auto imencode = [](const char* kind, std::vector<int> options) {
    return [kind, options](const cv::Mat& picture) {
      std::vector<unsigned char> bytes;
      cv::imencode(kind, picture, bytes, options);
      return bytes.size();
    };
  };
  Print("JPEG q80: cv::imencode", OfEncoding(pictures, imencode(".jpg", {cv::IMWRITE_JPEG_QUALITY, 80})), turbo.ms);
  for (const int level : {0, 1, 3, 6}) {
    const std::string what = "PNG: cv::imencode, level " + std::to_string(level);
    Print(what.c_str(), OfEncoding(pictures, imencode(".png", {cv::IMWRITE_PNG_COMPRESSION, level})), turbo.ms);
  }
  Print("PNG: cv::imencode, its own default", OfEncoding(pictures, imencode(".png", {})), turbo.ms);
  std::cout << "\npass through / decode and encode: " << std::setprecision(4) << passed.ms / decoded.ms << "\n";
}

}  // namespace
}  // namespace framespool::video_file

int main(int argc, char** argv) {
  using namespace framespool::video_file;
  try {
    const TestFolder folder;
    std::string h264 = folder / "h264.mp4";
    if (argc > 1) {
      h264 = argv[1];
    } else {
      RunFfmpeg("-f lavfi -i testsrc2=s=1280x720:r=30,noise=alls=12:allf=t -frames:v " + std::to_string(kFrames) +
                " -c:v libx264 -preset superfast -pix_fmt yuv420p '" + h264 + "'");
    }
    const std::string mjpeg = folder / "mjpeg.avi";
    RunFfmpeg("-i '" + std::filesystem::absolute(h264).string() + "' -an -frames:v " + std::to_string(kFrames) +
              " -c:v mjpeg -q:v 4 '" + mjpeg + "'");
    Run(h264, mjpeg);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "video_file_bench: " << error.what() << "\n";
    return 1;
  }
}
