#include <png.h>
#include <turbojpeg.h>
#include <webp/decode.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "framespool/media/image.h"
#include "framespool/media/turn.h"
#include "pixels_mat.h"
#include "turbo.h"

namespace framespool::media {

namespace {

/// Printers' colours: libjpeg-turbo hands them out as they are. Adobe writes them inverted, and nobody else writes
/// them.
std::optional<BgrBuffer> DecodeCmyk(void* turbo, const Payload& image, ImageSize size) {
  std::vector<std::uint8_t> inks(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 4);
  if (tjDecompress2(turbo, BytesOf(image), image.size(), inks.data(), size.width, 0, size.height, TJPF_CMYK,
                    kDecoding) != 0 &&
      tjGetErrorCode(turbo) == TJERR_FATAL) {
    return std::nullopt;
  }
  BgrBuffer pixels(size.width, size.height);
  std::uint8_t* to = pixels.data();
  for (std::size_t i = 0; i < pixels.size() / 3; ++i) {
    for (std::size_t color = 0; color < 3; ++color) {
      to[i * 3 + color] = static_cast<std::uint8_t>(inks[i * 4 + 2 - color] * inks[i * 4 + 3] / 255);
    }
  }
  return pixels;
}

/// As it is stored, at the size that SmallestFor() says.
std::optional<BgrBuffer> DecodeJpeg(const Payload& image, ImageSize size, int width, bool lies) {
  const Turbo turbo(tjInitDecompress());
  const ImageSize best = SmallestFor(size, width, lies);
  BgrBuffer pixels(best.width, best.height);
  const int failed = tjDecompress2(turbo.get(), BytesOf(image), image.size(), pixels.data(), best.width, 0, best.height,
                                   TJPF_BGR, kDecoding);
  // A warning is a picture too: a camera's broken last lines.
  if (failed == 0 || tjGetErrorCode(turbo.get()) != TJERR_FATAL) return pixels;
  return DecodeCmyk(turbo.get(), image, size);
}

std::optional<BgrBuffer> DecodePng(const Payload& image, ImageSize size) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&png, image.bytes().data(), image.size()) == 0) return std::nullopt;
  const std::unique_ptr<png_image, decltype(&png_image_free)> owner(&png, &png_image_free);
  png.format = PNG_FORMAT_BGR;
  BgrBuffer pixels(size.width, size.height);
  // What is transparent is black, as it is where a decoder ignores transparency.
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&png, &black, pixels.data(), 0, nullptr) == 0) return std::nullopt;
  return pixels;
}

std::optional<BgrBuffer> DecodeWebp(const Payload& image, ImageSize size) {
  BgrBuffer pixels(size.width, size.height);
  if (WebPDecodeBGRInto(BytesOf(image), image.size(), pixels.data(), pixels.size(),
                        static_cast<int>(pixels.stride())) == nullptr) {
    return std::nullopt;
  }
  return pixels;
}

}  // namespace

ImageSize SmallestFor(const ImageSize& stored, int width, bool lies) {
  ImageSize best = stored;
  int count = 0;
  const tjscalingfactor* factors = tjGetScalingFactors(&count);
  for (int i = 0; i < count; ++i) {
    const ImageSize scaled{TJSCALED(stored.width, factors[i]), TJSCALED(stored.height, factors[i])};
    if ((lies ? scaled.height : scaled.width) >= width && scaled.width < best.width) best = scaled;
  }
  return best;
}

std::optional<Pixels> DecodeImage(const Payload& image, int width) {
  const auto size = SizeOf(image);
  if (!size || std::int64_t{size->width} * size->height > kMostImagePixels) return std::nullopt;
  const std::string_view type = SniffImage(image.bytes());
  const Turn turn = TurnOfImage(image.bytes());
  const bool lies = turn.transpose;
  const ImageSize stored = lies ? ImageSize{size->height, size->width} : *size;
  auto pixels = type == "image/jpeg"  ? DecodeJpeg(image, stored, width, lies)
                : type == "image/png" ? DecodePng(image, stored)
                                      : DecodeWebp(image, stored);
  if (!pixels) return std::nullopt;
  if (turn.none()) return std::move(*pixels).Take();
  BgrBuffer upright(lies ? pixels->height() : pixels->width(), lies ? pixels->width() : pixels->height());
  cv::Mat target = upright.mat();
  ApplyTurn(pixels->mat(), turn, target);
  return std::move(upright).Take();
}

}  // namespace framespool::media
