#include "exif.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "framespool/media/image.h"
#include "jpeg_segments.h"

namespace framespool::media {
namespace {

using Bytes = std::span<const std::byte>;

constexpr int kUpright = 1;
constexpr std::string_view kExifHead("Exif\0\0", 6);

std::string_view TextOf(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// 0 where `bytes` has not that many.
std::uint32_t NumberAt(Bytes bytes, std::size_t at, std::size_t size, bool little) {
  std::uint32_t value = 0;
  if (at > bytes.size() || bytes.size() - at < size) return value;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[little ? at + size - 1 - i : at + i]);
  }
  return value;
}

/// Of a TIFF structure, which is what EXIF is.
int OrientationOfTiff(Bytes tiff) {
  constexpr std::uint32_t kMagic = 42, kOrientationTag = 0x0112, kShort = 3;
  const bool little = TextOf(tiff).starts_with("II");
  if (!little && !TextOf(tiff).starts_with("MM")) return kUpright;
  if (tiff.size() < 8 || NumberAt(tiff, 2, 2, little) != kMagic) return kUpright;
  const std::size_t directory = NumberAt(tiff, 4, 4, little);
  const std::size_t entries = NumberAt(tiff, directory, 2, little);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * 12;
    if (at + 12 > tiff.size()) break;
    if (NumberAt(tiff, at, 2, little) != kOrientationTag || NumberAt(tiff, at + 2, 2, little) != kShort) continue;
    const std::uint32_t orientation = NumberAt(tiff, at + 8, 2, little);
    return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : kUpright;
  }
  return kUpright;
}

int OrientationOfJpeg(Bytes jpeg) {
  JpegSegments segments(jpeg);
  int orientation = kUpright;
  while (orientation == kUpright && segments.Next()) {
    if (segments.marker() == JpegSegments::kApp1) orientation = ExifOrientationOfApp1(segments.content());
  }
  return orientation;
}

/// Of a PNG's chunk eXIf, which may stand before its pixels or behind them.
std::optional<Bytes> TiffOfPng(Bytes png) {
  constexpr std::size_t kSignature = 8, kAround = 12;  // length and type before a chunk's bytes, a CRC behind
  for (std::size_t at = kSignature; at + kAround <= png.size();) {
    const std::size_t size = NumberAt(png, at, 4, false);
    if (size > png.size() - at - kAround) return std::nullopt;
    if (TextOf(png.subspan(at + 4, 4)) == "eXIf") return png.subspan(at + 8, size);
    at += size + kAround;
  }
  return std::nullopt;
}

/// Of a WebP's chunk EXIF; some begin it as a JPEG's.
std::optional<Bytes> TiffOfWebp(Bytes webp) {
  constexpr std::size_t kHead = 12, kBefore = 8;
  for (std::size_t at = kHead; at + kBefore <= webp.size();) {
    const std::size_t size = NumberAt(webp, at + 4, 4, true);
    if (size > webp.size() - at - kBefore) return std::nullopt;
    const Bytes chunk = webp.subspan(at + kBefore, size);
    if (TextOf(webp.subspan(at, 4)) == "EXIF")
      return TextOf(chunk).starts_with(kExifHead) ? chunk.subspan(kExifHead.size()) : chunk;
    at += kBefore + size + size % 2;
  }
  return std::nullopt;
}

}  // namespace

int ExifOrientationOfApp1(Bytes content) {
  return TextOf(content).starts_with(kExifHead) ? OrientationOfTiff(content.subspan(kExifHead.size())) : kUpright;
}

int ExifOrientation(Bytes image) {
  const std::string_view type = SniffImage(image);
  if (type == "image/jpeg") return OrientationOfJpeg(image);
  if (type == "image/png") return OrientationOfTiff(TiffOfPng(image).value_or(Bytes()));
  if (type == "image/webp") return OrientationOfTiff(TiffOfWebp(image).value_or(Bytes()));
  return kUpright;
}

}  // namespace framespool::media
