#include "load_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace framespool::bench {

namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::duration duration) { return std::chrono::duration<double>(duration).count(); }

struct ProcessUse {
  double cpu_seconds = 0;
  double rss_mb = 0;
};

ProcessUse UseOf(int pid) {
  ProcessUse use;
  clockid_t clock{};
  timespec spent{};
  if (clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &spent) == 0) {
    use.cpu_seconds = static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
  }
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  double pages = 0;
  if (file >> pages >> pages) use.rss_mb = pages * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
  return use;
}

double OwnCpu() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(use.ru_utime) + seconds(use.ru_stime);
}

std::uint64_t HeaderNumber(std::string_view head, std::string_view name) {
  const auto at = head.find(name);
  std::uint64_t value = 0;
  if (at != std::string_view::npos) std::from_chars(head.data() + at + name.size(), head.data() + head.size(), value);
  return value;
}

struct FreeTls {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
};

SSL_CTX* TlsContext() {
  static const std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_client_method()));
  return context.get();
}

/// One connection: the response's head, then parts.
class Viewer {
 public:
  Viewer(const Load& load, const std::string& target, bool stalled)
      : stalled_(stalled), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(load.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string request = "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error(std::string("cannot connect: ") + std::strerror(errno));
    if (load.tls) {
      tls_.reset(SSL_new(TlsContext()));
      if (SSL_set_fd(tls_.get(), fd_) != 1 || SSL_connect(tls_.get()) != 1 ||
          SSL_write(tls_.get(), request.data(), static_cast<int>(request.size())) <= 0 ||
          ::fcntl(fd_, F_SETFL, O_NONBLOCK) != 0)
        throw std::runtime_error("cannot connect by TLS");
    } else if (::send(fd_, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
      throw std::runtime_error(std::string("cannot ask: ") + std::strerror(errno));
    }
  }
  ~Viewer() { ::close(fd_); }
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  int fd() const { return fd_; }
  bool stalled() const { return stalled_; }
  std::int64_t frames() const { return frames_; }

  /// Reads what is there. False when the connection is over.
  bool Pump(std::vector<double>& latencies) {
    if (tls_) return PumpTls(latencies);
    while (true) {
      ssize_t got = 0;
      if (body_left_ > 0) {
        got = ::recv(fd_, nullptr, body_left_, MSG_TRUNC | MSG_DONTWAIT);
        if (got > 0) {
          body_left_ -= static_cast<std::size_t>(got);
          if (body_left_ == 0) Finish(latencies);
          continue;
        }
      } else {
        char bytes[512];
        // Not beyond the header: what follows is dropped in the kernel.
        got = ::recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got > 0) {
          if (!Feed({bytes, static_cast<std::size_t>(got)}, latencies)) return false;
          continue;
        }
      }
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
      return false;
    }
  }

 private:
  bool PumpTls(std::vector<double>& latencies) {
    static char bytes[1 << 16];
    int got = 0;
    while ((got = SSL_read(tls_.get(), bytes, sizeof bytes)) > 0) {
      if (!Feed({bytes, static_cast<std::size_t>(got)}, latencies)) return false;
    }
    return SSL_get_error(tls_.get(), got) == SSL_ERROR_WANT_READ;
  }
  bool Feed(std::string_view bytes, std::vector<double>& latencies) {
    while (!bytes.empty()) {
      if (body_left_ > 0) {
        const std::size_t taken = std::min(body_left_, bytes.size());
        body_left_ -= taken;
        bytes.remove_prefix(taken);
        if (body_left_ == 0) Finish(latencies);
        continue;
      }
      const auto line_end = bytes.find('\n');
      const std::size_t taken = line_end == std::string_view::npos ? bytes.size() : line_end + 1;
      head_.append(bytes.substr(0, taken));
      bytes.remove_prefix(taken);
      if (!head_.ends_with("\r\n\r\n")) continue;
      if (!in_body_) {
        if (head_.find(" 200 ") == std::string::npos) return false;
        in_body_ = true;
        head_.clear();
      } else if (const std::uint64_t length = HeaderNumber(head_, "Content-Length: "); length > 0) {
        timestamp_ns_ = HeaderNumber(head_, "X-Timestamp: ");
        body_left_ = length;
        head_.clear();
      }
    }
    return true;
  }
  void Finish(std::vector<double>& latencies) {
    ++frames_;
    if (timestamp_ns_ == 0) return;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    latencies.push_back((static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec) -
                         static_cast<double>(timestamp_ns_)) /
                        1e6);
  }

  const bool stalled_;
  const int fd_;
  std::unique_ptr<SSL, FreeTls> tls_;
  std::string head_;
  bool in_body_ = false;
  std::size_t body_left_ = 0;
  std::uint64_t timestamp_ns_ = 0;
  std::int64_t frames_ = 0;
};

double Quantile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

}  // namespace

