#include "clip/blocking_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace framespool::mjpeg {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kSliceMs = 100;  // how soon a stop is noticed

}  // namespace

BlockingSocket::~BlockingSocket() {
  if (fd_ >= 0) ::close(fd_);
}

int BlockingSocket::Wait(short events) const {
  pollfd wanted{fd_, events, 0};
  const int ready = ::poll(&wanted, 1, kSliceMs);
  if (ready < 0) return errno == EINTR ? 0 : -1;
  return ready;
}

bool BlockingSocket::alive() const {
  pollfd wanted{fd_, POLLRDHUP, 0};
  return ::poll(&wanted, 1, 0) == 0;
}

bool BlockingSocket::Write(std::string_view bytes, std::chrono::seconds patience, const std::stop_token& stop) {
  auto deadline = Clock::now() + patience;
  while (!bytes.empty()) {
    if (stop.stop_requested()) return false;
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      deadline = Clock::now() + patience;
      continue;
    }
    if (errno == EINTR) continue;
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || Clock::now() > deadline || Wait(POLLOUT) < 0) return false;
  }
  return true;
}

std::string BlockingSocket::ReadAll(std::chrono::seconds patience, const std::stop_token& stop,
                                    const std::function<bool()>& wanted) {
  std::string text;
  const auto deadline = Clock::now() + patience;
  while (!stop.stop_requested() && Clock::now() < deadline && wanted()) {
    const int ready = Wait(POLLIN);
    if (ready < 0) break;
    if (ready == 0) continue;
    char bytes[4096];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
    if (got == 0) break;
    if (got < 0 && errno != EAGAIN && errno != EINTR) break;
    if (got > 0) text.append(bytes, static_cast<std::size_t>(got));
  }
  return text;
}

void BlockingSocket::ShutdownWrite() { ::shutdown(fd_, SHUT_WR); }

void BlockingSocket::Close(const std::stop_token& stop) {
  ShutdownWrite();
  ReadAll(std::chrono::seconds(1), stop);
  ::close(std::exchange(fd_, -1));
}

}  // namespace framespool::mjpeg
