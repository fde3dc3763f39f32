#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace framespool::base {

/// The whole of `text` as an integer, or nothing: no blanks, no plus sign, no other character.
template <class Integer>
std::optional<Integer> ToInteger(std::string_view text, int digits = 10) {
  Integer number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, digits);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace framespool::base
