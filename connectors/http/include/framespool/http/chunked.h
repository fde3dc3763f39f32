#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace framespool::http {

// Transfer-Encoding: chunked (RFC 9112, 7.1), as a server writes it: what stands around bytes that it has already. To
// an HTTP/1.0 client such a body is sent without.

inline constexpr std::size_t kMostChunkHead = 2 * sizeof(std::size_t) + 2;
inline constexpr std::string_view kChunkEnd = "\r\n";
/// Says that the body is whole: one that is cut off has none.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

/// What stands before a chunk of `size` bytes, of which there is at least one; at most kMostChunkHead of them.
inline std::string ChunkHead(std::size_t size) {
  std::array<char, kMostChunkHead> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  return std::string(digits.data(), end).append(kChunkEnd);
}

}  // namespace framespool::http
