#include <turbojpeg.h>
#include <webp/encode.h>

#include <memory>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string>

#include "framespool/media/image.h"
#include "framespool/media/image_encoder.h"
#include "pixels_mat.h"
#include "turbo.h"

namespace framespool::media {
namespace {

[[noreturn]] void Refuse(const char* library, const Pixels& pixels, const std::string& why) {
  throw std::runtime_error(std::string(library) + " cannot encode a picture of " + std::to_string(pixels.width) + "x" +
                           std::to_string(pixels.height) + ": " + why);
}

Payload EncodeAsJpeg(const Pixels& pixels, int quality) {
  const Turbo turbo(tjInitCompress());
  const bool gray = pixels.format == Pixels::Format::kGray8;
  const Pixels::Plane& plane = pixels.planes.front();
  unsigned char* made = nullptr;
  unsigned long size = 0;
  const int failed = tjCompress2(turbo.get(), reinterpret_cast<const unsigned char*>(plane.bytes.data()), pixels.width,
                                 static_cast<int>(plane.stride), pixels.height, gray ? TJPF_GRAY : TJPF_BGR, &made,
                                 &size, gray ? TJSAMP_GRAY : TJSAMP_420, quality, TJFLAG_ACCURATEDCT);
  const TurboBytes owner(made);
  if (failed != 0) Refuse("libjpeg-turbo", pixels, tjGetErrorStr2(turbo.get()));
  return CopyOf(made, size);
}

Payload EncodeAsWebp(const Pixels& pixels, int quality) {
  // Video's frames come 30 a second: method 1 of 6 takes a quarter of the usual time for some per cent more bytes.
  constexpr int kMethod = 1;
  cv::Mat colour;
  const Pixels::Plane* plane = &pixels.planes.front();
  Pixels coloured;
  if (pixels.format == Pixels::Format::kGray8) {
    const cv::Mat gray(pixels.height, pixels.width, CV_8UC1, const_cast<std::byte*>(plane->bytes.data()),
                       plane->stride);
    cv::cvtColor(gray, colour, cv::COLOR_GRAY2BGR);
    coloured = PixelsOf(colour);
    plane = &coloured.planes.front();
  }
  WebPConfig config;
  WebPPicture picture;
  if (WebPConfigInit(&config) == 0 || WebPPictureInit(&picture) == 0)
    Refuse("libwebp", pixels, "it is of another version");
  config.quality = static_cast<float>(quality);
  config.method = kMethod;
  picture.width = pixels.width;
  picture.height = pixels.height;
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  const std::unique_ptr<WebPPicture, decltype(&WebPPictureFree)> frees_picture(&picture, &WebPPictureFree);
  const std::unique_ptr<WebPMemoryWriter, decltype(&WebPMemoryWriterClear)> frees_writer(&writer,
                                                                                         &WebPMemoryWriterClear);
  const bool made = WebPPictureImportBGR(&picture, reinterpret_cast<const std::uint8_t*>(plane->bytes.data()),
                                         static_cast<int>(plane->stride)) != 0 &&
                    WebPEncode(&config, &picture) != 0;
  if (!made) {
    Refuse("libwebp", pixels,
           picture.error_code == VP8_ENC_ERROR_BAD_DIMENSION || pixels.width > WEBP_MAX_DIMENSION ||
                   pixels.height > WEBP_MAX_DIMENSION
               ? "a WebP has at most " + std::to_string(WEBP_MAX_DIMENSION) + " pixels a side"
               : "error " + std::to_string(picture.error_code));
  }
  return CopyOf(writer.mem, writer.size);
}

}  // namespace

std::string_view ContentTypeOf(ImageFormat format) {
  return format == ImageFormat::kJpeg ? "image/jpeg" : format == ImageFormat::kPng ? "image/png" : "image/webp";
}

std::optional<ImageFormat> FormatOf(std::string_view content_type) {
  for (const ImageFormat format : {ImageFormat::kJpeg, ImageFormat::kPng, ImageFormat::kWebp}) {
    if (ContentTypeOf(format) == content_type) return format;
  }
  return std::nullopt;
}

Payload EncodeImage(const Pixels& pixels, ImageFormat format, int quality) {
  if (pixels.format == Pixels::Format::kYuv420) Refuse("an encoder of single pixels", pixels, "it has planes");
  if (format == ImageFormat::kJpeg) return EncodeAsJpeg(pixels, quality);
  return format == ImageFormat::kPng ? PngEncoder().Encode(pixels) : EncodeAsWebp(pixels, quality);
}

}  // namespace framespool::media
