#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace framespool::mjpeg {

/// The host of "host:port" or "[::1]:port", brackets kept; empty when there is none.
std::string_view HostOf(std::string_view authority);
/// What stands between http:// or https:// and the path; empty for anything else.
std::string_view AuthorityOf(std::string_view url);
/// The same but for the case of ASCII letters.
bool SameText(std::string_view a, std::string_view b);

/// By which names a sink answers (a request's Host header). A website can let its own name lead to this machine (DNS
/// rebinding), and its pages would then read the sink as their own; so a name must be one that no stranger can make.
/// Immutable; any thread.
class HostPolicy {
 public:
  /// `bound`: http.host. `advertised`: http.advertised.url. `listed`: http.allowed.hosts.
  HostPolicy(std::string bound, std::string_view advertised, std::vector<std::string> listed);

  /// `host` as a request's header of this name has it. Fine are none at all, addresses, localhost, and what the
  /// configuration names; where the sink listens beyond this machine also this machine's name, and names without a dot.
  bool Allows(std::string_view host) const;

 private:
  std::vector<std::string> named_;
  bool local_;  // listens on a loopback address
};

/// What is wrong with http.allowed.hosts.
std::optional<std::string> WrongHosts(const std::vector<std::string>& listed);
/// What is wrong with http.advertised.url; empty is right.
std::optional<std::string> WrongAdvertisedUrl(const std::string& url);

}  // namespace framespool::mjpeg
