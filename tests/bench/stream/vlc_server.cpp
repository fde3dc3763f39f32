#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "child_server.h"

namespace framespool::bench {

namespace {

std::uint16_t FreePort() {
  const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address);
  socklen_t size = sizeof address;
  ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(probe);
  return ntohs(address.sin_port);
}

}  // namespace

bool HasVlc() { return ::access("/usr/bin/cvlc", X_OK) == 0; }

void ServeVlc(std::uint16_t source, const std::function<void(std::uint16_t)>& ready) {
  const std::uint16_t port = FreePort();
  ready(port);
  // VLC does not run as root.
  if (::geteuid() == 0 && (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0)) ::_exit(1);
  ::setenv("HOME", "/tmp", 1);
  const int null = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  const std::string url = "http://127.0.0.1:" + std::to_string(source) + "/";
  const std::string out = "#standard{access=http,mux=mpjpeg,dst=127.0.0.1:" + std::to_string(port) + "/}";
  ::execl("/usr/bin/vlc", "vlc", "-I", "dummy", "-q", "--no-audio", "--network-caching=100", url.c_str(), "--sout",
          out.c_str(), static_cast<char*>(nullptr));
  ::_exit(1);
}

bool AwaitListening(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int attempt = 0; attempt < 200; ++attempt) {
    const int probe = ::socket(AF_INET, SOCK_STREAM, 0);
    const bool listening = ::connect(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(probe);
    if (listening) return true;
    ::poll(nullptr, 0, 50);
  }
  return false;
}

}  // namespace framespool::bench
