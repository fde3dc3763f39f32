// bench_clip [MINUTES [REPEATS [DIRECTORY]]]
// An hour of 1080p H.264 at 2 Mb/s in the embedded broker, as an mp4 of /clip: milliseconds from connect() to the first
// byte of the answer, and to the last one; and the CPU time up to the first one. By turns from the kernel's cache, and
// after the cache has let go of the log: then the disk counts. DIRECTORY (default ./clip-bench) is created and removed.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
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

void DropFromCache(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const int fd = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) continue;
    ::fdatasync(fd);
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
  }
}

struct Took {
  double first_ms = 0;
  double first_cpu_ms = 0;  // of this process
  double all_ms = 0;
  std::size_t bytes = 0;
};

Took Download(std::uint16_t port) {
  const bench::Stopwatch watch;
  bench::Connection connection(port, "/clip?format=mp4&from=earliest");
  Took took;
  std::string head = connection.Receive();
  took.first_ms = watch.wall_ms();
  took.first_cpu_ms = watch.cpu_ms();
  if (!head.starts_with("HTTP/1.1 200 ")) throw std::runtime_error(head);
  took.bytes = head.size();
  for (std::string more; !(more = connection.Receive()).empty();) took.bytes += more.size();
  took.all_ms = watch.wall_ms();
  return took;
}

void Print(const char* name, std::vector<Took> took) {
  const auto median = [&](double Took::*of) {
    std::sort(took.begin(), took.end(), [&](const Took& a, const Took& b) { return a.*of < b.*of; });
    return took[took.size() / 2].*of;
  };
  const double most = std::max_element(took.begin(), took.end(), [](const Took& a, const Took& b) {
                        return a.first_ms < b.first_ms;
                      })->first_ms;
  std::printf(
      "{\"name\": \"clip, %s\", \"clips\": %zu, \"mb\": %.0f, \"first_byte_ms\": %.0f, \"first_byte_max_ms\": %.0f, "
      "\"first_byte_cpu_ms\": %.0f, \"all_ms\": %.0f}\n",
      name, took.size(), static_cast<double>(took.front().bytes) / 1e6, median(&Took::first_ms), most,
      median(&Took::first_cpu_ms), median(&Took::all_ms));
}

void Measure(std::int64_t minutes, int repeats, const std::filesystem::path& directory) {
  const bench::RecordedVideo video(directory, 10, kBits);
  broker::EmbeddedOptions options;
  options.directory = directory / "log";
  options.retention_bytes = 0;
  const auto log = broker::OpenEmbeddedBroker(options);
  video.Append(*log, "camera", minutes * 60 * bench::kVideoFps);
  bench::BrokerContext context(*log, "camera");
  mjpeg::SinkConfig config;
  config.topics = {"camera"};
  config.port = 0;
  mjpeg::MjpegLibrary library;
  const mjpeg::MjpegHttpSink sink(config, context, library);
  std::vector<Took> cached, from_disk;
  for (int i = 0; i < repeats; ++i) {
    DropFromCache(options.directory);
    from_disk.push_back(Download(sink.port()));
    cached.push_back(Download(sink.port()));
  }
  Print("from the cache", cached);
  Print("from the disk", from_disk);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path directory = argc > 3 ? argv[3] : "clip-bench";
  try {
    log::SetLevel("root", "warn");
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    Measure(argc > 1 ? std::atoll(argv[1]) : 60, argc > 2 ? std::max(1, std::atoi(argv[2])) : 5, directory);
    std::filesystem::remove_all(directory);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_clip: %s\n", error.what());
    return 1;
  }
}
