#include "router.h"

#include <algorithm>
#include <utility>

#include <base/log.h>
#include <base/numbers.h>

#include "error_response.h"
#include "session_resources.h"

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

/// How the history calls who sent the request.
std::string NameOf(const Call& call) {
  std::string name = call.who.user.empty() ? "" : call.who.user + " from ";
  name += call.request.client;
  // What a client calls itself may be anything: the start of it will do.
  if (const auto agent = call.request.Header("user-agent")) name.append(" ").append(agent->substr(0, 100));
  return name;
}

/// Writes to the log who changed something, from where, what, and what came of it (an HTTP status).
std::function<void(int)> Audit(const Call& call, const std::string& client) {
  const std::string who = call.who.user.empty() ? "somebody" : call.who.user;
  const std::string what =
      call.request.method + " " + call.request.path + (call.request.query.empty() ? "" : "?" + call.request.query);
  return [line = who + " from " + client + ": " + what](int status) {
    log::Info("audit", line + ": " + std::to_string(status));
  };
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

/// What `request` sends, or wants to get, that `route` cannot do with.
std::optional<Response> Unfit(const Route& route, const Request& request) {
  if (auto refused = CheckBody(route, request)) return refused;
  if (route.for_browsers || AcceptsJson(request)) return std::nullopt;
  return ErrorResponse(
      406, "HTTP 406 Not Acceptable: only application/json is served, not " + request.Header("accept").value_or(""));
}

}  // namespace

base::Refused BadQuery(std::string_view name, const std::string& message) {
  return base::Refuse(base::Reason::kInvalid, {.message = std::string(name) + " " + message, .kind = "bad-request"});
}

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

base::Outcome<void> Call::Knows(std::initializer_list<std::string_view> names) const {
  for (const auto& [key, value] : query) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    std::string all;
    for (const std::string_view name : names) all.append(all.empty() ? "" : ", ").append(name);
    return BadQuery(key, "is no parameter of " + request.method + " " + request.path + ", which has: " + all);
  }
  return {};
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

struct Router::Arrival {
  const Route& route;
  std::vector<std::string> params;
  http::Query query;
};

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
  Arrival arrival{*found, std::move(params), std::move(*query)};
  if (found->logs_in) {
    auto refused = Unfit(*found, request);
    return refused ? refused : LogIn(request, responder);
  }
  if (!doorman_) return Serve(arrival, request, {.level = AccessLevel::kAdmin}, responder);
  return AskFirst(std::move(arrival), request, responder);
}

std::optional<Response> Router::AskFirst(Arrival arrival, const Request& request, const Responder& responder) const {
  // Its client may be gone, and it with it, before a password is checked.
  struct Waiting {
    Arrival arrival;
    Request request;
  };
  const auto waiting = std::make_shared<const Waiting>(Waiting{std::move(arrival), request});
  const auto go_on = [this, waiting, responder](AccessAnswer answer) -> std::optional<Response> {
    if (auto refused = Doorman::Refuse(waiting->request, answer, waiting->arrival.route.needs())) return refused;
    return Serve(waiting->arrival, waiting->request, std::move(answer), responder);
  };
  auto answer = doorman_->Ask(request, policy_->ClientOf(request), [go_on, waiting, responder](AccessAnswer late) {
    try {
      if (auto response = go_on(std::move(late))) responder(*std::move(response));
    } catch (...) {
      responder(UnexpectedError(waiting->request));
    }
  });
  return answer ? go_on(*std::move(answer)) : std::nullopt;
}

std::optional<Response> Router::LogIn(const Request& request, const Responder& responder) const {
  if (!doorman_)
    return ErrorResponse(404, "This worker has no users (listeners.users.file): nobody is asked who he is");
  auto shown = ShownBy(request);
  if (!shown) return ErrorResponse(shown.error());
  const auto let_in = [gate = gate_, is_secret = policy_->BaseUrl(request).starts_with("https:"),
                       client = policy_->ClientOf(request), origin = request.Header("origin").value_or(""),
                       shown = *shown](const AccessAnswer& answer) {
    if (auto refused = Doorman::Refuse(shown, answer, AccessLevel::kViewer)) return *std::move(refused);
    log::Info("audit", answer.user + " from " + client + ": logged in");
    Response response = DescribeCaller(answer);
    response.headers.emplace_back("Set-Cookie", gate->Begin(answer.user, origin, is_secret));
    return response;
  };
  auto answer = doorman_->Ask(
      *shown, policy_->ClientOf(request),
      [let_in, responder, named = Request{.method = request.method, .path = request.path}](const AccessAnswer& late) {
        try {
          responder(let_in(late));
        } catch (...) {
          responder(UnexpectedError(named));
        }
      });
  return answer ? std::optional(let_in(*answer)) : std::nullopt;
}

std::optional<Response> Router::Serve(const Arrival& arrival, const Request& request, AccessAnswer who,
                                      const Responder& responder) const {
  const Route& route = arrival.route;
  if (auto refused = Unfit(route, request)) return refused;
  const Call call{.request = request,
                  .params = arrival.params,
                  .query = arrival.query,
                  .base_url = policy_->BaseUrl(request),
                  .who = std::move(who),
                  .gate = gate_};
  if (!route.changes())
    return route.read != nullptr ? route.read(worker_.reads(), call) : RunLater(route, call, responder);
  const Responder told = [audit = Audit(call, policy_->ClientOf(request)), responder](Response response) {
    audit(response.status);
    responder(std::move(response));
  };
  auto response = route.read != nullptr ? route.read(worker_.reads(), call) : RunLater(route, call, told);
  if (response) Audit(call, policy_->ClientOf(request))(response->status);
  return response;
}

std::optional<Response> Router::RunLater(const Route& route, const Call& call, const Responder& responder) const {
  const auto prepare = route.change != nullptr    ? route.change
                       : route.inspect != nullptr ? route.inspect
                       : route.probe != nullptr   ? route.probe
                       : route.produce != nullptr ? route.produce
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
    worker_.changes.Post(NameOf(call), std::move(work));
  else if (route.inspect != nullptr)
    worker_.inspection.Post(std::move(work));
  else if (route.probe != nullptr)
    worker_.inspection.PostProbe(std::move(work));
  else if (route.produce != nullptr)
    worker_.records.Post(std::move(work));
  else
    worker_.plugins.PostCheck(std::move(work));
  return std::nullopt;
}

}  // namespace framespool::rest
