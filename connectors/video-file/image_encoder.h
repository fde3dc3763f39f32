#pragma once

#include <cstddef>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "framespool/record.h"

namespace framespool::video_file {

/// Turns a BGR picture into the bytes of an image file. Keeps its buffers between frames; used on the task's thread.
class ImageEncoder {
 public:
  virtual ~ImageEncoder() = default;
  virtual Payload Encode(const cv::Mat& bgr) = 0;
  virtual const char* content_type() const noexcept = 0;
};

std::unique_ptr<ImageEncoder> MakeJpegEncoder(int quality);
std::unique_ptr<ImageEncoder> MakePngEncoder();

}  // namespace framespool::video_file
