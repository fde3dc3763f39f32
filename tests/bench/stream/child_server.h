#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>

#include "framespool/tls.h"
#include "sink_config.h"

namespace framespool::bench {

/// Moves this process into an empty network of its own that uses CUBIC or Reno: BBR paces even on loopback, by an
/// estimate that makes equal runs differ by a factor of three. Needs root; false when it cannot.
bool EnterOwnNetwork();

/// Binds the calling thread, and those it starts, to one core.
void StayOnCore(int core);

/// A server in a process of its own, so that its CPU time and memory are its own. Ends with this object.
class ChildServer {
 public:
  /// `serve` runs in the child: it calls its argument with its port and then serves until the process is killed.
  ChildServer(int core, const std::function<void(const std::function<void(std::uint16_t)>&)>& serve);
  ~ChildServer();
  ChildServer(const ChildServer&) = delete;
  ChildServer& operator=(const ChildServer&) = delete;

  int pid() const { return pid_; }
  std::uint16_t port() const { return port_; }

 private:
  pid_t pid_ = 0;
  std::uint16_t port_ = 0;
};

/// The stream that every server here sends: 60 KB frames, 30 a second, as a 720p JPEG stream is.
inline constexpr std::size_t kFrameBytes = 60'000;
inline constexpr int kFps = 30;

/// Serves the stream with nothing but epoll: the measure for the sink. Newest frame next, one part in flight per
/// viewer.
void ServeBare(const std::function<void(std::uint16_t)>& ready);
/// Serves it with MjpegHttpSink on a topic in memory; by TLS where there is `tls`.
void ServeSink(mjpeg::Playback playback, const std::function<void(std::uint16_t)>& ready,
               std::chrono::seconds retained = std::chrono::seconds(2), TlsServer* tls = nullptr);
/// Serves it with VLC's http output, which takes it from the server at `source`. Only where HasVlc(); it listens later.
void ServeVlc(std::uint16_t source, const std::function<void(std::uint16_t)>& ready);
bool HasVlc();
/// Whether someone listens on `port` within 10 s.
bool AwaitListening(std::uint16_t port);

}  // namespace framespool::bench
