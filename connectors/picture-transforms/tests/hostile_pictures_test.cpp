// Pictures that somebody made to break something, and those that are only unusual.
#include <framespool/media/image.h>
#include <gmock/gmock.h>

#include <map>
#include <opencv2/imgproc.hpp>

#include "passing.h"
#include "test_pictures.h"

namespace framespool::picture_transforms {
namespace {

using testing::HasSubstr;

cv::Mat WithAlpha() {
  cv::Mat pixels(20, 30, CV_8UC4, cv::Scalar(10, 20, 30, 0));
  pixels(cv::Rect(0, 0, 15, 20)) = cv::Scalar(200, 100, 50, 255);
  return pixels;
}

cv::Mat Deep() {
  cv::Mat pixels(20, 30, CV_16UC3);
  cv::randu(pixels, 0, 65536);
  return pixels;
}

Payload HugePng() {
  std::string png(media::ImageFile(30, 20, ".png"));
  for (std::size_t i = 16; i < 24; ++i) png[i] = i % 4 == 2 ? '\x7f' : '\x01';
  return TextPayload(png);
}

std::map<std::string, Payload> Unusual() {
  return {{"1x1 png", File(Noise(1, 1))},
          {"1x1 jpeg", File(Noise(1, 1), ".jpg")},
          {"1x1 webp", File(Noise(1, 1), ".webp")},
          {"a line", File(Noise(3000, 1))},
          {"a column as jpeg", File(Noise(1, 3000), ".jpg")},
          {"gray jpeg", File(cv::Mat(20, 30, CV_8UC1, cv::Scalar(100)), ".jpg")},
          {"gray png", File(cv::Mat(20, 30, CV_8UC1, cv::Scalar(100)))},
          {"deep png", File(Deep())},
          {"transparent png", File(WithAlpha())},
          {"transparent webp", File(WithAlpha(), ".webp")},
          {"progressive jpeg", File(Noise(30, 20), ".jpg", {cv::IMWRITE_JPEG_PROGRESSIVE, 1})},
          {"lying jpeg", TextPayload(media::OrientedJpeg(6, {30, 20}))},
          {"mirrored png", TextPayload(media::OrientedPng(5, {30, 20}, false))},
          {"turned webp", TextPayload(media::OrientedWebp(8, {30, 20}, false))}};
}

TEST(UnusualPictures, PassEachTransformAndAreWhatTheirHeadersSay) {
  for (const auto& [name, file] : Unusual()) {
    for (const PluginEntry& entry : Entries()) {
      SCOPED_TRACE(name + " through " + entry.name);
      Record record;
      record.value = file;
      record = After(entry.name, SomeConfig(entry.name), record);
      const cv::Mat seen = Seen(record);
      ASSERT_FALSE(seen.empty());
      if (!record.value.picture()) continue;
      EXPECT_EQ(record.header("framespool.width"), std::to_string(seen.cols));
      EXPECT_EQ(record.header("framespool.height"), std::to_string(seen.rows));
      EXPECT_EQ(record.header("content-type"), media::SniffImage(record.value.bytes()));
    }
  }
}

TEST(UnusualPictures, StandUprightBehindATransform) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const std::string& file :
         {media::OrientedJpeg(orientation, {64, 32}), media::OrientedPng(orientation, {64, 32}, true)}) {
      Record record;
      record.value = TextPayload(file);
      record = After("Crop", {{"x", "50%"}}, record);
      const cv::Mat right = Seen(record);
      ASSERT_EQ(right.size(), cv::Size(32, 32)) << orientation;
      EXPECT_LT(cv::norm(right.at<cv::Vec3b>(8, 16) - cv::Vec3b(0, 255, 0)), 60) << orientation << ": green above";
      EXPECT_LT(cv::norm(right.at<cv::Vec3b>(24, 16) - cv::Vec3b(255, 255, 255)), 60) << orientation;
    }
  }
}

TEST(UnusualPictures, HaveNoAlphaBehindATransform) {
  Record record = Holding(WithAlpha());
  record = After("Crop", {{"width", "29"}}, record);
  const cv::Mat seen = Seen(record, cv::IMREAD_UNCHANGED);
  EXPECT_EQ(seen.channels(), 3);
  EXPECT_EQ(seen.at<cv::Vec3b>(0, 0), cv::Vec3b(200, 100, 50));
  EXPECT_EQ(seen.at<cv::Vec3b>(0, 20), cv::Vec3b(0, 0, 0)) << "what is transparent is black";
}

TEST(HostilePictures, AreAnErrorOfTheirRecordAndNeverMore) {
  for (const auto& [name, file] : Unusual()) {
    for (std::size_t length = 0; length < file.size(); length += 1 + file.size() / 40) {
      Record cut;
      cut.value = TextPayload(file.text().substr(0, length));
      std::string flipped(file.text());
      flipped[length] = static_cast<char>(flipped[length] ^ 0xFF);
      Record damaged;
      damaged.value = TextPayload(flipped);
      for (const PluginEntry& entry : Entries()) {
        for (Record record : {cut, damaged}) {
          try {
            Make(entry.name, SomeConfig(entry.name))->Apply(record.ref());
            record.value.payload();
          } catch (const std::exception& error) {
            EXPECT_NE(std::string(error.what()), "") << name;
          }
        }
      }
    }
  }
}

TEST(HostilePictures, ThatSayToBeHugeAreNotDecoded) {
  for (const PluginEntry& entry : Entries()) {
    if (std::string(entry.name) == "FrameRate") continue;
    Record record;
    record.value = HugePng();
    EXPECT_THAT(Thrown(entry.name, SomeConfig(entry.name), record), HasSubstr("megapixels")) << entry.name;
  }
}

TEST(HostilePictures, AreNotMadeHuge) {
  const RawConfig config{{"width", "16384"}, {"upscale", "true"}};
  EXPECT_THAT(Thrown("Resize", config, Holding(Noise(1, 3000))), HasSubstr("megapixels"));
}

TEST(Overlay, HasNoRoomInAPictureOfOnePixel) {
  const cv::Mat dot = Noise(1, 1);
  EXPECT_TRUE(Same(Seen(After("Overlay", {{"text", "a long text"}, {"size", "65535"}}, Holding(dot))), dot));
  // And some in one that is only small.
  const cv::Mat small = Noise(40, 12);
  EXPECT_FALSE(Same(Seen(After("Overlay", {{"text", "abc"}, {"size", "65535"}}, Holding(small))), small));
}

}  // namespace
}  // namespace framespool::picture_transforms
