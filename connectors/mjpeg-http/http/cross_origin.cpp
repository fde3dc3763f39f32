#include "http/cross_origin.h"

#include <framespool/http/host_policy.h>
#include <framespool/http/text.h>

namespace framespool::mjpeg {

bool OriginPolicy::Allows(std::string_view origin, std::string_view host) const {
  if (origin.empty() || listed_.Has(origin)) return true;
  return IsOfHost(origin, host) || http::IsLoopback(http::HostOf(http::AuthorityOf(origin)));
}

bool IsOfHost(std::string_view origin, std::string_view host) {
  const std::string_view asking = http::HostOf(http::AuthorityOf(origin));
  return !asking.empty() && http::SameText(asking, http::HostOf(host));
}

std::optional<std::string> WrongOrigins(const std::vector<std::string>& listed) {
  for (const std::string& each : listed) {
    const std::string_view authority = http::AuthorityOf(each);
    const bool good = each == "*" || (!http::HostOf(authority).empty() && each.ends_with(authority) &&
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
