// bench_video_bytes [DIRECTORY]
// What a day of one 1080p camera takes, 30 pictures a second: H.264 as it comes, at 1, 2 and 4 Mb/s, and the same
// pictures as JPEGs of quality 80. DIRECTORY (default ./video-bytes-bench) is created and removed.
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>

#include <framespool/media/picture_maker.h>
#include <framespool/media/unit_decoder.h>

#include "recorded_video.h"

namespace {

using namespace framespool;  // NOLINT: a program of one file

constexpr double kDay = 86'400;

double GigabytesADay(std::int64_t bytes, std::int64_t units) {
  return static_cast<double>(bytes) * bench::kVideoFps / static_cast<double>(units) * kDay / 1e9;
}

void Measure(std::int64_t bits, const std::filesystem::path& directory) {
  const bench::RecordedVideo video(directory, 10, bits);
  media::UnitDecoder decoder(media::VideoCodec::kH264);
  media::PictureMaker maker{media::PictureOptions{}};
  std::int64_t jpeg_bytes = 0, pictures = 0;
  const auto receive = [&] {
    while (const auto decoded = decoder.Receive()) {
      jpeg_bytes += static_cast<std::int64_t>(maker.Make(*decoded->frame, {}).bytes.size());
      ++pictures;
    }
  };
  for (std::int64_t number = 0; number < video.units(); ++number) {
    const SourceRecord record = video.Record("camera", number, {});
    if (!decoder.Send(record.value.bytes(), number, false)) throw std::runtime_error("a unit cannot be decoded");
    receive();
  }
  decoder.End();
  receive();
  const double h264 = GigabytesADay(video.bytes(), video.units()), jpeg = GigabytesADay(jpeg_bytes, pictures);
  std::printf(
      "{\"name\": \"bytes a day, 1080p\", \"mbps\": %.1f, \"h264_gb\": %.1f, \"jpeg_gb\": %.1f, \"ratio\": %.1f}\n",
      static_cast<double>(bits) / 1e6, h264, jpeg, jpeg / h264);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path directory = argc > 1 ? argv[1] : "video-bytes-bench";
  try {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    for (const std::int64_t bits : {1'000'000, 2'000'000, 4'000'000}) Measure(bits, directory);
    std::filesystem::remove_all(directory);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_video_bytes: %s\n", error.what());
    return 1;
  }
}
