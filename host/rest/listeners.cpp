#include <framespool/errors.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <utility>

#include "http.h"
#include "listen_socket.h"

namespace framespool::rest {

namespace {

constexpr int kBacklog = 511;

Listener ParseListener(std::string_view text) {
  const auto refuse = [&](const std::string& why) {
    return ConfigError(
        Problem{.field = "listeners",
                .message = "must be a comma-separated list of http://host:port and https://host:port, but has \"" +
                           std::string(text) + "\": " + why});
  };
  const std::string lower = LowerCase(text);
  const bool is_tls = lower.starts_with("https://");
  if (!is_tls && !lower.starts_with("http://")) throw refuse("it must begin with http:// or https://");
  std::string_view rest = text.substr(is_tls ? 8 : 7);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const auto colon = rest.rfind(':');
  if (colon == std::string_view::npos || rest.find(']', colon) != std::string_view::npos)
    throw refuse("the port is missing");
  const std::string_view host = rest.substr(0, colon);
  const std::string_view digits = rest.substr(colon + 1);
  Listener listener{.host = std::string(host), .port = 0, .is_tls = is_tls};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), listener.port);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
    throw refuse("the port must be a number from 0 (any free port) to 65535");
  }
  if (host.find_first_of("/?#@ ") != std::string_view::npos)
    throw refuse("only a host and a port may follow http:// or https://");
  const bool bracketed = host.size() > 2 && host.starts_with('[') && host.ends_with(']');
  if (!bracketed && host.find_first_of(":[]") != std::string_view::npos) {
    throw refuse("an IPv6 address stands in brackets, as in http://[::1]:8083");
  }
  return listener;
}

std::uint16_t BoundPort(int fd) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

/// -1 with errno set when it cannot be.
int Listen(const addrinfo& address) {
  const int fd = socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (bind(fd, address.ai_addr, address.ai_addrlen) == 0 && listen(fd, kBacklog) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

}  // namespace

std::vector<Listener> ParseListeners(const std::string& listeners) {
  std::vector<Listener> parsed;
  for (const std::string_view item : SplitList(listeners, ',')) parsed.push_back(ParseListener(item));
  if (parsed.empty()) {
    throw ConfigError(Problem{.field = "listeners",
                              .message = "must name at least one http://host:port or https://host:port, but is empty",
                              .kind = kind::kRequired});
  }
  return parsed;
}

ListenSocket::ListenSocket(const Listener& listener) {
  const std::string shown = listener.host.empty() ? "0.0.0.0" : listener.host;
  const std::string port = std::to_string(listener.port);
  std::string host = shown;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const std::string scheme = listener.is_tls ? "https://" : "http://";
  const auto fail = [&](const std::string& why) {
    return std::runtime_error("listeners: cannot listen on " + scheme + shown + ":" + port + ": " + why);
  };

  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* addresses = nullptr;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &addresses); error != 0)
    throw fail(gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(addresses, freeaddrinfo);
  for (const addrinfo* address = addresses; address != nullptr && fd_ < 0; address = address->ai_next)
    fd_ = Listen(*address);
  if (fd_ < 0) {
    throw fail(errno == EADDRINUSE
                   ? "the port is in use by another process; stop it or choose another port (0: any free one)"
                   : std::strerror(errno));
  }
  url_ = scheme + shown + ":" + std::to_string(BoundPort(fd_));
}

ListenSocket::ListenSocket(ListenSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), url_(std::move(other.url_)) {}

ListenSocket::~ListenSocket() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace framespool::rest
