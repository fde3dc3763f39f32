#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace framespool::transforms {

/// A user's regular expression (RE2): matching takes time linear in the text, whatever the pattern is. Java's
/// `(?<name>…)` is understood.
class Pattern {
 public:
  /// What is wrong with `text` as a pattern, as a sentence, or nothing.
  static std::optional<std::string> Problem(std::string_view text);
  /// What is wrong with `replacement` for it, Java's `$1`, `${name}` and `\$`, or nothing.
  static std::optional<std::string> ReplacementProblem(std::string_view text, std::string_view replacement);

  /// Throws ConfigError for what Problem() refuses.
  explicit Pattern(const std::string& text);
  Pattern(Pattern&&) noexcept;
  ~Pattern();

  /// The whole of `text`.
  bool Matches(std::string_view text) const;
  /// `text` with its first match replaced, as Java's Matcher.replaceFirst().
  std::string ReplaceFirst(std::string_view text, std::string_view replacement) const;

 private:
  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace framespool::transforms
