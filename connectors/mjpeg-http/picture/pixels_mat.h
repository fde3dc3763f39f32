#pragma once

#include <opencv2/core/mat.hpp>

#include "picture/image_file.h"

namespace framespool::mjpeg {

/// The same bytes as OpenCV's image, three channels of eight bits. Valid as long as `pixels` is neither moved nor
/// resized.
inline cv::Mat MatOf(Pixels& pixels) {
  return {pixels.height, pixels.width, CV_8UC3, pixels.bytes.data(), pixels.stride()};
}

}  // namespace framespool::mjpeg
