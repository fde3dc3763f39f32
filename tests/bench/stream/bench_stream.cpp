// bench_stream [VIEWERS [SECONDS [ROUNDS]]]
// One 720p-like stream (60 KB, 30 fps) to many viewers (500): a bare epoll loop, the sink in both playbacks and, where
// it is installed, VLC's http output, in turns and in one run; then the sink with every fifth viewer stalled. One JSON
// line each, and the ratio that counts. The server has one core and the client another, so that the servers are
// compared and not the scheduler's moods.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <vector>

#include "child_server.h"
#include "load_client.h"

namespace {

using framespool::bench::ChildServer;
using framespool::bench::Load;
using framespool::bench::LoadResult;

constexpr int kServerCore = 0;
constexpr int kClientCore = 1;

/// Other work on the machine only ever makes a run dearer, so the cheapest is the nearest to the truth.
double Best(const std::vector<double>& rates) { return *std::max_element(rates.begin(), rates.end()); }

template <class F>
LoadResult Run(const char* name, Load load, F serve) {
  const ChildServer server(kServerCore, serve);
  load.port = server.port();
  load.server_pid = server.pid();
  const LoadResult result = RunLoad(load);
  std::puts(ToJson(name, load, result).c_str());
  std::fflush(stdout);
  return result;
}

LoadResult RunVlc(Load load) {
  const ChildServer source(kClientCore, [](const auto& ready) { framespool::bench::ServeBare(ready); });
  const ChildServer server(kServerCore, [&](const auto& ready) { framespool::bench::ServeVlc(source.port(), ready); });
  if (!framespool::bench::AwaitListening(server.port())) throw std::runtime_error("VLC does not serve");
  load.port = server.port();
  load.server_pid = server.pid();
  const LoadResult result = RunLoad(load);
  std::puts(ToJson("VLC mpjpeg", load, result).c_str());
  std::fflush(stdout);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Load load;
    if (argc > 1) load.viewers = std::atoi(argv[1]);
    load.measure = std::chrono::seconds(argc > 2 ? std::atoi(argv[2]) : 2);
    const int rounds = argc > 3 ? std::atoi(argv[3]) : 4;
    load.warm_up = std::chrono::milliseconds(1000);
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (!framespool::bench::EnterOwnNetwork()) {
      std::fprintf(
          stderr,
          "bench_stream: not root, so the machine's congestion control counts: under bbr runs differ threefold\n");
    }
    framespool::bench::StayOnCore(kClientCore);

    const auto bare = [](const auto& ready) { framespool::bench::ServeBare(ready); };
    const auto live = [](const auto& ready) { framespool::bench::ServeSink("live", ready); };
    const auto resume = [](const auto& ready) { framespool::bench::ServeSink("resume", ready); };
    const bool vlc = framespool::bench::HasVlc();
    if (!vlc) std::fprintf(stderr, "bench_stream: no VLC here (apt-get install vlc-bin vlc-plugin-base)\n");
    std::vector<double> bare_rates, live_rates, resume_rates, vlc_rates;
    for (int round = 0; round < rounds; ++round) {
      bare_rates.push_back(Run("bare epoll", load, bare).frames_per_cpu_second);
      live_rates.push_back(Run("sink live", load, live).frames_per_cpu_second);
      resume_rates.push_back(Run("sink resume", load, resume).frames_per_cpu_second);
      if (vlc) vlc_rates.push_back(RunVlc(load).frames_per_cpu_second);
    }
    load.stalled_percent = 20;
    load.measure *= 2;
    Run("sink live, stalled", load, live);
    Run("sink resume, stalled", load, resume);
    std::printf("{\"name\": \"sink / bare epoll\", \"live\": %.2f, \"resume\": %.2f}\n",
                Best(live_rates) / Best(bare_rates), Best(resume_rates) / Best(bare_rates));
    if (vlc) {
      std::printf("{\"name\": \"sink / VLC\", \"live\": %.2f, \"resume\": %.2f}\n", Best(live_rates) / Best(vlc_rates),
                  Best(resume_rates) / Best(vlc_rates));
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_stream: %s\n", error.what());
    return 1;
  }
}
