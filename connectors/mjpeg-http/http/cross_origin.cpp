#include "http/cross_origin.h"

#include "http/host_policy.h"

namespace framespool::mjpeg {

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
    const bool good = each == "*" || (!HostOf(authority).empty() && each.ends_with(authority) &&
                                      authority.find_first_of("@* ,;\"") == std::string_view::npos);
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
