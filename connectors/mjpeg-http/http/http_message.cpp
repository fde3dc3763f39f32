#include "http/http_message.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace framespool::mjpeg {

namespace {

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

std::optional<std::string> Request::Query(std::string_view key) const {
  for (const auto& [name, value] : query) {
    if (name == key) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Request::List(std::string_view key) const {
  std::vector<std::string> parts;
  for (const std::string_view pair : http::SplitList(raw_query, '&')) {
    const auto equals = std::min(pair.find('='), pair.size());
    if (http::PercentDecode(pair.substr(0, equals), true) != key) continue;
    const std::string_view list = pair.substr(std::min(equals + 1, pair.size()));
    for (const std::string_view part : http::SplitAll(list, ','))
      parts.push_back(http::PercentDecode(part, true).value_or(""));
    break;
  }
  return parts;
}

std::optional<Request> Decode(const http::Request& sent) {
  auto path = http::PercentDecode(sent.path.empty() ? "/" : sent.path);  // http://host is http://host/
  auto query = http::ParseQuery(sent.query);
  if (!path || !query || !path->starts_with('/') || HasControl(*path)) return std::nullopt;
  for (const auto& [name, value] : *query) {
    if (HasControl(name) || HasControl(value)) return std::nullopt;
  }
  return Request{.method = sent.method,
                 .version = sent.http_1_0 ? 10U : 11U,
                 .path = std::move(*path),
                 .host = sent.Header("host").value_or(""),
                 .origin = sent.Header("origin").value_or(""),
                 .authorization = sent.Header("authorization").value_or(""),
                 .cookie = sent.Header("cookie").value_or(""),
                 .range = sent.Header("range").value_or(""),
                 .if_range = sent.Header("if-range").value_or(""),
                 .client = sent.client,
                 .is_fetch = sent.Header("sec-fetch-dest") == "empty",
                 .query = std::move(*query),
                 .raw_query = sent.query};
}

Answer Refuse(int status, std::string_view message) {
  Answer answer;
  answer.status = status;
  answer.text =
      nlohmann::ordered_json{{"error", message}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return answer;
}

Answer BadRequest(std::string_view message) { return Refuse(400, message); }
Answer Forbidden(std::string_view message) { return Refuse(403, message); }
Answer NotFound(std::string_view message) { return Refuse(404, message); }
Answer Unprocessable(std::string_view message) { return Refuse(422, message); }
Answer Unavailable(std::string_view message) { return Refuse(503, message); }

Answer Paused(std::string_view connector) {
  const std::string name(connector);
  return Unavailable("the connector " + name + " is paused and reads nothing; resume it (PUT /connectors/" + name +
                     "/resume) to see what its topic holds");
}

Answer WrongMethod(std::string_view method) {
  Answer answer = Refuse(405, "only GET, HEAD and OPTIONS are answered here, not " + std::string(method));
  answer.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
  return answer;
}

Answer Busy(std::string_view message) {
  Answer answer = Refuse(503, std::string(message) + "; come back later");
  answer.headers.emplace_back("Retry-After", "5");
  return answer;
}

std::string HeadText(unsigned version, const Answer& answer) {
  http::Headers headers = {
      {"Server", "framespool"},    {"Content-Type", answer.content_type}, {"Cache-Control", "no-store"},
      {"X-Accel-Buffering", "no"}, {"X-Content-Type-Options", "nosniff"}, {"Connection", "close"}};
  headers.insert(headers.end(), answer.headers.begin(), answer.headers.end());
  return http::HeadText(answer.status, headers, version == 10);
}

}  // namespace framespool::mjpeg
