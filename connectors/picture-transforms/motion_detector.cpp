#include "motion_detector.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>

namespace framespool::picture_transforms {
namespace {

/// Small, gray, and without a sensor's noise.
cv::Mat Essence(const cv::Mat& pixels, const cv::Size& size) {
  cv::Mat small = pixels;
  if (pixels.size() != size) {
    small = cv::Mat();
    cv::resize(pixels, small, size, 0, 0, cv::INTER_AREA);
  }
  if (small.channels() != 1) {
    cv::Mat gray;
    cv::cvtColor(small, gray, cv::COLOR_BGR2GRAY);
    small = gray;
  }
  cv::Mat calm;
  cv::blur(small, calm, {3, 3});
  cv::Mat fine;
  calm.convertTo(fine, CV_32F);
  return fine;
}

}  // namespace

cv::Size MotionDetector::SizeFor(const cv::Size& picture) {
  const int longer = std::max(picture.width, picture.height);
  if (longer <= kSide) return picture;
  const auto scaled = [&](int side) { return std::max(1, static_cast<int>(std::int64_t{side} * kSide / longer)); };
  return {scaled(picture.width), scaled(picture.height)};
}

void MotionDetector::Watch(const cv::Size& size, const cv::Mat& mask) {
  if (mask.empty()) {
    watched_ = cv::Mat(size, CV_8UC1, cv::Scalar::all(255));
  } else {
    cv::Mat scaled;
    cv::resize(mask, scaled, size, 0, 0, cv::INTER_AREA);
    watched_ = scaled > 127;
    // A few bright pixels of a large mask may be none of a small picture's.
    if (cv::countNonZero(watched_) == 0) watched_ = scaled > 0;
  }
  watched_pixels_ = std::max(1, cv::countNonZero(watched_));
}

std::optional<double> MotionDetector::Look(const cv::Mat& pixels, const cv::Size& picture, std::chrono::microseconds at,
                                           int threshold, double area, const cv::Mat& mask) {
  const cv::Mat now = Essence(pixels, SizeFor(picture));
  if (picture != picture_) {
    if (now.size() != reference_.size() || watched_.empty()) Watch(now.size(), mask);
    picture_ = picture;
    reference_ = now;
    last_ = at;
    return std::nullopt;
  }
  cv::Mat difference;
  cv::absdiff(now, reference_, difference);
  const cv::Mat differs = difference > threshold;
  cv::Mat counted;
  cv::bitwise_and(differs, watched_, counted);
  const double share = 100.0 * cv::countNonZero(counted) / watched_pixels_;
  if (share >= area) {
    reference_ = now;
  } else {
    constexpr double kSlowly = 10;  // seconds: most of a change that took as long is no motion
    const double seconds = std::max(0.0, std::chrono::duration<double>(at - last_).count());
    cv::accumulateWeighted(now, reference_, 1 - std::exp(-seconds / kSlowly));
  }
  last_ = at;
  return share;
}

}  // namespace framespool::picture_transforms
