#include "picture/image_scaler.h"

#include <turbojpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "topic/frame.h"

namespace framespool::mjpeg {

namespace {

constexpr int kQuality = 80;
constexpr std::int64_t kMostPixels = 100'000'000;

struct TurboDeleter {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Turbo = std::unique_ptr<void, TurboDeleter>;

struct Size {
  int width = 0;
  int height = 0;
  bool usable() const { return width > 0 && height > 0 && std::int64_t{width} * height <= kMostPixels; }
};

const unsigned char* BytesOf(const Payload& image) {
  return reinterpret_cast<const unsigned char*>(image.bytes().data());
}

std::optional<Size> JpegSize(void* turbo, const Payload& image) {
  Size size;
  int subsampling = 0, colors = 0;
  if (tjDecompressHeader3(turbo, BytesOf(image), image.size(), &size.width, &size.height, &subsampling, &colors) != 0) {
    return std::nullopt;
  }
  return size;
}

std::optional<Size> PngSize(const Payload& image) {
  if (image.size() < 24) return std::nullopt;
  const auto number = [at = BytesOf(image)](std::size_t i) {
    return static_cast<int>((std::uint32_t{at[i]} << 24 | std::uint32_t{at[i + 1]} << 16 |
                             std::uint32_t{at[i + 2]} << 8 | std::uint32_t{at[i + 3]}) &
                            0x7FFFFFFF);
  };
  return Size{number(16), number(20)};
}

/// The picture at an eighth to eight eighths of its size, the smallest that is at least `width` wide: the decoder
/// leaves out the rest of the work.
cv::Mat DecodeJpeg(void* turbo, const Payload& image, Size size, int width) {
  int count = 0;
  const tjscalingfactor* factors = tjGetScalingFactors(&count);
  int best = size.width;
  int height = size.height;
  for (int i = 0; i < count; ++i) {
    const int scaled = TJSCALED(size.width, factors[i]);
    if (scaled >= width && scaled < best) {
      best = scaled;
      height = TJSCALED(size.height, factors[i]);
    }
  }
  cv::Mat pixels(height, best, CV_8UC3);
  const int failed = tjDecompress2(turbo, BytesOf(image), image.size(), pixels.data, best,
                                   static_cast<int>(pixels.step), height, TJPF_BGR, TJFLAG_FASTDCT);
  // A warning is a picture too: a camera's broken last lines.
  if (failed != 0 && tjGetErrorCode(turbo) == TJERR_FATAL) return {};
  return pixels;
}

cv::Mat DecodeAny(const Payload& image) {
  const cv::Mat bytes(1, static_cast<int>(image.size()), CV_8UC1, const_cast<unsigned char*>(BytesOf(image)));
  try {
    return cv::imdecode(bytes, cv::IMREAD_COLOR);
  } catch (const cv::Exception&) {
    return {};
  }
}

std::optional<Payload> EncodeJpeg(const cv::Mat& pixels) {
  const Turbo turbo(tjInitCompress());
  unsigned char* made = nullptr;
  unsigned long size = 0;
  const int failed = tjCompress2(turbo.get(), pixels.data, pixels.cols, static_cast<int>(pixels.step), pixels.rows,
                                 TJPF_BGR, &made, &size, TJSAMP_420, kQuality, TJFLAG_FASTDCT);
  const std::unique_ptr<unsigned char, decltype(&tjFree)> owner(made, &tjFree);
  if (failed != 0) return std::nullopt;
  std::vector<std::byte> bytes(size);
  std::memcpy(bytes.data(), made, size);
  return Payload(std::move(bytes));
}

}  // namespace

std::optional<Payload> ScaleImage(const Payload& image, int width) {
  const std::string_view type = SniffImage(image.bytes());
  cv::Mat pixels;
  if (type == "image/jpeg") {
    const Turbo turbo(tjInitDecompress());
    const auto size = JpegSize(turbo.get(), image);
    if (!size || !size->usable() || size->width <= width) return std::nullopt;
    pixels = DecodeJpeg(turbo.get(), image, *size, width);
  } else if (type == "image/png") {
    const auto size = PngSize(image);
    if (!size || !size->usable() || size->width <= width) return std::nullopt;
  }
  // Also for what libjpeg-turbo cannot turn into RGB, such as CMYK.
  if (pixels.empty()) pixels = DecodeAny(image);
  if (pixels.empty() || pixels.cols < width || (pixels.cols == width && type != "image/jpeg")) return std::nullopt;
  if (pixels.cols > width) {
    const int height =
        std::max(1, static_cast<int>((std::int64_t{pixels.rows} * width + pixels.cols / 2) / pixels.cols));
    cv::Mat scaled;
    cv::resize(pixels, scaled, cv::Size(width, height), 0, 0, cv::INTER_AREA);
    pixels = std::move(scaled);
  }
  return EncodeJpeg(pixels);
}

}  // namespace framespool::mjpeg
