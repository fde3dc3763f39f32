#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace framespool::media {

// Boxes of an MP4 (ISO/IEC 14496-12, 4.2), written behind what `bytes` holds. Any thread.

inline void PutNumber(std::vector<std::byte>& bytes, std::uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<std::byte>(value >> shift & 255));
  }
}

/// Writes over what `place` holds.
inline void SetNumber(std::span<std::byte> place, std::int64_t value) {
  const std::size_t size = place.size();
  for (std::size_t i = 0; i < size; ++i) place[i] = static_cast<std::byte>(value >> 8 * (size - 1 - i) & 255);
}

/// A box that `fill` fills; with `flags` a full box of that version and these flags.
template <class Fill>
void PutBox(std::vector<std::byte>& bytes, std::string_view type, std::optional<std::uint32_t> flags, Fill&& fill) {
  const std::size_t begin = bytes.size();
  PutNumber(bytes, 0, 4);
  for (const char c : type) bytes.push_back(static_cast<std::byte>(c));
  if (flags) PutNumber(bytes, *flags, 4);
  fill();
  SetNumber(std::span(bytes).subspan(begin, 4), static_cast<std::int64_t>(bytes.size() - begin));
}

/// What a box of `type` holds; empty where there is none, or less than `least` bytes of it.
inline std::span<const std::byte> BoxIn(std::span<const std::byte> bytes, std::string_view type, std::size_t least) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto found = text.find(type);
  if (found == std::string_view::npos || bytes.size() - found - type.size() < least) return {};
  return bytes.subspan(found + type.size());
}

}  // namespace framespool::media
