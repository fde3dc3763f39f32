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

/// The TIFF structure of an APP1 segment; nothing when the file has none.
std::optional<Bytes> Tiff(Bytes jpeg) {
  constexpr std::string_view kExif("Exif\0\0", 6);
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
    const std::string_view text(reinterpret_cast<const char*>(segment.data()), segment.size());
    if (marker == 0xE1 && text.starts_with(kExif)) return segment.subspan(kExif.size());
    at += 2 + size;
  }
  return std::nullopt;
}

}  // namespace

Orientation OrientationOf(Bytes jpeg) {
  if (jpeg.size() < 4 || jpeg[0] != std::byte{0xFF} || jpeg[1] != std::byte{0xD8}) return Orientation::kUpright;
  const auto tiff = Tiff(jpeg);
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
