#include "access_policy.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include <base/escape.h>

#include "error_response.h"

namespace framespool::rest {

namespace {

constexpr const char* kMethods = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE";

/// The host of host:port, without the brackets of an IPv6 address and without a dot at the end; in lower case.
std::string HostOf(std::string_view authority) {
  if (authority.starts_with('[')) return LowerCase(authority.substr(1, authority.find(']') - 1));
  std::string host = LowerCase(authority.substr(0, authority.find(':')));
  if (host.ends_with('.')) host.pop_back();
  return host;
}

bool IsAddress(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  return inet_pton(AF_INET, host.c_str(), &v4) == 1 || inet_pton(AF_INET6, host.c_str(), &v6) == 1;
}

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host.ends_with(".localhost") || host == "::1" ||
         (host.starts_with("127.") && IsAddress(host));
}

std::string MachineName() {
  char name[256] = "";
  return gethostname(name, sizeof name - 1) == 0 ? LowerCase(name) : std::string();
}

bool ChangesSomething(const Request& request) {
  return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

/// scheme://authority without the port that the scheme has anyway; browsers leave it out as well.
struct Origin {
  std::string scheme;
  std::string authority;
};

std::string WithoutDefaultPort(std::string authority, std::string_view scheme) {
  const std::string_view port = scheme == "https" ? ":443" : ":80";
  if (authority.ends_with(port)) authority.erase(authority.size() - port.size());
  return authority;
}

std::optional<Origin> ParseOrigin(const std::string& text) {
  const std::string lower = LowerCase(text);
  const auto colon = lower.find("://");
  if (colon == std::string::npos) return std::nullopt;  // "null": a page of no origin, such as a sandboxed one
  const std::string scheme = lower.substr(0, colon);
  return Origin{scheme, WithoutDefaultPort(lower.substr(colon + 3), scheme)};
}

/// The first of a list that each proxy on the way has added to.
std::string FirstOf(const std::optional<std::string>& list) {
  if (!list) return {};
  return std::string(Strip(std::string_view(*list).substr(0, list->find(','))));
}

/// `name` of RFC 7239's Forwarded: the first proxy's.
std::string ForwardedPart(const Request& request, std::string_view name) {
  const std::string first = FirstOf(request.Header("forwarded"));
  for (const std::string_view pair : SplitList(first, ';')) {
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || LowerCase(pair.substr(0, equals)) != name) continue;
    std::string_view value = pair.substr(equals + 1);
    if (value.size() > 1 && value.starts_with('"') && value.ends_with('"')) value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

std::string Shown(const std::string& text) { return log::Escaped(std::string_view(text).substr(0, 100)); }

}  // namespace

AccessPolicy::AccessPolicy(const std::vector<Listener>& listeners, Access access) : access_(std::move(access)) {
  for (const Listener& listener : listeners) {
    const std::string host = HostOf(listener.host);
    names_.push_back(host);
    reachable_from_outside_ |= !IsLoopback(host);
  }
  names_.push_back(MachineName());
  for (const std::string& host : access_.allowed_hosts) {
    any_name_ |= host == "*";
    names_.push_back(HostOf(host));
  }
  std::erase_if(names_, [](const std::string& name) { return name.empty(); });
}

bool AccessPolicy::IsOwnName(const std::string& authority) const {
  const std::string host = HostOf(authority);
  // No page has an address or localhost for a name that its owner could make to lead here.
  if (any_name_ || host.empty() || IsAddress(host) || IsLoopback(host)) return true;
  if (std::find(names_.begin(), names_.end(), host) != names_.end()) return true;
  // A name of a local network or of a container's: nobody outside can have it.
  return reachable_from_outside_ && host.find('.') == std::string::npos;
}

bool AccessPolicy::IsAllowedOrigin(const std::string& origin) const {
  const auto given = ParseOrigin(origin);
  return std::any_of(access_.allowed_origins.begin(), access_.allowed_origins.end(), [&](const std::string& each) {
    if (each == "*") return true;
    const auto allowed = ParseOrigin(each);
    return given && allowed && given->scheme == allowed->scheme && given->authority == allowed->authority;
  });
}

AccessPolicy::Forwarded AccessPolicy::ForwardedOf(const Request& request) const {
  if (!access_.trust_forwarded) return {};
  Forwarded forwarded{.proto = LowerCase(FirstOf(request.Header("x-forwarded-proto"))),
                      .host = FirstOf(request.Header("x-forwarded-host")),
                      .prefix = FirstOf(request.Header("x-forwarded-prefix"))};
  if (forwarded.proto.empty()) forwarded.proto = LowerCase(ForwardedPart(request, "proto"));
  if (forwarded.host.empty()) forwarded.host = ForwardedPart(request, "host");
  while (forwarded.prefix.ends_with('/')) forwarded.prefix.pop_back();
  return forwarded;
}

std::optional<Response> AccessPolicy::Refuse(const Request& request) const {
  const std::string host = request.Header("host").value_or(std::string());
  const std::string forwarded = ForwardedOf(request).host;
  for (const std::string& name : {host, forwarded}) {
    if (IsOwnName(name)) continue;
    return ErrorResponse(403, "This worker does not answer under the name " + Shown(name) +
                                  ", which may be a stranger's that was made to lead here. Call it by its address, or "
                                  "add the name to listeners.allowed.hosts in the worker's properties");
  }
  if (!ChangesSomething(request)) return std::nullopt;
  const auto origin = request.Header("origin");
  if (!origin) {
    const std::string site = LowerCase(request.Header("sec-fetch-site").value_or(""));
    if (site != "cross-site" && site != "same-site") return std::nullopt;
    return ErrorResponse(403, "A browser sent this for a page of another site, which must not change anything here");
  }
  if (const auto given = ParseOrigin(*origin)) {
    for (const std::string& name : {host, forwarded}) {
      if (!name.empty() && given->authority == WithoutDefaultPort(LowerCase(name), given->scheme)) return std::nullopt;
    }
  }
  if (IsAllowedOrigin(*origin)) return std::nullopt;
  return ErrorResponse(403, "A browser sent this for a page of " + Shown(*origin) + ", not for one of this worker's (" +
                                Shown(host) +
                                "), so it changes nothing. Where that page may use this API, add its origin to "
                                "access.control.allow.origin; behind a proxy, see listeners.trust.forwarded");
}

std::optional<Response> AccessPolicy::Preflight(const Request& request) const {
  const auto origin = request.Header("origin");
  if (request.method != "OPTIONS" || !origin || !request.Header("access-control-request-method") ||
      !IsAllowedOrigin(*origin)) {
    return std::nullopt;
  }
  return Response{.status = 204,
                  .headers = {{"Access-Control-Allow-Methods", kMethods},
                              {"Access-Control-Allow-Headers", "Content-Type, If-Match"},
                              {"Access-Control-Max-Age", "600"}}};
}

void AccessPolicy::Allow(const Request& request, Response& response) const {
  if (access_.allowed_origins.empty()) return;
  response.headers.emplace_back("Vary", "Origin");
  const auto origin = request.Header("origin");
  if (!origin || !IsAllowedOrigin(*origin)) return;
  response.headers.emplace_back("Access-Control-Allow-Origin", *origin);
  response.headers.emplace_back("Access-Control-Expose-Headers", "ETag, Location");
}

std::string AccessPolicy::BaseUrl(const Request& request) const {
  const Forwarded forwarded = ForwardedOf(request);
  const std::string host = forwarded.host.empty() ? request.Header("host").value_or("") : forwarded.host;
  const char* scheme = forwarded.proto == "https" ? "https" : "http";
  // A prefix by itself is a path: enough for who knows the host.
  return host.empty() ? forwarded.prefix : std::string(scheme).append("://").append(host).append(forwarded.prefix);
}

}  // namespace framespool::rest
