#pragma once

#include <cstdint>

#include <rest/server.h>

namespace framespool::rest {

/// A bound, listening, non-blocking TCP socket. Owned by the Server.
class ListenSocket {
 public:
  /// Throws std::runtime_error that names the address, the reason, and what to do.
  explicit ListenSocket(const Listener& listener);
  ListenSocket(ListenSocket&& other) noexcept;
  ListenSocket& operator=(ListenSocket&&) = delete;
  ~ListenSocket();

  int fd() const noexcept { return fd_; }
  /// With the port that port 0 got.
  const std::string& url() const noexcept { return url_; }

 private:
  int fd_ = -1;
  std::string url_;
};

}  // namespace framespool::rest
