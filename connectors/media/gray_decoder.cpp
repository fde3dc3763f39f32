#include <turbojpeg.h>

#include <cstdint>
#include <memory>
#include <opencv2/imgproc.hpp>
#include <utility>
#include <vector>

#include "framespool/media/image.h"
#include "framespool/media/turn.h"
#include "pixels_mat.h"
#include "turbo.h"

namespace framespool::media {
namespace {

/// `gray`, of one channel and without a gap between rows, as pixels that share its memory.
Pixels Shared(const cv::Mat& gray) {
  auto owner = std::make_shared<const cv::Mat>(gray);
  const auto stride = static_cast<std::size_t>(gray.cols);
  const auto bytes = std::as_bytes(std::span(gray.data, stride * static_cast<std::size_t>(gray.rows)));
  return {.format = Pixels::Format::kGray8,
          .width = gray.cols,
          .height = gray.rows,
          .planes = {{bytes, stride}},
          .owner = std::move(owner)};
}

/// Its brightness alone, which a JPEG keeps apart from its colour. Nothing for other files, and for printers' colours.
std::optional<Pixels> LumaOfJpeg(const Payload& image, ImageSize upright, int width) {
  if (SniffImage(image.bytes()) != "image/jpeg") return std::nullopt;
  const Turn turn = TurnOfImage(image.bytes());
  const ImageSize stored = turn.transpose ? ImageSize{upright.height, upright.width} : upright;
  const ImageSize made = SmallestFor(stored, width, turn.transpose);
  cv::Mat luma(made.height, made.width, CV_8UC1);
  const Turbo turbo(tjInitDecompress());
  if (tjDecompress2(turbo.get(), BytesOf(image), image.size(), luma.data, made.width, 0, made.height, TJPF_GRAY,
                    kDecoding) != 0 &&
      tjGetErrorCode(turbo.get()) == TJERR_FATAL) {
    return std::nullopt;
  }
  cv::Mat standing;
  ApplyTurn(luma, turn, standing);
  return Shared(standing);
}

}  // namespace

std::optional<Pixels> DecodeGray(const Payload& image, int width) {
  const auto size = SizeOf(image);
  if (!size || std::int64_t{size->width} * size->height > kMostImagePixels) return std::nullopt;
  if (auto luma = LumaOfJpeg(image, *size, width)) return luma;
  const auto colour = DecodeImage(image, width);
  if (!colour) return std::nullopt;
  cv::Mat gray;
  cv::cvtColor(MatOf(*colour), gray, cv::COLOR_BGR2GRAY);
  return Shared(gray);
}

}  // namespace framespool::media
