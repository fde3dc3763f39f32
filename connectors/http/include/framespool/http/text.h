#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace framespool::http {

/// Decodes %XX, and '+' as a space where `plus_is_space`. Nothing when a '%' is not followed by two hex digits.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space = false);
/// Encodes all that a segment of a path may not have as it is (RFC 3986, pchar).
std::string PercentEncode(std::string_view text);

/// Names and values, decoded, in the order in which they came; one name may come again.
using Query = std::vector<std::pair<std::string, std::string>>;
/// `query` as sent, without '?'. Nothing when its percent-encoding is broken.
std::optional<Query> ParseQuery(std::string_view query);

/// A request target's path and query, as sent. The views are of the target.
struct Target {
  std::string_view path;
  std::string_view query;  // without '?'
};
/// Of "/path?query", of "http://host/path?query" (without a path: an empty one) and of "*". Nothing for anything else.
std::optional<Target> ParseTarget(std::string_view target);

/// RFC 4648, with padding.
std::string Base64(std::string_view bytes);
/// Nothing for what is none: other letters, lines, or no padding.
std::optional<std::string> FromBase64(std::string_view text);

std::string LowerCase(std::string_view text);
/// The same but for the case of ASCII letters.
bool SameText(std::string_view a, std::string_view b);
/// Without the spaces and tabs around it.
std::string_view Strip(std::string_view text);
/// The parts between `separator`s, stripped; empty parts are left out.
std::vector<std::string_view> SplitList(std::string_view text, char separator);
/// All of them, as they are; of an empty text one, which is empty.
std::vector<std::string_view> SplitAll(std::string_view text, char separator);

}  // namespace framespool::http
