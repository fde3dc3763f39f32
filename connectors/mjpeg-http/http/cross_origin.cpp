#include "http/cross_origin.h"

#include <algorithm>

namespace framespool::mjpeg {

namespace {

/// The host of "host:port" or "[::1]:port"; empty when there is none.
std::string_view HostOf(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    return end == std::string_view::npos ? std::string_view() : authority.substr(0, end + 1);
  }
  return authority.substr(0, authority.find(':'));
}

/// What stands behind http:// or https://; empty for anything else.
std::string_view AuthorityOf(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return origin.substr(scheme.size());
  }
  return {};
}

bool SameText(std::string_view a, std::string_view b) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return small(x) == small(y); });
}

}  // namespace

bool OriginPolicy::Allows(std::string_view origin, std::string_view host) const {
  if (origin.empty()) return true;
  for (const std::string& each : listed_) {
    if (each == "*" || SameText(each, origin)) return true;
  }
  const std::string_view asking = HostOf(AuthorityOf(origin));
  if (asking.empty()) return false;
  return SameText(asking, "localhost") || asking == "127.0.0.1" || asking == "[::1]" || SameText(asking, HostOf(host));
}

std::optional<std::string> WrongOrigins(const std::vector<std::string>& listed) {
  for (const std::string& each : listed) {
    const std::string_view authority = AuthorityOf(each);
    const bool good =
        each == "*" || (!HostOf(authority).empty() && authority.find_first_of("/?#@* ,;\"") == std::string_view::npos);
    if (!good) {
      return "must be * or origins such as https://wall.example.org or http://10.0.0.5:8083 (no path, no slash at the "
             "end), "
             "but has \"" +
             each + "\"";
    }
  }
  return std::nullopt;
}

}  // namespace framespool::mjpeg
