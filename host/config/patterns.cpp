#include "patterns.h"

#include <algorithm>
#include <array>

#include <config/topic_pattern.h>
#include <config/value_checks.h>
#include <framespool/errors.h>
#include <re2/re2.h>

namespace framespool::config {

namespace {

constexpr std::size_t kLongestPattern = 1000;
constexpr std::int64_t kMostMemory = 1 << 20;

/// Of Java's patterns, that Kafka Connect takes: what needs more than one look at each character.
struct Lacking {
  std::string_view text;
  std::string_view name;
};
constexpr std::array<Lacking, 6> kLacking = {{{"(?=", "a lookahead"},
                                              {"(?!", "a lookahead"},
                                              {"(?<=", "a lookbehind"},
                                              {"(?<!", "a lookbehind"},
                                              {"(?>", "an atomic group"},
                                              {"\\k<", "a backreference"}}};

std::string_view LackingIn(std::string_view pattern) {
  for (const Lacking& each : kLacking) {
    if (pattern.find(each.text) != std::string_view::npos) return each.name;
  }
  for (std::size_t at = 0; (at = pattern.find('\\', at)) != std::string_view::npos; at += 2) {
    if (at + 1 < pattern.size() && pattern[at + 1] >= '1' && pattern[at + 1] <= '9') return "a backreference";
  }
  for (const std::string_view possessive : {"*+", "++", "?+", "}+"}) {
    if (pattern.find(possessive) != std::string_view::npos) return "a possessive quantifier";
  }
  return {};
}

re2::RE2::Options Bounds() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMostMemory);
  options.set_never_capture(true);
  return options;
}

std::optional<std::string> ProblemOf(const re2::RE2& compiled, std::string_view pattern) {
  if (compiled.ok()) return std::nullopt;
  const std::string_view lacking = LackingIn(pattern);
  return "must be regular expressions, but " + Quoted(pattern) +
         (lacking.empty() ? " is none: " + compiled.error()
                          : " has " + std::string(lacking) +
                                ", which Java's patterns have and this worker's (RE2) have not; name what is wanted "
                                "without it, as with .include and .exclude");
}

std::optional<std::string> LengthProblem(std::string_view pattern) {
  if (pattern.size() <= kLongestPattern) return std::nullopt;
  return "must be regular expressions of at most " + std::to_string(kLongestPattern) + " bytes, but " +
         Quoted(pattern) + " has " + std::to_string(pattern.size());
}

}  // namespace

std::optional<std::string> PatternProblem(std::string_view pattern) {
  if (auto problem = LengthProblem(pattern)) return problem;
  return ProblemOf(re2::RE2(re2::StringPiece(pattern.data(), pattern.size()), Bounds()), pattern);
}

bool MatchesOneOf(const std::vector<std::string>& patterns, std::string_view text) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (const auto problem = LengthProblem(pattern)) throw ConfigError(*problem);
    const re2::RE2 compiled(pattern, Bounds());
    if (const auto problem = ProblemOf(compiled, pattern)) throw ConfigError(*problem);
    return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), compiled);
  });
}

TopicPattern::TopicPattern(std::string text) : text_(std::move(text)) {
  if (text_.empty() || LengthProblem(text_)) return;
  auto compiled = std::make_shared<const re2::RE2>(text_, Bounds());
  if (compiled->ok()) compiled_ = std::move(compiled);
}

bool TopicPattern::Matches(std::string_view topic) const {
  return compiled_ != nullptr && re2::RE2::FullMatch(re2::StringPiece(topic.data(), topic.size()), *compiled_);
}

}  // namespace framespool::config
