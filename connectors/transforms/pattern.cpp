#include "pattern.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include <framespool/errors.h>

namespace framespool::transforms {

namespace {

constexpr std::size_t kLongestPattern = 1000;

re2::RE2::Options Bounds() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  return options;
}

/// Java's (?<name>…) as RE2 has it in every release: (?P<name>…).
std::string Translated(std::string_view text) {
  std::string pattern;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) {
      pattern.append(text.substr(at++, 2));
      continue;
    }
    pattern += text[at];
    if (text.substr(at).starts_with("(?<") && at + 3 < text.size() && text[at + 3] != '=' && text[at + 3] != '!') {
      pattern += "?P";
      ++at;
    }
  }
  return pattern;
}

std::unique_ptr<re2::RE2> Compile(std::string_view text) {
  return std::make_unique<re2::RE2>(Translated(text), Bounds());
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

/// One piece of a replacement: text, or a group.
struct Piece {
  std::string text;
  int group = -1;
};

/// The pieces of Java's replacement text, or what is wrong with it.
std::optional<std::string> Parse(const re2::RE2& pattern, std::string_view replacement, std::vector<Piece>& pieces) {
  const int groups = pattern.NumberOfCapturingGroups();
  for (std::size_t at = 0; at < replacement.size(); ++at) {
    if (replacement[at] == '\\') {
      if (++at == replacement.size()) return "must not end in a backslash: write \\\\ for one";
      pieces.push_back({std::string(1, replacement[at])});
    } else if (replacement[at] != '$') {
      pieces.push_back({std::string(1, replacement[at])});
    } else if (at + 1 < replacement.size() && replacement[at + 1] == '{') {
      const auto end = replacement.find('}', at);
      const std::string name(end == std::string_view::npos ? "" : replacement.substr(at + 2, end - at - 2));
      const auto& named = pattern.NamedCapturingGroups();
      const auto group = named.find(name);
      if (group == named.end()) return "names a group ${" + name + "} that the pattern does not have";
      pieces.push_back({"", group->second});
      at = end;
    } else if (at + 1 < replacement.size() && IsDigit(replacement[at + 1])) {
      // As Java: the most digits that still are the number of a group.
      int group = replacement[++at] - '0';
      if (group > groups)
        return "names group $" + std::to_string(group) + ", but the pattern has " + std::to_string(groups);
      while (at + 1 < replacement.size() && IsDigit(replacement[at + 1]) &&
             group * 10 + (replacement[at + 1] - '0') <= groups) {
        group = group * 10 + (replacement[++at] - '0');
      }
      pieces.push_back({"", group});
    } else {
      return "has a $ that names no group: write $1, ${name}, or \\$ for the character";
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> Pattern::Problem(std::string_view text) {
  if (text.size() > kLongestPattern)
    return "must be a regular expression of at most " + std::to_string(kLongestPattern) + " bytes";
  const auto compiled = Compile(text);
  if (compiled->ok()) return std::nullopt;
  return "must be a regular expression as RE2 has them (no lookaround, no backreference): " + compiled->error();
}

std::optional<std::string> Pattern::ReplacementProblem(std::string_view text, std::string_view replacement) {
  const auto compiled = Compile(text);
  std::vector<Piece> unused;
  return compiled->ok() ? Parse(*compiled, replacement, unused) : std::nullopt;
}

Pattern::Pattern(const std::string& text) : compiled_(Compile(text)) {
  if (const auto problem = Problem(text)) throw ConfigError("the pattern " + *problem);
}
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern::~Pattern() = default;

bool Pattern::Matches(std::string_view text) const {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

std::string Pattern::ReplaceFirst(std::string_view text, std::string_view replacement) const {
  std::vector<Piece> pieces;
  if (const auto problem = Parse(*compiled_, replacement, pieces)) throw ConfigError("the replacement " + *problem);
  std::vector<re2::StringPiece> groups(static_cast<std::size_t>(compiled_->NumberOfCapturingGroups()) + 1);
  const re2::StringPiece all(text.data(), text.size());
  if (!compiled_->Match(all, 0, all.size(), re2::RE2::UNANCHORED, groups.data(), static_cast<int>(groups.size()))) {
    return std::string(text);
  }
  const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
  std::string replaced(text.substr(0, begin));
  for (const Piece& piece : pieces) {
    if (piece.group < 0) {
      replaced += piece.text;
    } else if (const auto& group = groups[static_cast<std::size_t>(piece.group)]; group.data() != nullptr) {
      replaced.append(group.data(), group.size());
    }
  }
  return replaced.append(text.substr(begin + groups[0].size()));
}

}  // namespace framespool::transforms
