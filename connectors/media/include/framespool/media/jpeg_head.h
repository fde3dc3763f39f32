#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace framespool::media {

// Any thread.

/// What the segments of a JPEG say, up to its first scan.
struct JpegHead {
  int width = 0;
  int height = 0;
  bool has_huffman_tables = false;
  int process = 0;      // 0 baseline, 1 extended, 2 progressive, 3 lossless … (the n of SOFn)
  int precision = 8;    // bits of a sample
  int orientation = 1;  // EXIF's, 1 to 8
  // false: black is 16 and white 235, as FFmpeg marks with a comment; browsers know no such JPEG
  bool full_range = true;
  std::size_t scan = 0;  // where the first scan's marker stands
};

/// True when a browser shows it as it is meant: upright, in its colours, in a coding that browsers know.
bool ShowsAsItIs(const JpegHead& head);

/// True when the JPEG ends with its end marker; some writers add a few bytes behind it.
bool EndsWhole(std::span<const std::byte> bytes);

/// Nothing when `bytes` is not a JPEG with a size and a scan.
std::optional<JpegHead> ReadJpegHead(std::span<const std::byte> bytes);

/// A copy of `bytes` that any JPEG reader takes: with the standard's Huffman tables before its first scan. Motion JPEG
/// in AVI may leave them out, which browsers do not forgive.
std::vector<std::byte> WithStandardHuffmanTables(std::span<const std::byte> bytes, const JpegHead& head);

}  // namespace framespool::media
