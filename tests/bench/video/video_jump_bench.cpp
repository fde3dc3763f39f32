// bench_video_jump [JUMPS [DIRECTORY]]
// A topic of 1080p H.264 with a key frame each 30 pictures, in the embedded broker. Each jump goes to a random frame,
// as /watch does while it is paused: first whatever takes less (exact=false), then exactly that frame, then back over
// three frames. Milliseconds from connect() to the last byte of the JPEG, and of CPU time. DIRECTORY (default
// ./video-jump-bench) is created and removed.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <base/log.h>
#include <broker_embedded/embedded_broker.h>

#include "bench/broker_context.h"
#include "mjpeg_http_sink.h"
#include "recorded_video.h"

namespace {

using namespace framespool;  // NOLINT: a program of one file

constexpr std::int64_t kBits = 2'000'000;
constexpr std::int64_t kUnits = 10 * 60 * bench::kVideoFps;
constexpr int kBack = 3;

struct Took {
  std::vector<double> wall_ms;
  std::vector<double> cpu_ms;
};

void Print(const char* what, const Took& took) {
  std::printf("{\"name\": \"jump, 1080p, %s\", \"count\": %zu, %s, %s}\n", what, took.wall_ms.size(),
              bench::Percentiles("", took.wall_ms).c_str(), bench::Percentiles("cpu_", took.cpu_ms).c_str());
}

void Measure(int jumps, const std::filesystem::path& directory) {
  const bench::RecordedVideo video(directory, 10, kBits);
  broker::EmbeddedOptions options;
  options.directory = directory / "log";
  options.retention_bytes = 0;
  const auto log = broker::OpenEmbeddedBroker(options);
  video.Append(*log, "camera", kUnits);
  bench::BrokerContext context(*log, "camera");
  mjpeg::SinkConfig config;
  config.topics = {"camera"};
  config.port = 0;
  mjpeg::MjpegLibrary library;
  const mjpeg::MjpegHttpSink sink(config, context, library);
  const auto show = [&](std::int64_t offset, bool exact, Took& took) {
    const bench::Stopwatch watch;
    const auto [head, body] =
        bench::Get(sink.port(), "/frames/" + std::to_string(offset) + (exact ? "" : "?exact=false"));
    took.wall_ms.push_back(watch.wall_ms());
    took.cpu_ms.push_back(watch.cpu_ms());
    const bool is_it = head.find("X-Framespool-Offset: " + std::to_string(offset) + "\r\n") != std::string::npos;
    if (exact && !is_it) throw std::runtime_error("another frame than " + std::to_string(offset) + ": " + head);
  };
  std::mt19937_64 random(1);
  Took at_once, exact, back, unused;
  show(0, true, unused);  // a sink that has just been made is still opening its readers
  for (int i = 0; i < jumps; ++i) {
    const auto offset = static_cast<std::int64_t>(random() % (kUnits - kBack)) + kBack;
    show(offset, false, at_once);
    show(offset, true, exact);
    for (int step = 1; step <= std::min<std::int64_t>(kBack, offset % bench::kGop); ++step) {
      show(offset - step, true, back);
    }
  }
  Print("key frame shown", at_once);
  Print("exactly the frame", exact);
  Print("a step back", back);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path directory = argc > 2 ? argv[2] : "video-jump-bench";
  try {
    log::SetLevel("root", "warn");
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    Measure(argc > 1 ? std::max(1, std::atoi(argv[1])) : 200, directory);
    std::filesystem::remove_all(directory);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_video_jump: %s\n", error.what());
    return 1;
  }
}
