#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "framespool/record.h"

namespace framespool::media {

/// A picture as a JPEG keeps it: luma, and colour at half its width and height, BT.601, full range. The pixels belong
/// to somebody else.
struct Planes {
  std::array<const std::uint8_t*, 3> data{};
  std::array<int, 3> stride{};  // bytes from a row to the next, above 0
  int width = 0;
  int height = 0;
};

/// Makes JPEGs of planes. Keeps its buffer between pictures; used by one thread.
class JpegEncoder {
 public:
  /// `quality` is libjpeg's, 1 to 100. Throws std::runtime_error, as Encode() does, in a sentence.
  explicit JpegEncoder(int quality);
  Payload Encode(const Planes& planes);

 private:
  const std::uint8_t* PadLuma(const Planes& planes);
  struct Destroy {
    void operator()(void* handle) const;
  };
  int quality_;
  std::unique_ptr<void, Destroy> compressor_;
  std::unique_ptr<unsigned char[]> buffer_;
  unsigned long capacity_ = 0;
  std::vector<std::uint8_t> padded_luma_;  // of pictures of an odd width or height
};

/// Makes PNGs, quickly rather than small. Keeps its buffer between pictures; used by one thread.
class PngEncoder {
 public:
  /// `pixels` is kBgr8 or kGray8. Throws std::runtime_error, in a sentence.
  Payload Encode(const Pixels& pixels);

 private:
  std::vector<unsigned char> buffer_;
};

/// A JPEG of single pixels (kBgr8), quickly: for what is looked at once. Nothing when libjpeg-turbo cannot, as with
/// more than 65500 pixels a side. Any thread.
std::optional<Payload> EncodeJpeg(const Pixels& bgr, int quality = 80);

/// What EncodeImage() makes.
enum class ImageFormat { kJpeg, kPng, kWebp };
/// "image/jpeg" and so on.
std::string_view ContentTypeOf(ImageFormat format);
/// Nothing for any other content type.
std::optional<ImageFormat> FormatOf(std::string_view content_type);

/// A file of single pixels (kBgr8 or kGray8), to be kept. `quality`, 1 to 100, is that of JPEG and of WebP. Throws
/// std::runtime_error, in a sentence. Any thread.
Payload EncodeImage(const Pixels& pixels, ImageFormat format, int quality);

}  // namespace framespool::media
