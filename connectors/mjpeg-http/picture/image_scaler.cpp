#include "picture/image_scaler.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "picture/image_file.h"
#include "picture/pixels_mat.h"

namespace framespool::mjpeg {

std::optional<Payload> ScaleImage(const Payload& image, int width) {
  const auto size = SizeOf(image);
  if (!size || size->width <= width) return std::nullopt;
  auto pixels = Decode(image, width);
  if (!pixels) return std::nullopt;
  if (pixels->width == width) return EncodeJpeg(*pixels);
  Pixels scaled{width, 0, {}};
  const std::int64_t height = (std::int64_t{pixels->height} * width + pixels->width / 2) / pixels->width;
  scaled.height = static_cast<int>(std::max<std::int64_t>(1, height));
  scaled.bytes.resize(scaled.stride() * static_cast<std::size_t>(scaled.height));
  cv::Mat target = MatOf(scaled);
  cv::resize(MatOf(*pixels), target, target.size(), 0, 0, cv::INTER_AREA);
  return EncodeJpeg(scaled);
}

}  // namespace framespool::mjpeg
