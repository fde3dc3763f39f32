#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "child_server.h"

namespace framespool::bench {

namespace {

using Part = std::shared_ptr<const std::string>;

struct Client {
  int fd = -1;
  bool watching = false;
  Part part;  // in flight
  std::size_t sent = 0;
  Part shown;
};

Part MakePart() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  auto part = std::make_shared<std::string>(
      "Content-Type: image/jpeg\r\nContent-Length: " + std::to_string(kFrameBytes) +
      "\r\nX-Timestamp: " + std::to_string(now.tv_sec * 1'000'000'000LL + now.tv_nsec) + "\r\n\r\n");
  part->append(kFrameBytes, 'x');
  part->append("\r\n--bare\r\n");
  return part;
}

/// False when the client is gone.
bool Write(Client& client, const Part& newest) {
  while (true) {
    if (!client.part) {
      if (!newest || client.shown == newest) return true;
      client.part = newest;
      client.sent = 0;
    }
    const ssize_t sent = ::send(client.fd, client.part->data() + client.sent, client.part->size() - client.sent,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return errno == EAGAIN;
    client.sent += static_cast<std::size_t>(sent);
    if (client.sent < client.part->size()) continue;
    client.shown = std::move(client.part);
    client.part.reset();
  }
}

/// False when the client is gone.
bool ReadRequest(Client& client) {
  char bytes[4096];
  const ssize_t got = ::recv(client.fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN;
  if (got == 0) return false;
  if (client.watching) return true;
  client.watching = true;
  const std::string head =
      "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=bare\r\n\r\n--bare\r\n";
  return ::send(client.fd, head.data(), head.size(), MSG_NOSIGNAL) > 0;
}

}  // namespace

void ServeBare(const std::function<void(std::uint16_t)>& ready) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address);
  ::listen(listener, 1024);
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const int timer = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  const itimerspec period{{0, 1'000'000'000 / kFps}, {0, 1'000'000'000 / kFps}};
  ::timerfd_settime(timer, 0, &period, nullptr);
  const int epoll = ::epoll_create1(0);
  const auto watch = [&](int fd, std::uint32_t events) {
    epoll_event event{.events = events, .data = {.fd = fd}};
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  };
  watch(listener, EPOLLIN);
  watch(timer, EPOLLIN);
  ready(ntohs(address.sin_port));

  std::map<int, Client> clients;
  Part newest;
  std::array<epoll_event, 512> events;
  while (true) {
    const int count = ::epoll_wait(epoll, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        const int accepted = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (accepted < 0) continue;
        const int one = 1, low_water = 128 << 10;
        ::setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        ::setsockopt(accepted, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &low_water, sizeof low_water);
        clients[accepted].fd = accepted;
        watch(accepted, EPOLLIN | EPOLLOUT | EPOLLET);
      } else if (fd == timer) {
        std::uint64_t ticks = 0;
        if (::read(timer, &ticks, sizeof ticks) != sizeof ticks) continue;
        newest = MakePart();
        for (auto& [number, client] : clients) {
          if (client.watching && !client.part) Write(client, newest);
        }
      } else {
        Client& client = clients[fd];
        if (ReadRequest(client) && (!client.watching || Write(client, newest))) continue;
        ::close(fd);
        clients.erase(fd);
      }
    }
  }
}

}  // namespace framespool::bench
