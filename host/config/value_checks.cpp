#include "config/value_checks.h"

#include <algorithm>
#include <vector>

#include <base/escape.h>
#include <broker/topic_name.h>

#include "patterns.h"

namespace framespool::config {

namespace {

constexpr std::size_t kLongestQuote = 100;

bool IsControl(unsigned char c) { return c < 0x20 || c == 0x7f; }

std::optional<std::string> PathProblem(std::string_view path) {
  if (std::any_of(path.begin(), path.end(), IsControl))
    return "must be a path without control characters, but is " + Quoted(path);
  return std::nullopt;
}

std::optional<std::string> UrlProblem(std::string_view url) {
  const auto colon = url.find("://");
  const bool has_scheme = colon != std::string_view::npos && colon > 0 &&
                          std::all_of(url.begin(), url.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
                            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                   c == '+' || c == '-' || c == '.';
                          });
  if (has_scheme && std::none_of(url.begin(), url.end(), [](unsigned char c) { return IsControl(c) || c == ' '; }))
    return std::nullopt;
  return "must be a URL, as in rtsp://host/path, but is " + Quoted(url);
}

std::optional<std::string> PortProblem(std::string_view port) {
  std::int64_t number = 0;
  if (ParseValue(port, number) && number >= 0 && number <= 65535) return std::nullopt;
  return "must be a port, 0 to 65535, but is " + Quoted(port);
}

std::optional<std::string> ItemProblem(Role role, std::string_view item) {
  switch (role) {
    case Role::kNone:
    case Role::kHost:
    case Role::kUrlPath:
    case Role::kCredential: return std::nullopt;
    case Role::kTopic: return TopicNameProblem(item);
    case Role::kTopicPattern: return PatternProblem(item);
    case Role::kPath: return PathProblem(item);
    case Role::kUrl: return UrlProblem(item);
    case Role::kPort: return PortProblem(item);
  }
  return std::nullopt;
}

}  // namespace

std::string Quoted(std::string_view text) {
  const bool cut = text.size() > kLongestQuote;
  // Not in the middle of a character.
  std::size_t end = std::min(text.size(), kLongestQuote);
  while (cut && end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  std::string quoted = log::Escaped(text.substr(0, end));
  quoted.insert(quoted.begin(), '"');
  return quoted.append(cut ? "…\"" : "\"");
}

std::optional<std::string> TextProblem(std::string_view text) {
  if (text.find('\0') == std::string_view::npos) return std::nullopt;
  return "must not hold a NUL character (\\u0000), but is " + Quoted(text);
}

std::optional<std::string> TopicNameProblem(std::string_view name) {
  if (broker::IsTopicName(name)) return std::nullopt;
  std::string problem =
      "must be the name of a topic: 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-', and neither \".\" nor "
      "\"..\", but is " +
      Quoted(name);
  if (name.size() > broker::kLongestTopicName) problem += " of " + std::to_string(name.size()) + " characters";
  return problem;
}

std::optional<std::string> RoleProblem(const FieldSpec& spec, std::string_view value) {
  if (spec.role == Role::kNone || value.empty()) return std::nullopt;
  std::vector<std::string> items{std::string(value)};
  if (spec.type == FieldType::kList) ParseValue(value, items);
  for (const std::string& item : items) {
    if (auto problem = ItemProblem(spec.role, item)) return problem;
  }
  return std::nullopt;
}

}  // namespace framespool::config
