#include <arpa/inet.h>
#include <framespool/http/host_policy.h>
#include <framespool/http/text.h>
#include <unistd.h>

#include <algorithm>

namespace framespool::http {

namespace {

std::string_view WithoutBrackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host;
}

std::string_view WithoutLastDot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool IsLocalName(std::string_view name) {
  constexpr std::string_view kLocal = "localhost";
  if (name.size() < kLocal.size() || !SameText(name.substr(name.size() - kLocal.size()), kLocal)) return false;
  return name.size() == kLocal.size() || name[name.size() - kLocal.size() - 1] == '.';
}

}  // namespace

std::string_view HostOf(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    return end == std::string_view::npos ? std::string_view() : authority.substr(0, end + 1);
  }
  return authority.substr(0, authority.find(':'));
}

std::string_view AuthorityOf(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (url.starts_with(scheme)) {
      url.remove_prefix(scheme.size());
      return url.substr(0, url.find_first_of("/?#"));
    }
  }
  return {};
}

bool IsAddress(std::string_view host) {
  in6_addr address{};  // the larger of the two
  const std::string text(WithoutBrackets(host));
  return (text.size() == host.size() && inet_pton(AF_INET, text.c_str(), &address) == 1) ||
         inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), &address) == 1;
}

bool IsLoopback(std::string_view host) {
  if (IsAddress(host)) return host.starts_with("127.") || WithoutBrackets(host) == "::1";
  return IsLocalName(WithoutLastDot(host));
}

std::string MachineName() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

HostPolicy::HostPolicy(std::vector<std::string> names, bool reachable_from_outside)
    : reachable_from_outside_(reachable_from_outside) {
  for (const std::string& each : names) {
    any_name_ |= each == "*";
    if (const std::string_view name = WithoutLastDot(HostOf(each)); !name.empty()) names_.emplace_back(name);
  }
}

bool HostPolicy::Allows(std::string_view authority) const {
  const std::string_view host = HostOf(authority);
  // No page has an address or localhost for a name that its owner could make to lead here.
  if (any_name_ || authority.empty() || IsAddress(host)) return true;
  if (host.starts_with('[')) return false;
  const std::string_view name = WithoutLastDot(host);
  if (name.empty()) return false;
  if (IsLocalName(name) || (reachable_from_outside_ && name.find('.') == std::string_view::npos)) return true;
  return std::any_of(names_.begin(), names_.end(), [&](const std::string& each) { return SameText(each, name); });
}

}  // namespace framespool::http
