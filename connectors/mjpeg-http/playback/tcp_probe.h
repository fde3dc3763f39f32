#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace framespool::mjpeg {

/// What the kernel knows of the other end of a connection.
struct TcpState {
  std::uint64_t acknowledged = 0;         // bytes, since the connection began
  std::chrono::milliseconds last_ack{0};  // how long ago the peer last acknowledged anything
  std::optional<std::uint32_t> window;    // bytes the peer would take now; nothing on kernels that do not say
};

/// Nothing when `socket` is not a TCP connection any more. Does not wait.
std::optional<TcpState> ProbeTcp(int socket);

/// The options a stream's socket needs: no Nagle, a short unsent queue, keep-alive.
void PrepareStreamSocket(int socket);

}  // namespace framespool::mjpeg
