#include "playback/tcp_probe.h"

// Of the two headers that define tcp_info only the kernel's has tcpi_snd_wnd, and they cannot be included together
// (Boost includes the other one), so this file stands alone.
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>

namespace framespool::mjpeg {

std::optional<TcpState> ProbeTcp(int socket) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  TcpState state;
  state.acknowledged = info.tcpi_bytes_acked;
  state.last_ack = std::chrono::milliseconds(info.tcpi_last_ack_recv);
  if (size >= offsetof(tcp_info, tcpi_snd_wnd) + sizeof info.tcpi_snd_wnd) state.window = info.tcpi_snd_wnd;
  return state;
}

void PrepareStreamSocket(int socket) {
  const auto set = [socket](int level, int option, int value) {
    setsockopt(socket, level, option, &value, sizeof value);
  };
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 128 << 10);
  // An idle connection is asked every two seconds: a vanished peer is noticed without a frame, and the answer carries
  // the peer's window.
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 2);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 2);
  set(IPPROTO_TCP, TCP_KEEPCNT, 5);
}

}  // namespace framespool::mjpeg
