#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace framespool::bench {

/// Many viewers of one MJPEG stream, on one thread. Understands parts with a Content-Length; image bytes are dropped in
/// the kernel, so that the client costs little beside the server. A stalled viewer sends its request and never reads.
struct Load {
  std::uint16_t port = 0;
  std::string target = "/?framing=length";
  std::vector<std::string> targets;  // instead, viewer by viewer in turn; empty: all ask for `target`
  int viewers = 500;
  int stalled_percent = 0;
  std::chrono::milliseconds warm_up{2000};
  std::chrono::milliseconds measure{5000};
  int server_pid = 0;
  bool tls = false;        // whatever the certificate is; then image bytes are decrypted, and dropped
  bool reconnect = false;  // who is dropped comes back: a server drops those who stall
};

struct LoadResult {
  double fps_min = 0;  // of the viewers that read
  double fps_median = 0;
  double frames_per_second = 0;  // all viewers together
  double server_cpu = 0;         // cores
  double client_cpu = 0;
  double frames_per_cpu_second = 0;
  double rss_first_mb = 0;
  double rss_last_mb = 0;
  double rss_most_mb = 0;
  double latency_p50_ms = 0;  // from X-Timestamp, when parts carry it
  double latency_p99_ms = 0;
  int dropped = 0;  // viewers that read and lost their connection
};

LoadResult RunLoad(const Load& load);
std::string ToJson(const std::string& name, const Load& load, const LoadResult& result);

}  // namespace framespool::bench
