#include "access_policy.h"

#include <algorithm>
#include <utility>

#include <base/escape.h>

#include "error_response.h"

namespace framespool::rest {

namespace {

constexpr const char* kMethods = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE";

bool ChangesSomething(const Request& request) {
  return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

/// The server's: those of its listeners, of its machine, and those it was given.
std::vector<std::string> NamesOf(const std::vector<Listener>& listeners, const std::vector<std::string>& allowed) {
  std::vector<std::string> names = allowed;
  for (const Listener& listener : listeners) names.push_back(listener.host);
  names.push_back(http::MachineName());
  return names;
}

bool AnyBeyondLoopback(const std::vector<Listener>& listeners) {
  return std::any_of(listeners.begin(), listeners.end(), [](const Listener& l) { return !http::IsLoopback(l.host); });
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

AccessPolicy::AccessPolicy(const std::vector<Listener>& listeners, const Access& access)
    : hosts_(NamesOf(listeners, access.allowed_hosts), AnyBeyondLoopback(listeners)),
      origins_(access.allowed_origins),
      allows_origins_(!access.allowed_origins.empty()),
      trusts_forwarded_(access.trust_forwarded) {}

AccessPolicy::Forwarded AccessPolicy::ForwardedOf(const Request& request) const {
  if (!trusts_forwarded_) return {};
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
    if (hosts_.Allows(name)) continue;
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
  const auto given = http::ParseOrigin(*origin);
  if (given && (http::IsOriginOf(*given, host) || http::IsOriginOf(*given, forwarded))) return std::nullopt;
  if (origins_.Has(*origin)) return std::nullopt;
  return ErrorResponse(403, "A browser sent this for a page of " + Shown(*origin) + ", not for one of this worker's (" +
                                Shown(host) +
                                "), so it changes nothing. Where that page may use this API, add its origin to "
                                "access.control.allow.origin; behind a proxy, see listeners.trust.forwarded");
}

std::optional<Response> AccessPolicy::Preflight(const Request& request) const {
  const auto origin = request.Header("origin");
  if (request.method != "OPTIONS" || !origin || !request.Header("access-control-request-method") ||
      !origins_.Has(*origin)) {
    return std::nullopt;
  }
  return Response{.status = 204, .headers = http::PreflightHeaders(kMethods, "Content-Type, If-Match")};
}

void AccessPolicy::Allow(const Request& request, Response& response) const {
  if (!allows_origins_) return;
  response.headers.emplace_back("Vary", "Origin");
  const auto origin = request.Header("origin");
  if (!origin || !origins_.Has(*origin)) return;
  for (auto& header : http::CorsHeaders(*origin, "ETag, Location")) response.headers.push_back(std::move(header));
}

std::string AccessPolicy::ClientOf(const Request& request) const {
  if (!trusts_forwarded_) return request.client;
  // Each proxy adds where it has the request from; what stands before that, the client may have said itself.
  const std::string list = request.Header("x-forwarded-for").value_or("");
  const std::string_view last = Strip(std::string_view(list).substr(list.rfind(',') + 1));
  return http::IsAddress(last) ? std::string(last) : request.client;
}

std::string AccessPolicy::BaseUrl(const Request& request) const {
  const Forwarded forwarded = ForwardedOf(request);
  const std::string host = forwarded.host.empty() ? request.Header("host").value_or("") : forwarded.host;
  const bool is_secure = forwarded.proto.empty() ? request.secure : forwarded.proto == "https";
  const char* scheme = is_secure ? "https" : "http";
  // A prefix by itself is a path: enough for who knows the host.
  return host.empty() ? forwarded.prefix : std::string(scheme).append("://").append(host).append(forwarded.prefix);
}

}  // namespace framespool::rest
