#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include "framespool/record.h"

namespace framespool::mjpeg {

/// The whole number that the header `key` holds; nothing when there is none.
inline std::optional<std::int64_t> NumberIn(const Headers& headers, std::string_view key) {
  const auto text = FindHeader(headers, key);
  std::int64_t value = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size()) return std::nullopt;
  return value;
}

}  // namespace framespool::mjpeg
