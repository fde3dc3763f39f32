#include "router.h"

#include <algorithm>
#include <utility>

#include <base/numbers.h>

#include "error_response.h"

namespace framespool::rest {

namespace {

using Segments = std::vector<std::string>;

/// Empty segments at the end are dropped: trailing slashes are accepted everywhere.
std::optional<Segments> DecodePath(std::string_view path) {
  Segments segments;
  while (path.starts_with('/')) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    auto decoded = http::PercentDecode(segment);
    if (!decoded) return std::nullopt;
    segments.push_back(std::move(*decoded));
  }
  while (!segments.empty() && segments.back().empty()) segments.pop_back();
  return segments;
}

using PathParts = std::vector<std::string_view>;

/// The paths of Routes(), each in its parts.
const std::vector<PathParts>& Paths() {
  static const auto paths = [] {
    std::vector<PathParts> all;
    for (const Route& route : Routes()) all.push_back(SplitList(route.path, '/'));
    return all;
  }();
  return paths;
}

/// What stands for the {…} of a route's path; nothing when it does not match.
std::optional<std::vector<std::string>> Match(const PathParts& parts, const Segments& segments) {
  if (parts.size() != segments.size()) return std::nullopt;
  std::vector<std::string> params;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].starts_with('{') && !segments[i].empty())
      params.push_back(segments[i]);
    else if (parts[i] != segments[i])
      return std::nullopt;
  }
  return params;
}

std::string Join(const std::vector<std::string_view>& items) {
  std::string text;
  for (const auto item : items) {
    if (!text.empty()) text += ", ";
    text += item;
  }
  return text;
}

bool IsJson(std::string_view content_type) {
  const std::string type = LowerCase(Strip(content_type.substr(0, content_type.find(';'))));
  return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}

bool AcceptsJson(const Request& request) {
  const auto accept = request.Header("accept");
  if (!accept || Strip(*accept).empty()) return true;
  const std::string lower = LowerCase(*accept);
  for (const std::string_view range : SplitList(lower, ',')) {
    const auto type = Strip(range.substr(0, range.find(';')));
    if (type == "*" || type == "*/*" || type == "application/*" || type == "application/json") return true;
  }
  return false;
}

/// How the history calls who sent `request`.
std::string NameOf(const Request& request) {
  std::string name = request.client;
  // What a client calls itself may be anything: the start of it will do.
  if (const auto agent = request.Header("user-agent")) name.append(" ").append(agent->substr(0, 100));
  return name;
}

/// Connect's JAX-RS answers 415 to a body that is not JSON, and to a body of no type where one is wanted.
std::optional<Response> CheckBody(const Route& route, const Request& request) {
  if (!route.takes_body) return std::nullopt;
  const auto type = request.Header("content-type");
  if (type ? IsJson(*type) : request.body.empty()) return std::nullopt;
  return ErrorResponse(415, "HTTP 415 Unsupported Media Type: " + std::string(route.method) + " " +
                                std::string(route.path) + " takes application/json, not " +
                                type.value_or("a body without a Content-Type"));
}

base::Refused BadQuery(std::string_view name, const std::string& message) {
  return base::Refuse(base::Reason::kInvalid, {.message = std::string(name) + " " + message, .kind = "bad-request"});
}

}  // namespace

bool Call::Flag(std::string_view name) const {
  const auto values = QueryValues(name);
  return !values.empty() && LowerCase(values.front()) == "true";
}

base::Outcome<bool> Call::Switch(std::string_view name) const {
  const auto values = QueryValues(name);
  if (values.empty()) return false;
  const std::string text = LowerCase(values.front());
  if (text == "true" || text == "false") return text == "true";
  return BadQuery(name, "must be true or false, but is \"" + std::string(values.front()) + "\"");
}

base::Outcome<std::uint64_t> Call::Number(std::string_view name, std::uint64_t fallback) const {
  const auto values = QueryValues(name);
  if (values.empty()) return fallback;
  const auto text = values.front();
  if (const auto number = base::ToInteger<std::uint64_t>(text)) return *number;
  return BadQuery(name, "must be a whole number of at least 0, but is \"" + std::string(text) + "\"");
}

