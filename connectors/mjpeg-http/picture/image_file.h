#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "framespool/record.h"

namespace framespool::mjpeg {

/// Decoded pixels, three bytes each: blue, green, red.
struct Pixels {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> bytes;

  std::size_t stride() const { return static_cast<std::size_t>(width) * 3; }
};

struct ImageSize {
  int width = 0;
  int height = 0;
};

// JPEG, PNG and WebP through their own libraries. (OpenCV's imgcodecs reads them too, but brings 130 libraries and 44
// MB into the process.) Any thread.

/// How large the picture is that one looks at (a JPEG whose EXIF says so is turned), from its first bytes; nothing for
/// other files and broken ones.
std::optional<ImageSize> SizeOf(const Payload& image);
/// The picture as it is looked at, at least `width` pixels wide: a decoder that can leave out work makes it smaller
/// than it is. Nothing when it cannot be decoded, or when it has over 100 megapixels.
std::optional<Pixels> Decode(const Payload& image, int width);
std::optional<Payload> EncodeJpeg(const Pixels& pixels, int quality = 80);

}  // namespace framespool::mjpeg
