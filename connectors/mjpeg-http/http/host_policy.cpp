#include "http/host_policy.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>

namespace framespool::mjpeg {

namespace {

constexpr std::string_view kAnyHost = "*";

bool IsAddress(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code error;
  boost::asio::ip::make_address(host, error);
  return !error;
}

bool IsLoopback(const std::string& host) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(host, error);
  return error ? host == "localhost" : address.is_loopback();
}

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

std::string OwnName() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
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

bool SameText(std::string_view a, std::string_view b) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return small(x) == small(y); });
}

HostPolicy::HostPolicy(std::string bound, std::string_view advertised, std::vector<std::string> listed)
    : named_(std::move(listed)), local_(IsLoopback(bound)) {
  if (!local_) {
    const std::string own = OwnName();
    named_.push_back(own);
    named_.push_back(own.substr(0, own.find('.')) + ".local");
  }
  named_.emplace_back(HostOf(AuthorityOf(advertised)));
  named_.push_back(std::move(bound));
}

bool HostPolicy::Allows(std::string_view host) const {
  if (host.empty()) return true;
  std::string_view name = HostOf(host);
  if (IsAddress(name)) return true;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty()) return false;
  if (SameText(name, "localhost")) return true;
  constexpr std::string_view kBelow = ".localhost";
  if (name.size() > kBelow.size() && SameText(name.substr(name.size() - kBelow.size()), kBelow)) return true;
  if (!local_ && name.find('.') == std::string_view::npos) return true;
  return std::any_of(named_.begin(), named_.end(),
                     [&](const std::string& each) { return each == kAnyHost || SameText(each, name); });
}

std::optional<std::string> WrongHosts(const std::vector<std::string>& listed) {
  for (const std::string& each : listed) {
    if (each == kAnyHost || IsHostName(each) || IsAddress(each)) continue;
    return "must be host names such as cams.example.org, without a scheme and a port, or * for all, but has \"" + each +
           "\"";
  }
  return std::nullopt;
}

std::optional<std::string> WrongAdvertisedUrl(const std::string& url) {
  if (url.empty()) return std::nullopt;
  const std::string_view authority = AuthorityOf(url);
  const std::string_view host = HostOf(authority);
  const std::string_view port = authority.substr(host.size());
  const auto path = url.substr(authority.empty() ? 0 : url.find("://") + 3 + authority.size());
  const bool good = (IsHostName(host) || (host.starts_with('[') && IsAddress(host))) &&
                    (port.empty() || (port.starts_with(':') && IsPort(port.substr(1)))) &&
                    path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%/") ==
                        std::string::npos;
  if (good) return std::nullopt;
  return "must be an http:// or https:// URL without user, query and fragment, such as https://cams.example.org/hall, "
         "but is \"" +
         url + "\"";
}

}  // namespace framespool::mjpeg
