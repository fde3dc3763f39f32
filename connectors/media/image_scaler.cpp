#include <algorithm>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <utility>

#include "framespool/media/image.h"
#include "framespool/media/image_encoder.h"
#include "pixels_mat.h"

namespace framespool::media {

std::optional<Payload> ScaleImage(const Payload& image, int width) {
  const auto size = SizeOf(image);
  if (!size || size->width <= width) return std::nullopt;
  const auto pixels = DecodeImage(image, width);
  if (!pixels) return std::nullopt;
  if (pixels->width == width) return EncodeJpeg(*pixels);
  const std::int64_t height = (std::int64_t{pixels->height} * width + pixels->width / 2) / pixels->width;
  BgrBuffer scaled(width, static_cast<int>(std::max<std::int64_t>(1, height)));
  cv::Mat target = scaled.mat();
  cv::resize(MatOf(*pixels), target, target.size(), 0, 0, cv::INTER_AREA);
  return EncodeJpeg(std::move(scaled).Take());
}

}  // namespace framespool::media
