#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// Config values as text and back, as Kafka's config parser reads them.
namespace framespool {

/// An amount of memory or storage.
struct Bytes {
  std::int64_t count = 0;
  friend constexpr auto operator<=>(const Bytes&, const Bytes&) = default;
};

inline std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

inline std::string FormatValue(const std::string& v) { return v; }
inline std::string FormatValue(bool v) { return v ? "true" : "false"; }
/// With commas between.
inline std::string FormatValue(const std::vector<std::string>& v) {
  std::string text;
  for (const std::string& item : v) text += (text.empty() ? "" : ",") + item;
  return text;
}
/// The shortest text that reads back as the same number.
template <class N>
requires(!std::same_as<N, bool> && (std::integral<N> || std::floating_point<N>)) std::string FormatValue(N v) {
  char text[32];
  auto [end, ec] = std::to_chars(text, text + sizeof text, v);
  return std::string(text, end);
}
inline std::string FormatValue(Bytes v) { return FormatValue(v.count); }
/// A plain number; the key says the unit, as in Kafka.
template <class Rep, class Period>
std::string FormatValue(std::chrono::duration<Rep, Period> v) {
  return FormatValue(v.count());
}

// Each says whether `text`, all of it, is a value of that type; `out` is that value then. Text comes trimmed.

inline bool ParseValue(std::string_view text, std::string& out) {
  out = text;
  return true;
}
/// true or false, in any case.
inline bool ParseValue(std::string_view text, bool& out) {
  const auto is = [&](std::string_view word) {
    return std::equal(text.begin(), text.end(), word.begin(), word.end(),
                      [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
  };
  out = is("true");
  return out || is("false");
}
/// Items between commas, trimmed; empty ones are none.
inline bool ParseValue(std::string_view text, std::vector<std::string>& out) {
  out.clear();
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (const auto item = Trim(text.substr(0, comma)); !item.empty()) out.emplace_back(item);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return true;
}
template <class N>
requires(!std::same_as<N, bool> && (std::integral<N> || std::floating_point<N>)) bool ParseValue(std::string_view text,
                                                                                                 N& out) {
  auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc{} && end == text.data() + text.size();
}
inline bool ParseValue(std::string_view text, Bytes& out) { return ParseValue(text, out.count); }
template <class Rep, class Period>
bool ParseValue(std::string_view text, std::chrono::duration<Rep, Period>& out) {
  Rep count{};
  const bool good = ParseValue(text, count);
  if (good) out = std::chrono::duration<Rep, Period>(count);
  return good;
}

}  // namespace framespool