std::vector<std::string_view> Call::QueryValues(std::string_view name) const {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : query) {
    if (key == name) values.push_back(value);
  }
  return values;
}

std::optional<Response> Router::Handle(const Request& request, const Responder& responder) const {
  try {
    if (auto refused = policy_->Refuse(request)) return refused;
    auto answer = policy_->Preflight(request);
    if (!answer) answer = Run(request, WithPolicy(request, responder));
    if (answer) policy_->Allow(request, *answer);
    return answer;
  } catch (...) {
    return UnexpectedError(request);
  }
}

/// The request, and the server, may be gone by the time of a late answer.
Responder Router::WithPolicy(const Request& request, const Responder& responder) const {
  Request origin;
  for (const auto& header : request.headers) {
    if (header.first == "origin") origin.headers.push_back(header);
  }
  return [policy = policy_, origin = std::move(origin), responder](Response response) {
    policy->Allow(origin, response);
    responder(std::move(response));
  };
}

std::optional<Response> Router::Run(const Request& request, const Responder& responder) const {
  if (pages_.Answers(request)) return pages_.Answer(request, responder);
  const auto segments = DecodePath(request.path);
  auto query = http::ParseQuery(request.query);
  if (!segments || !query) {
    return ErrorResponse(400, "Malformed percent-encoding in " + request.path + (query ? "" : "?" + request.query) +
                                  ": each % must be followed by two hex digits");
  }

  const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : std::string_view(request.method);
  const Route* found = nullptr;
  std::vector<std::string> params;
  std::vector<std::string_view> allowed;
  for (std::size_t i = 0; i < Routes().size(); ++i) {
    const Route& route = Routes()[i];
    auto matched = Match(Paths()[i], *segments);
    if (!matched) continue;
    allowed.push_back(route.method);
    if (route.method == "GET") allowed.push_back("HEAD");
    if (route.method != method) continue;
    found = &route;
    params = std::move(*matched);
  }
  if (allowed.empty() || !request.path.starts_with('/'))
    return ErrorResponse(404, "HTTP 404 Not Found: there is no " + request.path);
  allowed.push_back("OPTIONS");
  if (request.method == "OPTIONS") {
    return Response{.body = Join(allowed), .headers = {{"Allow", Join(allowed)}}, .content_type = "text/plain"};
  }
  if (found == nullptr) {
    Response response = ErrorResponse(
        405, "HTTP 405 Method Not Allowed: " + request.path + " takes " + Join(allowed) + ", not " + request.method);
    response.headers.emplace_back("Allow", Join(allowed));
    return response;
  }
  if (auto refused = CheckBody(*found, request)) return refused;
  if (!found->for_browsers && !AcceptsJson(request)) {
    return ErrorResponse(
        406, "HTTP 406 Not Acceptable: only application/json is served, not " + request.Header("accept").value_or(""));
  }

  const Call call{.request = request,
                  .params = std::move(params),
                  .query = std::move(*query),
                  .base_url = policy_->BaseUrl(request)};
  if (found->read != nullptr) return found->read(worker_.reads(), call);
  return RunLater(*found, call, responder);
}

std::optional<Response> Router::RunLater(const Route& route, const Call& call, const Responder& responder) const {
  const auto prepare = route.change != nullptr    ? route.change
                       : route.inspect != nullptr ? route.inspect
                       : route.probe != nullptr   ? route.probe
                                                  : route.check;
  auto prepared = prepare(call);
  if (!prepared) return ErrorResponse(prepared.error());
  // The client, and with it the request, may be gone when the herder comes to it.
  Request named{.method = call.request.method, .path = call.request.path};
  auto work = [worker = worker_, change = *std::move(prepared), named = std::move(named), responder] {
    try {
      responder(change(worker));
    } catch (...) {
      responder(UnexpectedError(named));
    }
  };
  if (route.change != nullptr)
    worker_.changes.Post(NameOf(call.request), std::move(work));
  else if (route.inspect != nullptr)
    worker_.inspection.Post(std::move(work));
  else if (route.probe != nullptr)
    worker_.inspection.PostProbe(std::move(work));
  else
    worker_.plugins.PostCheck(std::move(work));
  return std::nullopt;
}

}  // namespace framespool::rest
