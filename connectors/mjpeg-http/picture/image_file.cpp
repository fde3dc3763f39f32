#include "picture/image_file.h"

#include <png.h>
#include <turbojpeg.h>
#include <webp/decode.h>

#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "picture/upright.h"
#include "topic/frame.h"

namespace framespool::mjpeg {

namespace {

constexpr std::int64_t kMostPixels = 100'000'000;

struct TurboDeleter {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Turbo = std::unique_ptr<void, TurboDeleter>;

const std::uint8_t* BytesOf(const Payload& image) {
  return reinterpret_cast<const std::uint8_t*>(image.bytes().data());
}

Pixels Blank(int width, int height) {
  Pixels pixels{width, height, {}};
  pixels.bytes.resize(pixels.stride() * static_cast<std::size_t>(height));
  return pixels;
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

/// Printers' colours: libjpeg-turbo hands them out as they are. Adobe writes them inverted, and nobody else writes
/// them.
std::optional<Pixels> DecodeCmyk(void* turbo, const Payload& image, ImageSize size) {
  std::vector<std::uint8_t> inks(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 4);
  if (tjDecompress2(turbo, BytesOf(image), image.size(), inks.data(), size.width, 0, size.height, TJPF_CMYK,
                    TJFLAG_FASTDCT) != 0 &&
      tjGetErrorCode(turbo) == TJERR_FATAL) {
    return std::nullopt;
  }
  Pixels pixels = Blank(size.width, size.height);
  for (std::size_t i = 0; i < pixels.bytes.size() / 3; ++i) {
    for (std::size_t color = 0; color < 3; ++color) {
      pixels.bytes[i * 3 + color] = static_cast<std::uint8_t>(inks[i * 4 + 2 - color] * inks[i * 4 + 3] / 255);
    }
  }
  return pixels;
}

/// As it is stored, at an eighth to eight eighths of its size: the smallest that is at least `width` wide when it
/// stands.
std::optional<Pixels> DecodeJpeg(const Payload& image, ImageSize size, int width, bool lies) {
  const Turbo turbo(tjInitDecompress());
  ImageSize best = size;
  int count = 0;
  const tjscalingfactor* factors = tjGetScalingFactors(&count);
  for (int i = 0; i < count; ++i) {
    const ImageSize scaled{TJSCALED(size.width, factors[i]), TJSCALED(size.height, factors[i])};
    if ((lies ? scaled.height : scaled.width) >= width && scaled.width < best.width) best = scaled;
  }
  Pixels pixels = Blank(best.width, best.height);
  const int failed = tjDecompress2(turbo.get(), BytesOf(image), image.size(), pixels.bytes.data(), best.width, 0,
                                   best.height, TJPF_BGR, TJFLAG_FASTDCT);
  // A warning is a picture too: a camera's broken last lines.
  if (failed == 0 || tjGetErrorCode(turbo.get()) != TJERR_FATAL) return pixels;
  return DecodeCmyk(turbo.get(), image, size);
}

std::optional<Pixels> DecodePng(const Payload& image, ImageSize size) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&png, image.bytes().data(), image.size()) == 0) return std::nullopt;
  const std::unique_ptr<png_image, decltype(&png_image_free)> owner(&png, &png_image_free);
  png.format = PNG_FORMAT_BGR;
  Pixels pixels = Blank(size.width, size.height);
  // What is transparent is black, as it is where a decoder ignores transparency.
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&png, &black, pixels.bytes.data(), 0, nullptr) == 0) return std::nullopt;
  return pixels;
}

std::optional<Pixels> DecodeWebp(const Payload& image, ImageSize size) {
  Pixels pixels = Blank(size.width, size.height);
  if (WebPDecodeBGRInto(BytesOf(image), image.size(), pixels.bytes.data(), pixels.bytes.size(),
                        static_cast<int>(pixels.stride())) == nullptr) {
    return std::nullopt;
  }
  return pixels;
}

}  // namespace

std::optional<ImageSize> SizeOf(const Payload& image) {
  const std::string_view type = SniffImage(image.bytes());
  std::optional<ImageSize> size;
  if (type == "image/jpeg") size = JpegSize(Turbo(tjInitDecompress()).get(), image);
  if (type == "image/png") size = PngSize(image);
  if (type == "image/webp") size = WebpSize(image);
  if (!size || size->width <= 0 || size->height <= 0) return std::nullopt;
  if (Lies(OrientationOf(image.bytes()))) std::swap(size->width, size->height);
  return size;
}

std::optional<Pixels> Decode(const Payload& image, int width) {
  const auto size = SizeOf(image);
  if (!size || std::int64_t{size->width} * size->height > kMostPixels) return std::nullopt;
  const std::string_view type = SniffImage(image.bytes());
  const Orientation orientation = OrientationOf(image.bytes());
  const bool lies = Lies(orientation);
  const ImageSize stored = lies ? ImageSize{size->height, size->width} : *size;
  auto pixels = type == "image/jpeg"  ? DecodeJpeg(image, stored, width, lies)
                : type == "image/png" ? DecodePng(image, stored)
                                      : DecodeWebp(image, stored);
  if (!pixels) return std::nullopt;
  return Upright(std::move(*pixels), orientation);
}

std::optional<Payload> EncodeJpeg(const Pixels& pixels, int quality) {
  const Turbo turbo(tjInitCompress());
  unsigned char* made = nullptr;
  unsigned long size = 0;
  const int failed = tjCompress2(turbo.get(), pixels.bytes.data(), pixels.width, 0, pixels.height, TJPF_BGR, &made,
                                 &size, TJSAMP_420, quality, TJFLAG_FASTDCT);
  const std::unique_ptr<unsigned char, decltype(&tjFree)> owner(made, &tjFree);
  if (failed != 0) return std::nullopt;
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), made, size);
  return Payload(std::move(bytes));
}

}  // namespace framespool::mjpeg
