// Pictures in files of their own: their types and sizes, scaled, and made of pixels.
#include "framespool/media/image.h"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "framespool/media/image_encoder.h"
#include "test_pictures.h"

namespace framespool::media {
namespace {

std::optional<std::string> TypeOf(const std::string& bytes, const Headers& headers = {}) {
  return ImageType(headers, TextPayload(bytes));
}

TEST(ImageTypeOfARecord, ComesFromTheHeaderElseFromTheBytes) {
  const std::string jpeg = "\xFF\xD8\xFF\xE0", png = "\x89PNG\r\n\x1A\n", webp = "RIFF1234WEBPVP8 ";
  EXPECT_EQ(TypeOf("anything", {{"content-type", "image/avif"}}), "image/avif");
  EXPECT_EQ(TypeOf("anything", {{"content-type", "Image/PNG; q=1"}}), "image/png");
  EXPECT_EQ(TypeOf(jpeg), "image/jpeg");
  EXPECT_EQ(TypeOf(png), "image/png");
  EXPECT_EQ(TypeOf(webp), "image/webp");
  EXPECT_EQ(TypeOf(jpeg, {{"content-type", "text/plain"}}), "image/jpeg");
  EXPECT_EQ(TypeOf(jpeg, {{"content-type", "image/x\r\nSet-Cookie: a"}}), "image/jpeg");
  EXPECT_EQ(TypeOf("<svg onload=\"alert(1)\"/>", {{"content-type", "image/svg+xml"}}), std::nullopt)
      << "it has scripts";
  EXPECT_EQ(TypeOf("hello"), std::nullopt);
  EXPECT_EQ(TypeOf("", {{"content-type", "image/png"}}), std::nullopt);
}

TEST(ScaleImageTest, MakesExactlyTheWidthAskedAndKeepsTheShape) {
  const std::string jpeg = ImageFile(1280, 720, ".jpg");
  for (const int width : {1279, 641, 320, 100, 16}) {
    const auto scaled = ScaleImage(TextPayload(jpeg), width);
    ASSERT_TRUE(scaled) << width;
    const cv::Mat pixels = Decode(scaled->text());
    EXPECT_EQ(pixels.cols, width);
    EXPECT_NEAR(pixels.rows, width * 720.0 / 1280, 0.51) << width;
  }
}

TEST(ScaleImageTest, LeavesAloneWhatIsNoWiderOrNoPicture) {
  for (const char* extension : {".jpg", ".png", ".webp"})
    EXPECT_FALSE(ScaleImage(TextPayload(ImageFile(64, 32, extension)), 64)) << extension;
  const std::string jpeg = ImageFile(1280, 720, ".jpg");
  EXPECT_FALSE(ScaleImage(TextPayload("\xFF\xD8\xFF#no picture at all"), 64));
  EXPECT_FALSE(ScaleImage(TextPayload("\x89PNG\r\n\x1A\n"), 64));
  EXPECT_FALSE(ScaleImage(Payload(), 64));
  EXPECT_TRUE(ScaleImage(TextPayload(jpeg.substr(0, jpeg.size() / 2)), 64)) << "half a picture is a picture";
}

/// Rows of noise with a gap behind each.
struct Noise {
  explicit Noise(cv::Size size) : wide(size.height, size.width + 5, CV_8UC3), mat(wide, cv::Rect({0, 0}, size)) {
    cv::randu(wide, 0, 255);
  }
  Pixels pixels() const {
    const auto bytes = std::as_bytes(std::span(wide.data, wide.total() * wide.elemSize()));
    return {.format = Pixels::Format::kBgr8, .width = mat.cols, .height = mat.rows, .planes = {{bytes, wide.step}}};
  }
  cv::Mat wide;
  cv::Mat mat;
};

TEST(PngEncoderTest, KeepsEveryPixelOfAnySizeAndOfOneAfterTheOther) {
  PngEncoder encoder;
  for (const cv::Size size : {cv::Size(1, 1), cv::Size(3, 5), cv::Size(161, 97), cv::Size(640, 2), cv::Size(2, 640)}) {
    const Noise noise(size);
    const Payload png = encoder.Encode(noise.pixels());
    EXPECT_EQ(SniffImage(png.bytes()), "image/png");
    const cv::Mat found = Decode(png.text());
    ASSERT_EQ(found.size(), size);
    EXPECT_EQ(cv::norm(found, noise.mat, cv::NORM_INF), 0);
  }
}

TEST(PngEncoderTest, SaysWhatCannotBeEncodedAndGoesOn) {
  PngEncoder encoder;
  const Noise noise({4, 4});
  Pixels none = noise.pixels();
  none.width = 0;
  EXPECT_THROW(encoder.Encode(none), std::runtime_error);
  EXPECT_EQ(Decode(encoder.Encode(noise.pixels()).text()).size(), cv::Size(4, 4));
}

TEST(EncodeJpegTest, TakesRowsWithAGapBehindThem) {
  cv::Mat wide(40, 60, CV_8UC3, cv::Scalar(255, 255, 255));
  const cv::Mat picture(wide, cv::Rect(0, 0, 50, 40));
  cv::Mat(picture).setTo(cv::Scalar(20, 120, 220));
  const auto bytes = std::as_bytes(std::span(wide.data, wide.total() * wide.elemSize()));
  const auto jpeg =
      EncodeJpeg({.format = Pixels::Format::kBgr8, .width = 50, .height = 40, .planes = {{bytes, wide.step}}}, 95);
  ASSERT_TRUE(jpeg);
  const cv::Mat found = Decode(jpeg->text());
  ASSERT_EQ(found.size(), cv::Size(50, 40));
  EXPECT_LE(cv::norm(found, picture, cv::NORM_INF), 6);
}

/// Three columns, each of one gray, in rows with a gap behind them.
Pixels ThreeGrays(Pixels::Format format) {
  const bool gray = format == Pixels::Format::kGray8;
  auto wide = std::make_shared<cv::Mat>(8, 32, gray ? CV_8UC1 : CV_8UC3, cv::Scalar::all(255));
  for (int i = 0; i < 3; ++i) (*wide)(cv::Rect(i * 8, 0, 8, 8)).setTo(cv::Scalar::all(40 + 80 * i));
  const auto bytes = std::as_bytes(std::span(wide->data, wide->total() * wide->elemSize()));
  return {.format = format, .width = 24, .height = 8, .planes = {{bytes, wide->step}}, .owner = wide};
}

TEST(EncodeImageTest, WritesGrayAndColourInEachFormat) {
  for (const ImageFormat format : {ImageFormat::kJpeg, ImageFormat::kPng, ImageFormat::kWebp}) {
    for (const auto pixels : {Pixels::Format::kGray8, Pixels::Format::kBgr8}) {
      const Payload file = EncodeImage(ThreeGrays(pixels), format, 95);
      EXPECT_EQ(SniffImage(file.bytes()), ContentTypeOf(format));
      EXPECT_EQ(FormatOf(SniffImage(file.bytes())), format);
      const cv::Mat found = Decode(file.text());
      ASSERT_EQ(found.size(), cv::Size(24, 8));
      for (int i = 0; i < 3; ++i) EXPECT_NEAR(found.at<cv::Vec3b>(4, 4 + 8 * i)[1], 40 + 80 * i, 4);
    }
  }
  EXPECT_EQ(FormatOf("image/gif"), std::nullopt);
}

TEST(EncodeImageTest, SaysWhatItCannotWrite) {
  const cv::Mat line(1, 16384, CV_8UC1, cv::Scalar(7));
  const Pixels wide{.format = Pixels::Format::kGray8,
                    .width = line.cols,
                    .height = 1,
                    .planes = {{std::as_bytes(std::span(line.data, line.total())), line.step}}};
  try {
    EncodeImage(wide, ImageFormat::kWebp, 80);
    FAIL() << "a WebP is no wider than 16383";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("16383 pixels a side"), std::string::npos) << error.what();
  }
  EXPECT_EQ(SizeOf(EncodeImage(wide, ImageFormat::kJpeg, 80))->width, 16384);
  Pixels planes = wide;
  planes.format = Pixels::Format::kYuv420;
  EXPECT_THROW(EncodeImage(planes, ImageFormat::kJpeg, 80), std::runtime_error);
}

TEST(DecodeGrayTest, IsTheBrightnessOfThePicture) {
  for (const ImageFormat format : {ImageFormat::kJpeg, ImageFormat::kPng, ImageFormat::kWebp}) {
    const auto gray = DecodeGray(EncodeImage(ThreeGrays(Pixels::Format::kBgr8), format, 95), 24);
    ASSERT_TRUE(gray);
    EXPECT_EQ(gray->format, Pixels::Format::kGray8);
    ASSERT_EQ(cv::Size(gray->width, gray->height), cv::Size(24, 8));
    const Pixels::Plane& plane = gray->planes.front();
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_NEAR(std::to_integer<int>(plane.bytes[4 * plane.stride + 4 + 8 * i]), 40 + 80 * static_cast<int>(i), 4);
  }
  EXPECT_FALSE(DecodeGray(TextPayload("no picture"), 24));
}

TEST(DecodeGrayTest, IsNoSmallerThanAskedAndStandsUpright) {
  const auto upright = DecodeGray(TextPayload(OrientedJpeg(6, {640, 320})), 100);
  ASSERT_TRUE(upright);
  EXPECT_GE(upright->width, 100);
  EXPECT_LT(upright->width, 200) << "a fraction of the work";
  EXPECT_EQ(upright->width, 2 * upright->height);
  const Pixels::Plane& plane = upright->planes.front();
  const auto at = [&](int x, int y) {
    return std::to_integer<int>(plane.bytes[static_cast<std::size_t>(y) * plane.stride + static_cast<std::size_t>(x)]);
  };
  // Red, green, blue and white corners.
  EXPECT_NEAR(at(10, 10), 76, 12);
  EXPECT_NEAR(at(upright->width - 10, 10), 150, 12);
  EXPECT_NEAR(at(10, upright->height - 10), 29, 12);
  EXPECT_NEAR(at(upright->width - 10, upright->height - 10), 255, 12);
}

}  // namespace
}  // namespace framespool::media
