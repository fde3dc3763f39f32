#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace framespool::http {

/// The host of "host:port" or "[::1]:port", brackets kept; empty when there is none.
std::string_view HostOf(std::string_view authority);
/// What stands between http:// or https:// and the path; empty for anything else.
std::string_view AuthorityOf(std::string_view url);
/// Whether `host` is an IPv4 or IPv6 address, in brackets or not.
bool IsAddress(std::string_view host);
/// Whether `host` leads to this machine and to no other, whoever asks: localhost, 127.0.0.1, ::1 and the like.
bool IsLoopback(std::string_view host);
/// Of this machine; empty when it has none.
std::string MachineName();

/// By which names a server answers (a request's Host header). A website can let its own name lead to this machine (DNS
/// rebinding), and its pages would then read the server as their own; so a name must be one that no stranger can make.
/// Immutable; any thread.
class HostPolicy {
 public:
  /// `names` of the server, with or without a port; "*" is every name. `reachable_from_outside`: others than this
  /// machine can call it.
  HostPolicy(std::vector<std::string> names, bool reachable_from_outside);

  /// `authority` as a request's Host header has it. Fine are none at all, addresses, localhost, and the server's
  /// names; where others can reach it also a name without a dot: it is of a local network or a container's, and nobody
  /// outside can have it.
  bool Allows(std::string_view authority) const;

 private:
  std::vector<std::string> names_;
  bool any_name_ = false;
  bool reachable_from_outside_;
};

}  // namespace framespool::http
