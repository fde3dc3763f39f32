#include "picture/exif.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace framespool::mjpeg {

namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint16_t kOrientationTag = 0x0112, kShort = 3;

std::uint32_t Number(Bytes bytes, std::size_t at, std::size_t size, bool little) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t byte = little ? size - 1 - i : i;
    value = value << 8 | std::to_integer<std::uint32_t>(bytes[at + byte]);
  }
  return value;
}

constexpr std::string_view kExif("Exif\0\0", 6);

std::string_view TextOf(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// The TIFF structure of an APP1 segment; nothing when the file has none.
std::optional<Bytes> TiffOfJpeg(Bytes jpeg) {
  for (std::size_t at = 2; at + 4 <= jpeg.size();) {
    if (jpeg[at] != std::byte{0xFF}) return std::nullopt;
    const auto marker = std::to_integer<unsigned>(jpeg[at + 1]);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    // Markers without a segment; from the scan or the end on there is no head any more.
    if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) {
      at += 2;
      continue;
    }
    if (marker == 0xDA || marker == 0xD9) return std::nullopt;
    const std::size_t size = Number(jpeg, at + 2, 2, false);
    if (size < 2 || at + 2 + size > jpeg.size()) return std::nullopt;
    const Bytes segment = jpeg.subspan(at + 4, size - 2);
    if (marker == 0xE1 && TextOf(segment).starts_with(kExif)) return segment.subspan(kExif.size());
    at += 2 + size;
  }
  return std::nullopt;
}

/// Of a PNG's chunk eXIf, which may stand before its pixels or behind them.
std::optional<Bytes> TiffOfPng(Bytes png) {
  constexpr std::size_t kSignature = 8, kAround = 12;  // length and type before a chunk's bytes, a CRC behind
  for (std::size_t at = kSignature; at + kAround <= png.size();) {
    const std::size_t size = Number(png, at, 4, false);
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
    const std::size_t size = Number(webp, at + 4, 4, true);
    if (size > webp.size() - at - kBefore) return std::nullopt;
    const Bytes chunk = webp.subspan(at + kBefore, size);
    if (TextOf(webp.subspan(at, 4)) == "EXIF")
      return TextOf(chunk).starts_with(kExif) ? chunk.subspan(kExif.size()) : chunk;
    at += kBefore + size + size % 2;
  }
  return std::nullopt;
}

std::optional<Bytes> Tiff(Bytes image) {
  const std::string_view text = TextOf(image);
  if (text.size() >= 4 && text.starts_with("\xFF\xD8")) return TiffOfJpeg(image);
  if (text.starts_with("\x89PNG\r\n\x1A\n")) return TiffOfPng(image);
  if (text.starts_with("RIFF") && text.size() >= 12 && text.substr(8, 4) == "WEBP") return TiffOfWebp(image);
  return std::nullopt;
}

}  // namespace

Orientation OrientationOf(Bytes image) {
  const auto tiff = Tiff(image);
  if (!tiff || tiff->size() < 8) return Orientation::kUpright;
  const bool little = (*tiff)[0] == std::byte{'I'};
  if (Number(*tiff, 2, 2, little) != 42) return Orientation::kUpright;
  const std::size_t directory = Number(*tiff, 4, 4, little);
  if (directory > tiff->size() || tiff->size() - directory < 2) return Orientation::kUpright;
  const std::size_t entries = Number(*tiff, directory, 2, little);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * 12;
    if (at + 12 > tiff->size()) break;
    if (Number(*tiff, at, 2, little) != kOrientationTag) continue;
    const std::uint32_t value = Number(*tiff, at + 8, 2, little);
    if (Number(*tiff, at + 2, 2, little) != kShort || value < 1 || value > 8) break;
    return static_cast<Orientation>(value);
  }
  return Orientation::kUpright;
}

}  // namespace framespool::mjpeg
