#include "framespool/media/image.h"

#include <turbojpeg.h>
#include <webp/decode.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "framespool/media/turn.h"
#include "turbo.h"

namespace framespool::media {
namespace {

bool IsImageType(std::string_view type) {
  if (!type.starts_with("image/") || type.size() > 64) return false;
  // No picture but a document, whose scripts a browser would run.
  if (type.find("svg") != type.npos || type.find("xml") != type.npos) return false;
  return std::all_of(type.begin() + 6, type.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '+' || c == '-';
  });
}

std::optional<ImageSize> JpegSize(void* turbo, const Payload& image) {
  ImageSize size;
  int subsampling = 0, colors = 0;
  if (tjDecompressHeader3(turbo, BytesOf(image), image.size(), &size.width, &size.height, &subsampling, &colors) != 0) {
    return std::nullopt;
  }
  return size;
}

std::optional<ImageSize> PngSize(const Payload& image) {
  if (image.size() < 24) return std::nullopt;
  const auto number = [at = BytesOf(image)](std::size_t i) {
    return static_cast<int>((std::uint32_t{at[i]} << 24 | std::uint32_t{at[i + 1]} << 16 |
                             std::uint32_t{at[i + 2]} << 8 | std::uint32_t{at[i + 3]}) &
                            0x7FFFFFFF);
  };
  return ImageSize{number(16), number(20)};
}

std::optional<ImageSize> WebpSize(const Payload& image) {
  ImageSize size;
  if (WebPGetInfo(BytesOf(image), image.size(), &size.width, &size.height) == 0) return std::nullopt;
  return size;
}

}  // namespace

std::string_view SniffImage(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xFF\xD8\xFF")) return "image/jpeg";
  if (text.starts_with("\x89PNG\r\n\x1A\n")) return "image/png";
  if (text.size() >= 12 && text.starts_with("RIFF") && text.substr(8, 4) == "WEBP") return "image/webp";
  return {};
}

std::optional<std::string> ImageType(const Headers& headers, const Value& value) {
  if (value.size() == 0) return std::nullopt;
  if (const auto header = FindHeader(headers, "content-type")) {
    std::string type(header->substr(0, header->find(';')));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (IsImageType(type)) return type;
  }
  const std::string_view sniffed = SniffImage(value.bytes());
  if (sniffed.empty()) return std::nullopt;
  return std::string(sniffed);
}

std::optional<ImageSize> SizeOf(const Payload& image) {
  const std::string_view type = SniffImage(image.bytes());
  std::optional<ImageSize> size;
  if (type == "image/jpeg") size = JpegSize(Turbo(tjInitDecompress()).get(), image);
  if (type == "image/png") size = PngSize(image);
  if (type == "image/webp") size = WebpSize(image);
  if (!size || size->width <= 0 || size->height <= 0) return std::nullopt;
  if (TurnOfImage(image.bytes()).transpose) std::swap(size->width, size->height);
  return size;
}

}  // namespace framespool::media
