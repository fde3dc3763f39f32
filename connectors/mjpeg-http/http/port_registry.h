#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "framespool/config_def.h"
#include "http/http_port.h"
#include "mux/mux_channel.h"
#include "picture/scaled_frames.h"

namespace framespool::mjpeg {

/// Where a sink is served.
struct Place {
  std::string host;
  std::uint16_t port = 0;  // 0: any free one
  std::string path;        // "/", or "/cam1" without a slash at its end
};

/// The open ports of all sinks. Opens one when its first sink comes, closes it when the last one goes. Safe from any
/// thread; waits only for a port's io thread to end.
class PortRegistry {
 public:
  /// Both outlive it; they are for the ports' /mux.
  PortRegistry(MuxChannels& channels, SharedScaledFrames& scaled) : channels_(channels), scaled_(scaled) {}

  /// Why `connector` cannot be served at `place`; empty when it can. What the connector holds itself is no obstacle.
  std::vector<Problem> Check(const Place& place, const std::string& connector);
  /// Makes a mount and serves it at `place`, on a port opened where nobody has, which answers by `tls`: the worker's,
  /// or null. Throws ConfigError with what Check() says.
  std::shared_ptr<HttpPort> Open(const Place& place, const std::string& connector, TlsServer* tls,
                                 const std::function<std::shared_ptr<Mount>(HttpPort&)>& make_mount);
  /// Undoes Open().
  void Close(std::shared_ptr<HttpPort> port, const std::string& path);

 private:
  struct Held {
    std::shared_ptr<HttpPort> port;
    int sinks = 0;
  };
  Held* Find(const boost::asio::ip::address& address, std::uint16_t port);
  std::vector<Problem> CheckLocked(const Place& place, const std::string& connector);

  MuxChannels& channels_;
  SharedScaledFrames& scaled_;
  std::mutex mutex_;
  std::vector<Held> held_;
};

}  // namespace framespool::mjpeg
