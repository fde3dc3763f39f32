#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace framespool::video_file {

/// What the markers of a JPEG say, up to its first scan.
struct JpegFacts {
  int width = 0;
  int height = 0;
  bool has_huffman_tables = false;
  std::size_t scan = 0;  // where the first scan's marker stands
};

/// Nothing when `bytes` is not a JPEG with a size and a scan.
std::optional<JpegFacts> ReadJpegMarkers(std::span<const std::byte> bytes);

/// A copy of `bytes` that any JPEG reader takes: with the standard's Huffman tables before its first scan. Motion JPEG in
/// AVI may leave them out, which browsers do not forgive.
std::vector<std::byte> WithStandardHuffmanTables(std::span<const std::byte> bytes, const JpegFacts& facts);

}  // namespace framespool::video_file
