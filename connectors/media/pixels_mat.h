#pragma once

#include <cstdint>
#include <memory>
#include <opencv2/core/mat.hpp>
#include <span>
#include <utility>
#include <vector>

#include "framespool/media/turn.h"
#include "framespool/record.h"

// Pixels as OpenCV's images: for this room's own files.
namespace framespool::media {

/// BGR pixels that are being made, row behind row without a gap; all black at first. Owned by whoever makes them.
class BgrBuffer {
 public:
  BgrBuffer(int width, int height)
      : width_(width),
        height_(height),
        bytes_(std::make_shared<std::vector<std::uint8_t>>(stride() * static_cast<std::size_t>(height))) {}

  int width() const { return width_; }
  int height() const { return height_; }
  std::size_t stride() const { return static_cast<std::size_t>(width_) * 3; }
  std::size_t size() const { return bytes_->size(); }
  std::uint8_t* data() { return bytes_->data(); }
  /// The same bytes, three channels of eight bits.
  cv::Mat mat() { return {height_, width_, CV_8UC3, data(), stride()}; }

  /// What was made; not to be written to any more.
  Pixels Take() && {
    const auto bytes = std::as_bytes(std::span(*bytes_));
    return {.format = Pixels::Format::kBgr8,
            .width = width_,
            .height = height_,
            .planes = {{bytes, stride()}},
            .owner = std::move(bytes_)};
  }

 private:
  const int width_;
  const int height_;
  std::shared_ptr<std::vector<std::uint8_t>> bytes_;
};

/// `bgr` (kBgr8) as an image, to be read only: cv::Mat has no read-only kind. Valid as long as `bgr`'s owner.
inline cv::Mat MatOf(const Pixels& bgr) {
  const Pixels::Plane& plane = bgr.planes.front();
  return {bgr.height, bgr.width, CV_8UC3, const_cast<std::byte*>(plane.bytes.data()), plane.stride};
}

/// `in` as pixels (kBgr8); valid as long as `in`'s own.
inline Pixels PixelsOf(const cv::Mat& in) {
  const std::size_t size = in.step * static_cast<std::size_t>(in.rows - 1) + static_cast<std::size_t>(in.cols) * 3;
  return {.format = Pixels::Format::kBgr8,
          .width = in.cols,
          .height = in.rows,
          .planes = {{std::as_bytes(std::span(in.data, size)), in.step}}};
}

/// `in` turned; `out` is written anew, or shares `in`'s pixels when there is nothing to do.
void ApplyTurn(const cv::Mat& in, const Turn& turn, cv::Mat& out);

}  // namespace framespool::media
