#include "http/host_policy.h"

#include <algorithm>

namespace framespool::mjpeg {

namespace {

constexpr std::string_view kAnyHost = "*";

bool IsHostName(std::string_view host) {
  return !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string_view::npos &&
         std::stoi(std::string(text)) <= 65535;
}

}  // namespace

http::HostPolicy SinkHosts(const std::string& bound, std::string_view advertised,
                           const std::vector<std::string>& listed) {
  const bool local = http::IsLoopback(bound);
  std::vector<std::string> names = listed;
  if (!local) {
    const std::string own = http::MachineName();
    names.push_back(own);
    names.push_back(own.substr(0, own.find('.')) + ".local");
  }
  names.emplace_back(http::HostOf(http::AuthorityOf(advertised)));
  names.push_back(bound);
  return {std::move(names), !local};
}

std::optional<std::string> WrongHosts(const std::vector<std::string>& listed) {
  for (const std::string& each : listed) {
    if (each == kAnyHost || IsHostName(each) || http::IsAddress(each)) continue;
    return "must be host names such as cams.example.org, without a scheme and a port, or * for all, but has \"" + each +
           "\"";
  }
  return std::nullopt;
}

std::optional<std::string> WrongAdvertisedUrl(const std::string& url) {
  if (url.empty()) return std::nullopt;
  const std::string_view authority = http::AuthorityOf(url);
  const std::string_view host = http::HostOf(authority);
  const std::string_view port = authority.substr(host.size());
  const auto path = url.substr(authority.empty() ? 0 : url.find("://") + 3 + authority.size());
  const bool good = (IsHostName(host) || (host.starts_with('[') && http::IsAddress(host))) &&
                    (port.empty() || (port.starts_with(':') && IsPort(port.substr(1)))) &&
                    path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%/") ==
                        std::string::npos;
  if (good) return std::nullopt;
  return "must be an http:// or https:// URL without user, query and fragment, such as https://cams.example.org/hall, "
         "but is \"" +
         url + "\"";
}

}  // namespace framespool::mjpeg
