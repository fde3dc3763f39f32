#include "http/byte_range.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace framespool::mjpeg {

namespace {

std::optional<std::uint64_t> Number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

ByteRange ByteRangeOf(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  const ByteRange all{0, size, 200};
  if (!header.starts_with(kUnit)) return all;
  header.remove_prefix(kUnit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return all;
  const std::string_view from = header.substr(0, dash), to = header.substr(dash + 1);
  const auto first = Number(from), last = Number(to);
  if (from.empty()) {  // so many at the end
    if (!last) return all;
    if (*last == 0) return {0, 0, 416};
    return {size - std::min(size, *last), size, 206};
  }
  if (!first || (!to.empty() && (!last || *last < *first))) return all;
  if (*first >= size) return {0, 0, 416};
  return {*first, last ? std::min(*last, size - 1) + 1 : size, 206};
}

}  // namespace framespool::mjpeg
