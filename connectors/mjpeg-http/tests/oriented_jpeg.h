#pragma once

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace framespool::mjpeg {

// Pictures with a colour in each corner, stored turned and mirrored in the eight ways that EXIF knows.

/// Looked at: red and green above, blue and white below.
inline cv::Mat Corners(cv::Size size) {
  cv::Mat pixels(size, CV_8UC3);
  const int w = size.width / 2, h = size.height / 2;
  pixels(cv::Rect(0, 0, w, h)) = cv::Scalar(0, 0, 255);
  pixels(cv::Rect(w, 0, size.width - w, h)) = cv::Scalar(0, 255, 0);
  pixels(cv::Rect(0, h, w, size.height - h)) = cv::Scalar(255, 0, 0);
  pixels(cv::Rect(w, h, size.width - w, size.height - h)) = cv::Scalar(255, 255, 255);
  return pixels;
}

inline std::string EncodedJpeg(const cv::Mat& pixels) {
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", pixels, bytes, {cv::IMWRITE_JPEG_QUALITY, 95});
  return {bytes.begin(), bytes.end()};
}
inline std::string PlainJpeg(cv::Size size) { return EncodedJpeg(Corners(size)); }

/// `jpeg` with an EXIF segment that says `orientation`.
inline std::string WithExif(const std::string& jpeg, int orientation, bool little) {
  const auto number = [little](unsigned value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i) & 0xFF);
    return text;
  };
  const std::string tiff = std::string(little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) +
                           number(0x010F, 2) + number(2, 2) + number(4, 4) + std::string("cam\0", 4) +
                           number(0x0112, 2) + number(3, 2) + number(1, 4) +
                           number(static_cast<unsigned>(orientation), 2) + number(0, 2) + number(0, 4);
  const std::string body = std::string("Exif\0\0", 6) + tiff;
  const std::size_t size = body.size() + 2;
  return jpeg.substr(0, 2) + "\xFF\xE1" + static_cast<char>(size >> 8) + static_cast<char>(size & 0xFF) + body +
         jpeg.substr(2);
}

/// Stands upright with `size` when a decoder does what its EXIF says.
inline std::string OrientedJpeg(int orientation, cv::Size size) {
  const cv::Mat upright = Corners(size);
  cv::Mat stored;
  switch (orientation) {
    case 2: cv::flip(upright, stored, 1); break;
    case 3: cv::rotate(upright, stored, cv::ROTATE_180); break;
    case 4: cv::flip(upright, stored, 0); break;
    case 5: cv::transpose(upright, stored); break;
    case 6: cv::rotate(upright, stored, cv::ROTATE_90_COUNTERCLOCKWISE); break;
    case 7:
      cv::rotate(upright, stored, cv::ROTATE_180);
      cv::transpose(stored, stored);
      break;
    case 8: cv::rotate(upright, stored, cv::ROTATE_90_CLOCKWISE); break;
    default: stored = upright; break;
  }
  return WithExif(EncodedJpeg(stored), orientation, orientation % 2 == 0);
}

inline cv::Mat DecodeAsStored(std::string_view file) {
  const std::vector<unsigned char> bytes(file.begin(), file.end());
  return cv::imdecode(bytes, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
}

inline void ExpectUpright(const cv::Mat& pixels, cv::Size size) {
  ASSERT_EQ(pixels.size(), size);
  const auto near = [&](int x, int y, cv::Vec3b wanted) {
    const cv::Vec3b found = pixels.at<cv::Vec3b>(y, x);
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(found[c], wanted[c], 30) << x << "," << y << " channel " << c;
  };
  const int left = size.width / 4, right = size.width * 3 / 4, top = size.height / 4, bottom = size.height * 3 / 4;
  near(left, top, {0, 0, 255});
  near(right, top, {0, 255, 0});
  near(left, bottom, {255, 0, 0});
  near(right, bottom, {255, 255, 255});
}

}  // namespace framespool::mjpeg