namespace {

/// All viewers of a load on one epoll.
class Crowd {
 public:
  explicit Crowd(const Load& load) : load_(load), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    for (int i = 0; i < load.viewers; ++i) viewers_.push_back(Make(i));
  }
  ~Crowd() { ::close(epoll_); }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// Returns how many connections were lost, stalled ones not counted.
  int Pump(std::vector<double>& latencies) {
    int lost = 0;
    const int ready = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 20);
    for (int i = 0; i < ready; ++i) {
      const std::size_t index = events_[static_cast<std::size_t>(i)].data.u64;
      Viewer& viewer = *viewers_[index];
      // A stalled viewer is told only of its end.
      if (!viewer.stalled() && viewer.Pump(latencies)) continue;
      lost += !viewer.stalled();
      ::epoll_ctl(epoll_, EPOLL_CTL_DEL, viewer.fd(), nullptr);
      if (!load_.reconnect) continue;
      frames_before_[index] += viewer.frames();
      viewers_[index] = Make(static_cast<int>(index));
    }
    return lost;
  }
  std::int64_t frames(std::size_t index) const { return frames_before_[index] + viewers_[index]->frames(); }
  bool stalled(std::size_t index) const { return viewers_[index]->stalled(); }
  std::size_t size() const { return viewers_.size(); }

 private:
  std::unique_ptr<Viewer> Make(int i) {
    const bool stalled = (i + 1) * load_.stalled_percent / 100 != i * load_.stalled_percent / 100;
    const auto index = static_cast<std::size_t>(i);
    auto viewer = std::make_unique<Viewer>(
        load_, load_.targets.empty() ? load_.target : load_.targets[index % load_.targets.size()], stalled);
    epoll_event event{.events = stalled ? static_cast<std::uint32_t>(EPOLLRDHUP) : static_cast<std::uint32_t>(EPOLLIN),
                      .data = {.u64 = index}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, viewer->fd(), &event);
    return viewer;
  }

  const Load& load_;
  const int epoll_;
  std::vector<std::unique_ptr<Viewer>> viewers_;
  std::vector<std::int64_t> frames_before_ = std::vector<std::int64_t>(static_cast<std::size_t>(load_.viewers));
  std::vector<epoll_event> events_ = std::vector<epoll_event>(1024);
};

}  // namespace

LoadResult RunLoad(const Load& load) {
  Crowd crowd(load);
  LoadResult result;
  std::vector<double> latencies;
  std::vector<std::int64_t> first_frames(crowd.size());
  ProcessUse server;
  double client = 0;
  bool measuring = false;
  const auto begin = Clock::now() + load.warm_up;
  const auto end = begin + load.measure;
  auto look = begin;
  while (Clock::now() < end) {
    const auto now = Clock::now();
    if (!measuring && now >= begin) {
      measuring = true;
      latencies.clear();
      server = UseOf(load.server_pid);
      client = OwnCpu();
      for (std::size_t i = 0; i < crowd.size(); ++i) first_frames[i] = crowd.frames(i);
    }
    if (now >= look) {
      look = now + std::chrono::milliseconds(500);
      result.rss_most_mb = std::max(result.rss_most_mb, UseOf(load.server_pid).rss_mb);
      // Minutes of samples would make this process grow.
      if (latencies.size() > 2'000'000) latencies.erase(latencies.begin(), latencies.begin() + 1'000'000);
    }
    result.dropped += crowd.Pump(latencies);
  }
  const double seconds = Seconds(Clock::now() - begin);
  const ProcessUse server_end = UseOf(load.server_pid);
  result.server_cpu = (server_end.cpu_seconds - server.cpu_seconds) / seconds;
  result.client_cpu = (OwnCpu() - client) / seconds;
  result.rss_first_mb = server.rss_mb;
  result.rss_last_mb = server_end.rss_mb;
  std::vector<double> rates;
  for (std::size_t i = 0; i < crowd.size(); ++i) {
    const double frames = static_cast<double>(crowd.frames(i) - first_frames[i]);
    result.frames_per_second += frames / seconds;
    if (!crowd.stalled(i)) rates.push_back(frames / seconds);
  }
  if (result.frames_per_second == 0) throw std::runtime_error("no viewer got a frame of " + load.target);
  result.fps_min = Quantile(rates, 0);
  result.fps_median = Quantile(rates, 0.5);
  result.latency_p50_ms = Quantile(latencies, 0.5);
  result.latency_p99_ms = Quantile(latencies, 0.99);
  result.frames_per_cpu_second = result.server_cpu > 0 ? result.frames_per_second / result.server_cpu : 0;
  return result;
}

std::string ToJson(const std::string& name, const Load& load, const LoadResult& result) {
  char text[600];
  std::snprintf(
      text, sizeof text,
      "{\"name\": \"%s\", \"viewers\": %d, \"stalled_percent\": %d, \"fps_min\": %.1f, \"fps_median\": %.1f, "
      "\"frames_per_second\": %.0f, \"server_cpu\": %.3f, \"client_cpu\": %.3f, \"frames_per_cpu_second\": %.0f, "
      "\"rss_first_mb\": %.1f, \"rss_last_mb\": %.1f, \"rss_most_mb\": %.1f, \"latency_p50_ms\": %.1f, "
      "\"latency_p99_ms\": %.1f, \"dropped\": "
      "%d}",
      name.c_str(), load.viewers, load.stalled_percent, result.fps_min, result.fps_median, result.frames_per_second,
      result.server_cpu, result.client_cpu, result.frames_per_cpu_second, result.rss_first_mb, result.rss_last_mb,
      result.rss_most_mb, result.latency_p50_ms, result.latency_p99_ms, result.dropped);
  return text;
}

}  // namespace framespool::bench
