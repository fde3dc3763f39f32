#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace framespool::config {

/// A user's regular expressions, in RE2's syntax: whoever writes one cannot make matching slow or the stack overflow.

/// What is wrong with `pattern`, as a sentence, or nothing. Time and memory are bounded whatever it is.
std::optional<std::string> PatternProblem(std::string_view pattern);

/// Whether the whole of `text` is matched by one of `patterns`; takes time linear in `text`. Throws ConfigError for one
/// that PatternProblem() refuses.
bool MatchesOneOf(const std::vector<std::string>& patterns, std::string_view text);

}  // namespace framespool::config
