// Pictures in files of their own: their types and sizes, scaled, and made of pixels.
#include "framespool/media/image.h"

#include <gtest/gtest.h>

#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <optional>
#include <span>
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

}  // namespace
}  // namespace framespool::media
