#pragma once

#include <chrono>
#include <opencv2/core/mat.hpp>
#include <optional>

namespace framespool::picture_transforms {

/// Compares small pictures with the last one in which something moved, so that what moves slowly adds up. What changes
/// over more than some ten seconds (the light of the day) becomes a part of that one instead. Used by one thread.
class MotionDetector {
 public:
  /// What is compared has this many pixels on its longer side, at most.
  static constexpr int kSide = 240;
  /// Of a picture of that size.
  static cv::Size SizeFor(const cv::Size& picture);

  /// Looks at the next picture, of one or three channels, at least SizeFor(`picture`) large: which share of what is
  /// watched differs by more than `threshold` levels of brightness, in per cent. Nothing for the first picture, and for
  /// one of another size. From `area` on that is motion. `mask` is of one channel: what is bright is watched; empty:
  /// everything.
  std::optional<double> Look(const cv::Mat& pixels, const cv::Size& picture, std::chrono::microseconds at,
                             int threshold, double area, const cv::Mat& mask);

 private:
  void Watch(const cv::Size& size, const cv::Mat& mask);

  cv::Mat reference_;  // CV_32FC1
  cv::Mat watched_;    // CV_8UC1, 0 or 255
  int watched_pixels_ = 0;
  cv::Size picture_;
  std::chrono::microseconds last_{};
};

}  // namespace framespool::picture_transforms
