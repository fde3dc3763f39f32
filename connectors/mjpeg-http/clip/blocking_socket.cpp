#include "clip/blocking_socket.h"

#include <poll.h>
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
  while (!stop.stop_requested()) {
    const std::size_t before = bytes.size();
    switch (channel_.Send({&bytes, 1})) {
      case http::Channel::Sent::kAll: return true;
      case http::Channel::Sent::kFailed: return false;
      case http::Channel::Sent::kSome: break;
    }
    if (bytes.size() < before) deadline = Clock::now() + patience;
    if (Clock::now() > deadline || Wait(POLLOUT) < 0) return false;
  }
  return false;
}

std::string BlockingSocket::ReadAll(std::chrono::seconds patience, const std::stop_token& stop,
                                    const std::function<bool()>& wanted) {
  std::string text;
  const auto deadline = Clock::now() + patience;
  while (!stop.stop_requested() && Clock::now() < deadline && wanted()) {
    char bytes[4096];
    const ssize_t got = channel_.Receive(bytes);
    if (got > 0) {
      text.append(bytes, static_cast<std::size_t>(got));
      continue;
    }
    if (got == 0 || !http::HadToWait() || Wait(POLLIN) < 0) break;
  }
  return text;
}

void BlockingSocket::ShutdownWrite() { channel_.EndOutput(); }

void BlockingSocket::Close(const std::stop_token& stop) {
  ShutdownWrite();
  ReadAll(std::chrono::seconds(1), stop);
  ::close(std::exchange(fd_, -1));
}

}  // namespace framespool::mjpeg
