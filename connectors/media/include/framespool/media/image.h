#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "framespool/record.h"

namespace framespool::media {

// Pictures in files of their own: JPEG, PNG and WebP, each through its own library. Any thread; nothing here keeps
// anything between two calls.

/// What has more is not decoded.
inline constexpr std::int64_t kMostImagePixels = 100'000'000;

/// In pixels.
struct ImageSize {
  int width = 0;
  int height = 0;
};

/// image/jpeg, image/png, image/webp, as the first bytes say; empty for anything else.
std::string_view SniffImage(std::span<const std::byte> bytes);

/// The content type of a record that holds an image: its content-type header, else what its first bytes say. Nothing
/// when it holds none.
std::optional<std::string> ImageType(const Headers& headers, const Value& value);

/// How large the picture is that one looks at (one whose EXIF says so is turned), from its first bytes; nothing for
/// other files and broken ones.
std::optional<ImageSize> SizeOf(const Payload& image);

/// The picture as it is looked at (kBgr8), at least `width` pixels wide: a decoder that can leave out work makes it
/// smaller than it is. Nothing when it cannot be decoded, or when it has over 100 megapixels. Takes milliseconds.
std::optional<Pixels> DecodeImage(const Payload& image, int width);

/// The same as its brightness alone (kGray8). Of a JPEG it takes a fraction of the time, the less the smaller.
std::optional<Pixels> DecodeGray(const Payload& image, int width);

/// `image` as a JPEG of exactly `width` pixels, its shape kept. Nothing when it is no wider than that already (never
/// larger than it was), when it cannot be decoded, or when it has over 100 megapixels. Takes milliseconds.
std::optional<Payload> ScaleImage(const Payload& image, int width);

/// A JPEG that says that it has to be turned, turned, and saying nothing: for what does not look at EXIF. Lossless
/// where its size allows that. Nothing when it is upright as it is, no JPEG, or broken.
std::optional<Payload> UprightJpeg(const Payload& image);

}  // namespace framespool::media
