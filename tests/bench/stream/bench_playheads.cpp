// bench_playheads [SECONDS]
// 100 viewers on 20 playheads at 20 different places of one growing topic, every fifth viewer stalled (and, when the
// sink drops him, back again): does the sink's memory stay flat? 600 seconds, two minutes of which fill the topic; one
// JSON line for each minute after that and one for the first of them against the last.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "child_server.h"
#include "load_client.h"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  using namespace framespool::bench;
  try {
    const std::chrono::seconds whole(argc > 1 ? std::atoi(argv[1]) : 600);
    const ChildServer server(0,
                             [](const auto& ready) { ServeSink(framespool::mjpeg::Playback::kResume, ready, 120s); });
    Load load;
    load.viewers = 100;
    load.stalled_percent = 20;
    load.reconnect = true;
    load.port = server.port();
    load.server_pid = server.pid();
    for (int i = 0; i < 20; ++i) {
      load.targets.push_back(i % 2 == 0 ? "/?framing=length&group=g" + std::to_string(i)
                                        : "/?framing=length&from=-" + std::to_string(5 * i) + "s");
    }
    // Until the topic holds its two minutes it grows, and so does a server that keeps it in memory.
    load.warm_up = 125s;
    load.measure = std::min<std::chrono::milliseconds>(whole, 60s);
    double first = 0, last = 0;
    for (auto done = 0ms; done + load.warm_up + load.measure <= whole || done == 0ms;) {
      const LoadResult result = RunLoad(load);
      std::puts(ToJson("20 playheads", load, result).c_str());
      std::fflush(stdout);
      if (done == 0ms) first = result.rss_most_mb;
      last = result.rss_most_mb;
      done += load.warm_up + load.measure;
      load.warm_up = 5s;
    }
    std::printf(
        "{\"name\": \"20 playheads, RSS\", \"first_minute_mb\": %.1f, \"last_minute_mb\": %.1f, \"growth\": %.3f}\n",
        first, last, last / first - 1);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_playheads: %s\n", error.what());
    return 1;
  }
}
