// bench_video_viewers [VIEWERS [SECONDS [DIRECTORY]]]
// One live 1080p H.264 stream of 2 Mb/s, 30 pictures a second, to 1,000 viewers of /video. The sink is a process on one
// core, the viewers are another on the other core. A viewer who falls behind is skipped to a key frame and gets less
// than was recorded meanwhile, so what the least of them got says whether all were served. DIRECTORY (default
// ./video-viewers-bench) is created and removed.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/stream/child_server.h"
#include "fakes/fake_view_context.h"
#include "mjpeg_http_sink.h"
#include "recorded_video.h"

namespace {

using namespace framespool;  // NOLINT: a program of one file
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kBits = 2'000'000;
constexpr std::int64_t kRetained = 3 * bench::kVideoFps;

void Serve(const bench::RecordedVideo& video, const std::function<void(std::uint16_t)>& ready) {
  fakes::FakeTopic topic;
  fakes::FakeViewContext context(topic);
  mjpeg::SinkConfig config;
  config.topics = {topic.name()};
  config.port = 0;
  mjpeg::MjpegLibrary library;
  const mjpeg::MjpegHttpSink sink(config, context, library);
  auto next = Clock::now();
  for (std::int64_t number = 0;; ++number) {
    SourceRecord record = video.Record(topic.name(), number, Now());
    const std::int64_t offset =
        topic.Append(record.value, std::move(record.headers), record.timestamp, 0, {}, record.sync_point);
    if (number == bench::kGop) ready(sink.port());
    topic.Truncate(offset - kRetained);
    next += std::chrono::nanoseconds(1'000'000'000 / bench::kVideoFps);
    std::this_thread::sleep_until(next);
  }
}

double CpuSecondsOf(int pid) {
  clockid_t clock{};
  timespec spent{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &spent) != 0) return 0;
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

/// Viewers who read as fast as they can; what they read is counted, and dropped in the kernel.
class Crowd {
 public:
  Crowd(std::uint16_t port, std::size_t viewers) : got_(viewers), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < viewers; ++i) {
      connections_.push_back(std::make_unique<bench::Connection>(port, "/video?playback=live"));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_.back()->fd(), &event);
    }
  }
  ~Crowd() { ::close(epoll_); }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  void ReadFor(std::chrono::milliseconds time) {
    std::array<epoll_event, 256> events{};
    const auto end = Clock::now() + time;
    while (Clock::now() < end) {
      const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 20);
      for (int i = 0; i < ready; ++i) {
        const std::size_t viewer = events[static_cast<std::size_t>(i)].data.u64;
        const ssize_t got = ::recv(connections_[viewer]->fd(), nullptr, 1 << 20, MSG_TRUNC | MSG_DONTWAIT);
        if (got <= 0) throw std::runtime_error("the sink has ended a viewer's connection");
        got_[viewer] += got;
      }
    }
  }
  std::vector<std::int64_t> TakeBytes() { return std::exchange(got_, std::vector<std::int64_t>(got_.size())); }

 private:
  std::vector<std::unique_ptr<bench::Connection>> connections_;
  std::vector<std::int64_t> got_;
  const int epoll_;
};

void Measure(std::size_t viewers, int seconds, const std::filesystem::path& directory) {
  const bench::RecordedVideo video(directory, 10, kBits);
  const bench::ChildServer server(0, [&](const auto& ready) { Serve(video, ready); });
  bench::StayOnCore(1);
  Crowd crowd(server.port(), viewers);
  crowd.ReadFor(std::chrono::seconds(5));
  crowd.TakeBytes();
  const double cpu = CpuSecondsOf(server.pid());
  const bench::Stopwatch watch;
  crowd.ReadFor(std::chrono::seconds(seconds));
  const double took = watch.wall_ms() / 1000;
  const double cores = (CpuSecondsOf(server.pid()) - cpu) / took;
  std::vector<std::int64_t> bytes = crowd.TakeBytes();
  std::sort(bytes.begin(), bytes.end());
  const auto megabits = [&](std::int64_t each) { return static_cast<double>(each) * 8 / 1e6 / took; };
  const double recorded = static_cast<double>(video.bytes()) * bench::kVideoFps / static_cast<double>(video.units());
  std::printf(
      "{\"name\": \"viewers of /video, 1080p, live\", \"viewers\": %zu, \"recorded_mbps\": %.2f, \"least_mbps\": %.2f, "
      "\"median_mbps\": %.2f, \"server_cores\": %.2f, \"units_per_cpu_second\": %.0f}\n",
      viewers, recorded * 8 / 1e6, megabits(bytes.front()), megabits(bytes[bytes.size() / 2]), cores,
      static_cast<double>(viewers) * bench::kVideoFps / cores);
}

}  // namespace

int main(int argc, char** argv) {
  const std::filesystem::path directory = argc > 3 ? argv[3] : "video-viewers-bench";
  try {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    bench::EnterOwnNetwork();
    Measure(argc > 1 ? static_cast<std::size_t>(std::max(1, std::atoi(argv[1]))) : 1000,
            argc > 2 ? std::max(1, std::atoi(argv[2])) : 20, directory);
    std::filesystem::remove_all(directory);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_video_viewers: %s\n", error.what());
    return 1;
  }
}
