#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "framespool/record.h"

namespace framespool::video_file {

/// A picture as a JPEG keeps it: luma, and colour at half its width and height, BT.601, full range. The pixels belong
/// to somebody else.
struct Planes {
  std::array<const std::uint8_t*, 3> data{};
  std::array<int, 3> stride{};  // bytes from a row to the next, above 0
  int width = 0;
  int height = 0;
};

/// Makes JPEGs. Keeps its buffer between pictures; used by one thread.
class JpegEncoder {
 public:
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

/// Makes PNGs. Keeps its buffer between pictures; used by one thread.
class PngEncoder {
 public:
  Payload Encode(const cv::Mat& bgr);

 private:
  std::vector<unsigned char> buffer_;
};

}  // namespace framespool::video_file
