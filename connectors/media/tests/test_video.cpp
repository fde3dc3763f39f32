#include "test_video.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <opencv2/imgcodecs.hpp>
#include <random>
#include <sstream>
#include <stdexcept>

namespace framespool {
namespace {

constexpr int kWidth = 320;
constexpr int kHeight = 192;
constexpr int kBits = 16;
constexpr int kBlock = kWidth / kBits;

cv::Mat NumberedPicture(int number) {
  cv::Mat picture(kHeight, kWidth, CV_8UC3);
  const int bar = (number * 5) % kWidth;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const bool block = y < kHeight / 4;
      const bool lit = block ? (number >> (x / kBlock) & 1) != 0 : std::abs(x - bar) < 8;
      const int level = lit ? 235 : block ? 20 : 40 + x * 120 / kWidth;
      picture.at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<unsigned char>(level));
    }
  }
  return picture;
}

void Finish(FILE* pipe, const std::string& command) {
  if (pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
}

}  // namespace

TestFolder::TestFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "video-file-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void TestVideo::Make(const std::string& path) const {
  const std::string command = "ffmpeg -nostdin -loglevel error -y -f rawvideo -pix_fmt bgr24 -s " +
                              std::to_string(kWidth) + "x" + std::to_string(kHeight) + " -r " + std::to_string(fps) +
                              " -i pipe:0 -threads 2 " + options + " '" + path + "'";
  FILE* pipe = popen(command.c_str(), "w");
  if (pipe == nullptr) throw std::runtime_error("cannot run ffmpeg");
  for (int i = 0; i < frames; ++i) {
    const cv::Mat picture = NumberedPicture(i);
    if (std::fwrite(picture.data, 1, picture.total() * picture.elemSize(), pipe) == 0) break;
  }
  Finish(pipe, command);
}

void RunFfmpeg(const std::string& arguments) {
  const std::string command = "ffmpeg -nostdin -loglevel error -y " + arguments;
  FILE* pipe = popen(command.c_str(), "w");
  if (pipe == nullptr) throw std::runtime_error("cannot run ffmpeg");
  Finish(pipe, command);
}

std::string RunFfprobe(const std::string& arguments) {
  const std::string command = "ffprobe -v quiet " + arguments;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run ffprobe");
  std::string text;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) text += static_cast<char>(c);
  Finish(pipe, command);
  return text;
}

bool IsNear(const Colour& found, const Colour& wanted, int most) {
  return std::abs(found.red - wanted.red) <= most && std::abs(found.green - wanted.green) <= most &&
         std::abs(found.blue - wanted.blue) <= most;
}

std::string Text(const Colour& colour) {
  std::ostringstream text;
  text << '(' << colour.red << ',' << colour.green << ',' << colour.blue << ')';
  return text.str();
}

namespace {

cv::Mat Decoded(std::span<const std::byte> image) {
  const std::vector<unsigned char> bytes(reinterpret_cast<const unsigned char*>(image.data()),
                                         reinterpret_cast<const unsigned char*>(image.data()) + image.size());
  return cv::imdecode(bytes, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
}

}  // namespace

Colour ColourAt(std::span<const std::byte> image, double x, double y) {
  const cv::Mat picture = Decoded(image);
  if (picture.empty()) return {-1, -1, -1};
  const auto pixel =
      picture.at<cv::Vec3b>(static_cast<int>(y * (picture.rows - 1)), static_cast<int>(x * (picture.cols - 1)));
  return {pixel[2], pixel[1], pixel[0]};
}

std::pair<int, int> SizeOf(std::span<const std::byte> image) {
  const cv::Mat picture = Decoded(image);
  return {picture.cols, picture.rows};
}

int NumberIn(std::span<const std::byte> image) {
  const std::vector<unsigned char> bytes(reinterpret_cast<const unsigned char*>(image.data()),
                                         reinterpret_cast<const unsigned char*>(image.data()) + image.size());
  const cv::Mat picture = cv::imdecode(bytes, cv::IMREAD_GRAYSCALE);
  if (picture.empty()) return -1;
  int number = 0;
  for (int bit = 0; bit < kBits; ++bit) {
    const int x = (bit * 2 + 1) * picture.cols / (2 * kBits);
    if (picture.at<unsigned char>(picture.rows / 8, x) > 128) number |= 1 << bit;
  }
  return number;
}

std::vector<std::byte> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

void WriteFile(const std::string& path, std::span<const std::byte> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

void TurnTrack(const std::string& path, const std::array<std::int32_t, 4>& matrix) {
  auto bytes = ReadFile(path);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto track = text.find("tkhd");
  if (track == std::string_view::npos) throw std::runtime_error(path + " has no tkhd");
  const auto [a, b, c, d] = matrix;
  const std::int32_t right = a < 0 ? 160 : c < 0 ? 96 : 0, down = b < 0 ? 160 : d < 0 ? 96 : 0;
  constexpr std::int32_t kOne = 1 << 16;  // of a fixed-point number; the last one's is another
  const std::array<std::int32_t, 9> numbers{a * kOne, b * kOne,     0,           c * kOne, d * kOne,
                                            0,        right * kOne, down * kOne, 1 << 30};
  for (std::size_t i = 0; i < sizeof numbers; ++i) {
    bytes.at(track + 44 + i) = static_cast<std::byte>(static_cast<std::uint32_t>(numbers[i / 4]) >> (24 - i % 4 * 8));
  }
  WriteFile(path, bytes);
}

void CutFile(const std::string& path, double share) {
  const auto size = static_cast<double>(std::filesystem::file_size(path));
  std::filesystem::resize_file(path, static_cast<std::uintmax_t>(size * share));
}

void DamageFile(const std::string& path, double share) {
  auto bytes = ReadFile(path);
  const auto size = static_cast<std::size_t>(static_cast<double>(bytes.size()) * share);
  std::mt19937 noise(1);
  const std::size_t start = bytes.size() / 2;
  for (std::size_t i = start; i < start + size && i < bytes.size(); ++i)
    bytes[i] = static_cast<std::byte>(noise() & 0xff);
  WriteFile(path, bytes);
}

std::size_t FramesThatFfmpegReads(const std::string& path) {
  constexpr int kSide = 16;
  const std::string frames = path + ".frames";
  RunFfmpeg("-v quiet -i '" + path + "' -fps_mode passthrough -f rawvideo -pix_fmt gray -s " + std::to_string(kSide) +
            "x" + std::to_string(kSide) + " '" + frames + "'");
  return std::filesystem::file_size(frames) / (kSide * kSide);
}

}  // namespace framespool
