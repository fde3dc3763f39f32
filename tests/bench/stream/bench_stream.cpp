// bench_stream [VIEWERS [SECONDS [ROUNDS]]]
// One 720p-like stream (60 KB, 30 fps) to many viewers (500): a bare epoll loop, the sink in both playbacks and, where
// it is installed, VLC's http output, and the sink by HTTPS, in turns and in one run; then the sink with every fifth
// viewer stalled. One JSON line each, and the ratios that count. The server has one core and the client another, so
// that the servers are compared and not the scheduler's moods.
#include <stdlib.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <tls/certificate.h>

#include "../report.h"
#include "child_server.h"
#include "load_client.h"

namespace {

using framespool::bench::ChildServer;
using framespool::bench::Load;
using framespool::bench::LoadResult;

constexpr int kServerCore = 0;
constexpr int kClientCore = 1;

/// What one server did, round by round.
struct Entrant {
  std::string name;
  std::function<LoadResult()> run;
  std::vector<double> rates = {};
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

/// Rounds are compared each in itself, because the machine's pace drifts; the median leaves out those that were
/// disturbed.
void PrintRatio(const Entrant& sink, const Entrant& measure, int viewers) {
  std::vector<double> ratios;
  std::string rounds;
  for (std::size_t i = 0; i < sink.rates.size(); ++i) {
    ratios.push_back(sink.rates[i] / measure.rates[i]);
    char text[16];
    std::snprintf(text, sizeof text, "%s%.2f", i == 0 ? "" : ", ", ratios.back());
    rounds += text;
  }
  const double median = Median(ratios);
  std::printf("{\"name\": \"%s / %s\", \"median\": %.2f, \"rounds\": [%s]}\n", sink.name.c_str(), measure.name.c_str(),
              median, rounds.c_str());
  framespool::bench::Report({.what = sink.name + " to " + std::to_string(viewers) + " viewers",
                             .beside = measure.name,
                             .unit = "frames/CPU-s",
                             .ours = Median(sink.rates),
                             .theirs = Median(measure.rates),
                             .ratio = median});
}

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

/// A certificate of its own, made by openssl(1) where it is needed: ECDSA P-256, as most have today.
class OwnCertificate {
 public:
  OwnCertificate() {
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no temporary folder");
    const std::string make =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 "
        "-subj /CN=localhost -keyout " +
        folder_ + "/key.pem -out " + folder_ + "/certificate.pem 2> /dev/null";
    if (std::system(make.c_str()) != 0) throw std::runtime_error("openssl makes no certificate");
  }
  ~OwnCertificate() { std::filesystem::remove_all(folder_); }
  OwnCertificate(const OwnCertificate&) = delete;
  OwnCertificate& operator=(const OwnCertificate&) = delete;
  framespool::tls::CertificateFiles files() const {
    return {.certificate = folder_ + "/certificate.pem", .key = folder_ + "/key.pem"};
  }

 private:
  std::string folder_ = "/tmp/framespool-bench-XXXXXX";
};

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
    const int rounds = argc > 3 ? std::atoi(argv[3]) : 8;
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
    const auto live = [](const auto& ready) {
      framespool::bench::ServeSink(framespool::mjpeg::Playback::kLive, ready);
    };
    const auto resume = [](const auto& ready) {
      framespool::bench::ServeSink(framespool::mjpeg::Playback::kResume, ready);
    };
    const OwnCertificate certificate;
    const auto https = [&](const auto& ready) {
      framespool::tls::Certificate tls(certificate.files());
      framespool::bench::ServeSink(framespool::mjpeg::Playback::kLive, ready, std::chrono::seconds(2), &tls);
    };
    Load by_tls = load;
    by_tls.tls = true;
    const bool vlc = framespool::bench::HasVlc();
    if (!vlc) std::fprintf(stderr, "bench_stream: no VLC here (apt-get install vlc-bin vlc-plugin-base)\n");
    std::vector<Entrant> entrants{{"bare epoll", [&] { return Run("bare epoll", load, bare); }},
                                  {"sink live", [&] { return Run("sink live", load, live); }},
                                  {"sink resume", [&] { return Run("sink resume", load, resume); }},
                                  {"sink live by HTTPS", [&] { return Run("sink live by HTTPS", by_tls, https); }}};
    if (vlc) entrants.push_back({"VLC", [&] { return RunVlc(load); }});
    for (int round = 0; round < rounds; ++round) {
      const auto go = [](Entrant& entrant) { entrant.rates.push_back(entrant.run().frames_per_cpu_second); };
      // There and back, so that none always follows the same one.
      if (round % 2 == 0) {
        std::for_each(entrants.begin(), entrants.end(), go);
      } else {
        std::for_each(entrants.rbegin(), entrants.rend(), go);
      }
    }
    load.stalled_percent = 20;
    load.measure *= 2;
    Run("sink live, stalled", load, live);
    Run("sink resume, stalled", load, resume);
    for (std::size_t measure : {0, 4}) {
      if (measure >= entrants.size()) continue;
      PrintRatio(entrants[1], entrants[measure], load.viewers);
      PrintRatio(entrants[2], entrants[measure], load.viewers);
    }
    PrintRatio(entrants[3], entrants[1], load.viewers);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_stream: %s\n", error.what());
    return 1;
  }
}
