#include <framespool/http/origins.h>
#include <framespool/http/text.h>

#include <algorithm>

namespace framespool::http {

namespace {

std::string WithoutDefaultPort(std::string authority, std::string_view scheme) {
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(port)) authority.erase(authority.size() - port.size());
  return authority;
}

}  // namespace

std::optional<Origin> ParseOrigin(std::string_view text) {
  const std::string lower = LowerCase(text);
  const auto colon = lower.find("://");
  if (colon == std::string::npos) return std::nullopt;
  const std::string scheme = lower.substr(0, colon);
  return Origin{scheme, WithoutDefaultPort(lower.substr(colon + 3), scheme)};
}

bool IsOriginOf(const Origin& origin, std::string_view host) {
  return !host.empty() && origin.authority == WithoutDefaultPort(LowerCase(host), origin.scheme);
}

OriginList::OriginList(const std::vector<std::string>& listed) {
  for (const std::string& each : listed) {
    all_ |= each == "*";
    if (auto origin = ParseOrigin(each)) listed_.push_back(std::move(*origin));
  }
}

bool OriginList::Has(std::string_view origin) const {
  if (all_) return true;
  const auto given = ParseOrigin(origin);
  return given && std::find(listed_.begin(), listed_.end(), *given) != listed_.end();
}

Headers CorsHeaders(std::string_view origin, std::string_view exposed) {
  return {{"Access-Control-Allow-Origin", std::string(origin)},
          {"Access-Control-Expose-Headers", std::string(exposed)}};
}

Headers PreflightHeaders(std::string_view methods, std::string_view headers) {
  return {{"Access-Control-Allow-Methods", std::string(methods)},
          {"Access-Control-Allow-Headers", std::string(headers)},
          {"Access-Control-Max-Age", "600"}};
}

}  // namespace framespool::http
