#include "image_facts.h"

#include <cstdint>
#include <string_view>

namespace framespool::inspect {

namespace {

/// The bytes of a head. What lies behind its end reads as 0.
class Head {
 public:
  explicit Head(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::size_t size() const { return bytes_.size(); }
  int At(std::size_t at) const { return at < bytes_.size() ? static_cast<int>(bytes_[at]) : 0; }
  int Big16(std::size_t at) const { return At(at) << 8 | At(at + 1); }
  int Little16(std::size_t at) const { return At(at) | At(at + 1) << 8; }
  int Little24(std::size_t at) const { return Little16(at) | At(at + 2) << 16; }
  bool Has(std::size_t at, std::string_view text) const {
    if (at + text.size() > bytes_.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (At(at + i) != static_cast<unsigned char>(text[i])) return false;
    }
    return true;
  }

 private:
  std::span<const std::byte> bytes_;
};

std::optional<ImageFacts> Found(const char* content_type, int width, int height) {
  if (width <= 0 || height <= 0) return std::nullopt;
  return ImageFacts{content_type, width, height};
}

/// The size stands in the frame header (SOF0 to SOF15), behind any number of other segments.
std::optional<ImageFacts> LookAtJpeg(const Head& head) {
  std::size_t at = 2;
  while (at + 8 < head.size()) {
    if (head.At(at) != 0xFF) return std::nullopt;
    const int marker = head.At(at + 1);
    if (marker == 0xFF) {
      ++at;  // a fill byte
      continue;
    }
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) return Found("image/jpeg", head.Big16(at + 7), head.Big16(at + 5));
    if (marker == 0xD9 || marker == 0xDA) return std::nullopt;  // the picture begins without a frame header
    at += 2 + static_cast<std::size_t>(head.Big16(at + 2));
  }
  return std::nullopt;
}

std::optional<ImageFacts> LookAtWebp(const Head& head) {
  if (head.Has(12, "VP8X") && head.size() >= 30)
    return Found("image/webp", head.Little24(24) + 1, head.Little24(27) + 1);
  if (head.Has(12, "VP8 ") && head.size() >= 30)
    return Found("image/webp", head.Little16(26) & 0x3FFF, head.Little16(28) & 0x3FFF);
  if (head.Has(12, "VP8L") && head.size() >= 25) {
    const int bits = head.Little24(21) | head.At(24) << 24;
    return Found("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<ImageFacts> LookAtImage(std::span<const std::byte> bytes) {
  const Head head(bytes);
  if (head.Has(0, "\xFF\xD8\xFF")) return LookAtJpeg(head);
  if (head.Has(0, "\x89PNG\r\n\x1A\n") && head.Has(12, "IHDR")) {
    // Larger ones no browser shows.
    return head.Big16(16) != 0 || head.Big16(20) != 0 ? std::nullopt
                                                      : Found("image/png", head.Big16(18), head.Big16(22));
  }
  if (head.Has(0, "RIFF") && head.Has(8, "WEBP")) return LookAtWebp(head);
  return std::nullopt;
}

}  // namespace framespool::inspect
