#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace framespool::media {

/// An image file of this size; `extension` .jpg, .png or .webp.
inline std::string ImageFile(int width, int height, const char* extension) {
  cv::Mat pixels(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x)
      pixels.at<cv::Vec3b>(y, x) = cv::Vec3b(40, static_cast<unsigned char>(255 * x / width), 200);
  }
  std::vector<unsigned char> bytes;
  cv::imencode(extension, pixels, bytes);
  return {bytes.begin(), bytes.end()};
}

inline cv::Mat Decode(std::string_view file) {
  const std::vector<unsigned char> bytes(file.begin(), file.end());
  return cv::imdecode(bytes, cv::IMREAD_COLOR);
}

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

/// What EXIF says of a picture: a TIFF structure with `orientation`.
inline std::string ExifTiff(int orientation, bool little) {
  const auto number = [little](unsigned value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * (little ? i : bytes - 1 - i) & 0xFF);
    return text;
  };
  return std::string(little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(2, 2) + number(0x010F, 2) +
         number(2, 2) + number(4, 4) + std::string("cam\0", 4) + number(0x0112, 2) + number(3, 2) + number(1, 4) +
         number(static_cast<unsigned>(orientation), 2) + number(0, 2) + number(0, 4);
}

/// `jpeg` with an EXIF segment that says `orientation`.
inline std::string WithExif(const std::string& jpeg, int orientation, bool little) {
  const std::string body = std::string("Exif\0\0", 6) + ExifTiff(orientation, little);
  const std::size_t size = body.size() + 2;
  return jpeg.substr(0, 2) + "\xFF\xE1" + static_cast<char>(size >> 8) + static_cast<char>(size & 0xFF) + body +
         jpeg.substr(2);
}

inline std::string Number32(std::size_t value, bool little) {
  std::string text;
  for (int i = 0; i < 4; ++i) text += static_cast<char>(value >> 8 * (little ? i : 3 - i) & 0xFF);
  return text;
}

/// `upright` as it is stored where EXIF says `orientation`.
inline cv::Mat Stored(const cv::Mat& upright, int orientation) {
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
  return stored;
}

/// Stands upright with `size` when a decoder does what its EXIF says.
inline std::string OrientedJpeg(int orientation, cv::Size size) {
  return WithExif(EncodedJpeg(Stored(Corners(size), orientation)), orientation, orientation % 2 == 0);
}

inline std::string Encoded(const std::string& kind, const cv::Mat& pixels) {
  std::vector<unsigned char> bytes;
  cv::imencode(kind, pixels, bytes);
  return {bytes.begin(), bytes.end()};
}

/// The same as a PNG with a chunk eXIf, behind its pixels where that is `late`.
inline std::string OrientedPng(int orientation, cv::Size size, bool late) {
  std::string png = Encoded(".png", Stored(Corners(size), orientation));
  const std::string tiff = ExifTiff(orientation, orientation % 2 == 0);
  const std::string typed = "eXIf" + tiff;
  std::uint32_t crc = ~0U;
  for (const char byte : typed) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
  }
  constexpr std::size_t kBehindHeader = 33, kEnd = 12;
  return png.insert(late ? png.size() - kEnd : kBehindHeader,
                    Number32(tiff.size(), false) + typed + Number32(~crc, false));
}

/// The same as a WebP with a chunk EXIF, which begins as a JPEG's where that is `prefixed`.
inline std::string OrientedWebp(int orientation, cv::Size size, bool prefixed) {
  const cv::Mat stored = Stored(Corners(size), orientation);
  const std::string plain = Encoded(".webp", stored);
  std::string exif = (prefixed ? std::string("Exif\0\0", 6) : "") + ExifTiff(orientation, orientation % 2 == 0);
  const auto side = [](int pixels) { return Number32(static_cast<std::size_t>(pixels - 1), true).substr(0, 3); };
  constexpr char kHasExif = 0x08;
  std::string body = std::string("WEBPVP8X") + Number32(10, true) + kHasExif + std::string(3, '\0') +
                     side(stored.cols) + side(stored.rows) + plain.substr(12) + "EXIF" + Number32(exif.size(), true) +
                     exif + std::string(exif.size() % 2, '\0');
  return "RIFF" + Number32(body.size(), true) + body;
}

inline cv::Mat DecodeAsStored(std::string_view file) {
  const std::vector<unsigned char> bytes(file.begin(), file.end());
  return cv::imdecode(bytes, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
}

inline void ExpectUpright(const cv::Mat& pixels, cv::Size size) {
  ASSERT_EQ(pixels.size(), size);
  const auto near = [&](int x, int y, cv::Vec3b wanted) {
    const cv::Vec3b& found = pixels.at<cv::Vec3b>(y, x);
    for (int c = 0; c < 3; ++c) EXPECT_NEAR(found[c], wanted[c], 30) << x << "," << y << " channel " << c;
  };
  const int left = size.width / 4, right = size.width * 3 / 4, top = size.height / 4, bottom = size.height * 3 / 4;
  near(left, top, {0, 0, 255});
  near(right, top, {0, 255, 0});
  near(left, bottom, {255, 0, 0});
  near(right, bottom, {255, 255, 255});
}

}  // namespace framespool::media
