// What becomes of each pixel, against values computed by hand or by OpenCV.
#include <framespool/data.h>
#include <framespool/media/image.h>
#include <framespool/media/image_encoder.h>
#include <gmock/gmock.h>

#include <opencv2/imgproc.hpp>

#include "passing.h"

namespace framespool::picture_transforms {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Crop, IsThePartOfThePictureExactly) {
  const cv::Mat picture = Noise(40, 30);
  const auto part = [&](const RawConfig& config) { return Seen(After("Crop", config, Holding(picture))); };
  EXPECT_TRUE(Same(part({{"x", "3"}, {"y", "5"}, {"width", "7"}, {"height", "9"}}), picture(cv::Rect(3, 5, 7, 9))));
  EXPECT_TRUE(
      Same(part({{"x", "25%"}, {"y", "10%"}, {"width", "50%"}, {"height", "90%"}}), picture(cv::Rect(10, 3, 20, 27))));
  EXPECT_TRUE(Same(part({{"x", "30"}, {"width", "1000"}}), picture(cv::Rect(30, 0, 10, 30)))) << "what is outside";
  EXPECT_TRUE(Same(part({}), picture));
  EXPECT_THAT(Thrown("Crop", {{"x", "40"}}, Holding(picture)), AllOf(HasSubstr("40x30"), HasSubstr("outside")));
}

TEST(Crop, HasSharesSideBySideWithoutAGap) {
  const cv::Mat picture = Noise(41, 5);
  int width = 0;
  for (const char* x : {"0%", "33.3%", "66.6%"}) {
    const RawConfig third{{"x", x}, {"width", "33.3%"}};
    width += Seen(After("Crop", third, Holding(picture))).cols;
  }
  EXPECT_EQ(width, 41);
}

TEST(Rotate, TurnsClockwiseAndThenMirrors) {
  const auto of = [](std::initializer_list<int> grays, int width) {
    return cv::Mat(std::vector<unsigned char>(grays.begin(), grays.end()), true)
        .reshape(1, static_cast<int>(grays.size()) / width);
  };
  // 1 2 3
  // 4 5 6
  const cv::Mat picture = of({1, 2, 3, 4, 5, 6}, 3);
  const auto turned = [&](const char* degrees, const char* mirror) {
    Record record = After("Rotate", {{"degrees", degrees}, {"mirror", mirror}}, Holding(picture));
    return Seen(record, cv::IMREAD_GRAYSCALE);
  };
  EXPECT_TRUE(Same(turned("0", "none"), picture));
  EXPECT_TRUE(Same(turned("90", "none"), of({4, 1, 5, 2, 6, 3}, 2)));
  EXPECT_TRUE(Same(turned("180", "none"), of({6, 5, 4, 3, 2, 1}, 3)));
  EXPECT_TRUE(Same(turned("270", "none"), of({3, 6, 2, 5, 1, 4}, 2)));
  EXPECT_TRUE(Same(turned("0", "horizontal"), of({3, 2, 1, 6, 5, 4}, 3)));
  EXPECT_TRUE(Same(turned("0", "vertical"), of({4, 5, 6, 1, 2, 3}, 3)));
  EXPECT_TRUE(Same(turned("90", "horizontal"), of({1, 4, 2, 5, 3, 6}, 2)));
  EXPECT_TRUE(Same(turned("90", "vertical"), of({6, 3, 5, 2, 4, 1}, 2)));
}

TEST(Resize, MakesThePictureFitFillOrStretch) {
  const cv::Mat picture = Noise(80, 40);
  const auto size = [&](const RawConfig& config) { return Seen(After("Resize", config, Holding(picture))).size(); };
  EXPECT_EQ(size({{"width", "40"}}), cv::Size(40, 20));
  EXPECT_EQ(size({{"height", "10"}}), cv::Size(20, 10));
  EXPECT_EQ(size({{"width", "30"}, {"height", "30"}}), cv::Size(30, 15));
  EXPECT_EQ(size({{"width", "30"}, {"height", "30"}, {"fit", "cover"}}), cv::Size(30, 30));
  EXPECT_EQ(size({{"width", "30"}, {"height", "30"}, {"fit", "stretch"}}), cv::Size(30, 30));
  EXPECT_EQ(size({{"width", "160"}, {"height", "160"}}), cv::Size(80, 40)) << "it is made no larger";
  EXPECT_EQ(size({{"width", "160"}, {"height", "20"}, {"fit", "stretch"}}), cv::Size(80, 20));
  EXPECT_EQ(size({{"width", "160"}, {"height", "20"}, {"fit", "cover"}}), cv::Size(80, 20));
  EXPECT_EQ(size({{"width", "160"}, {"upscale", "true"}}), cv::Size(160, 80));
  EXPECT_EQ(size({{"width", "1"}}), cv::Size(1, 1));
}

TEST(Resize, AveragesWhatItMakesSmaller) {
  const cv::Mat picture = Noise(80, 40);
  cv::Mat wanted;
  cv::resize(picture, wanted, {33, 17}, 0, 0, cv::INTER_AREA);
  const RawConfig stretch{{"width", "33"}, {"height", "17"}, {"fit", "stretch"}};
  EXPECT_TRUE(Same(Seen(After("Resize", stretch, Holding(picture))), wanted));
  cv::resize(picture, wanted, {60, 30}, 0, 0, cv::INTER_AREA);
  const RawConfig cover{{"width", "30"}, {"height", "30"}, {"fit", "cover"}};
  EXPECT_TRUE(Same(Seen(After("Resize", cover, Holding(picture))), wanted(cv::Rect(15, 0, 30, 30)))) << "the middle";
  const cv::Mat halves = (cv::Mat_<unsigned char>(2, 4) << 10, 20, 100, 200, 30, 40, 50, 250);
  const RawConfig half{{"width", "2"}};
  EXPECT_TRUE(Same(Seen(After("Resize", half, Holding(halves)), cv::IMREAD_GRAYSCALE),
                   (cv::Mat_<unsigned char>(1, 2) << 25, 150)));
}

TEST(Resize, OfAJpegIsAsOpenCvMakesIt) {
  cv::Mat picture = Noise(24, 16);
  cv::resize(picture, picture, {960, 640}, 0, 0, cv::INTER_CUBIC);
  const Payload file = File(picture, ".jpg", {cv::IMWRITE_JPEG_QUALITY, 95});
  for (const int width : {900, 480, 300, 100}) {
    Record record;
    record.value = file;
    record = After("Resize", {{"width", std::to_string(width)}}, record);
    cv::Mat wanted;
    cv::resize(Seen(Value(file)), wanted, {width, (640 * width + 480) / 960}, 0, 0, cv::INTER_AREA);
    // Before a JPEG is made of it once more.
    const cv::Mat made = Seen(After("Reencode", {{"format", "png"}}, record));
    ASSERT_EQ(made.size(), wanted.size());
    EXPECT_GT(cv::PSNR(made, wanted), 42) << width;
  }
}

TEST(Resize, WantsOneOfWidthAndHeight) {
  EXPECT_THAT(ErrorAt("Resize", "width", {}), HasSubstr("give one of them"));
  EXPECT_THAT(ErrorAt("Resize", "width", {{"width", "-1"}}), HasSubstr("between 0 and 16384"));
  EXPECT_THAT(ErrorAt("Resize", "height", {{"height", "16385"}}), HasSubstr("between 0 and 16384"));
  EXPECT_THAT(ErrorAt("Resize", "fit", {{"width", "1"}, {"fit", "fill"}}), HasSubstr("one of contain, cover"));
}

TEST(Grayscale, WeighsColoursAsTelevisionDoes) {
  // Blue, green, red, and a mix: 0.114 B + 0.587 G + 0.299 R.
  const cv::Mat picture = (cv::Mat_<cv::Vec3b>(1, 4) << cv::Vec3b(255, 0, 0), cv::Vec3b(0, 255, 0),
                           cv::Vec3b(0, 0, 255), cv::Vec3b(10, 100, 200));
  const Record record = After("Grayscale", {}, Holding(picture));
  const cv::Mat gray = Seen(record, cv::IMREAD_UNCHANGED);
  EXPECT_TRUE(Same(gray, (cv::Mat_<unsigned char>(1, 4) << 29, 150, 76, 120)));
  EXPECT_EQ(record.header("content-type"), "image/png");
}

TEST(Grayscale, IsOneChannelInEachFormat) {
  EXPECT_EQ(Seen(After("Grayscale", {}, Holding(Noise(20, 10), ".jpg")), cv::IMREAD_UNCHANGED).channels(), 1);
  const Record webp = After("Grayscale", {}, Holding(Noise(20, 10), ".webp"));
  EXPECT_EQ(webp.value.picture()->pixels().format, Pixels::Format::kGray8);
  EXPECT_EQ(Seen(webp).size(), cv::Size(20, 10));
}

TEST(Reencode, WritesTheFormatThatIsAskedFor) {
  const cv::Mat picture = Noise(64, 48);
  for (const auto& [format, type] : std::vector<std::pair<std::string, std::string>>{
           {"jpeg", "image/jpeg"}, {"png", "image/png"}, {"webp", "image/webp"}}) {
    for (const char* from : {".jpg", ".png", ".webp"}) {
      Record record = Holding(picture, from);
      record.headers = {{"content-type", "image/gif"}, {"x", "y"}, {"content-type", "text/plain"}};
      record = After("Reencode", {{"format", format}}, record);
      EXPECT_EQ(media::SniffImage(record.value.bytes()), type);
      EXPECT_EQ(record.header("content-type"), type);
      EXPECT_EQ(record.header("framespool.width"), "64");
      EXPECT_EQ(record.header("framespool.height"), "48");
      EXPECT_EQ(record.headers.size(), 4U) << "one of each name";
      EXPECT_EQ(Seen(record).size(), picture.size());
    }
  }
  EXPECT_TRUE(Same(Seen(After("Reencode", {{"format", "png"}}, Holding(picture))), picture)) << "PNG is lossless";
}

TEST(Reencode, LowersTheQualityUntilItFits) {
  const cv::Mat picture = Noise(320, 240);
  for (const auto format : {media::ImageFormat::kJpeg, media::ImageFormat::kWebp}) {
    const std::string type(media::ContentTypeOf(format));
    const RawConfig usual{{"format", type.substr(6)}};
    const Record whole = After("Reencode", usual, Holding(picture));
    RawConfig config = usual;
    const std::size_t most = whole.value.size() / 2;
    config["max.bytes"] = std::to_string(most);
    const Record fitting = After("Reencode", config, Holding(picture));
    EXPECT_LE(fitting.value.size(), most);
    EXPECT_GT(fitting.value.size(), most / 2) << type << ": not more than is needed";
    // The first quality that does not fit is the one above.
    const Pixels pixels = *media::DecodeImage(File(picture), 1 << 20);
    int quality = 80;
    while (media::EncodeImage(pixels, format, quality).size() > most) --quality;
    EXPECT_EQ(fitting.value.size(), media::EncodeImage(pixels, format, quality).size());
    config["max.bytes"] = std::to_string(whole.value.size());
    EXPECT_EQ(After("Reencode", config, Holding(picture)).value.size(), whole.value.size());
  }
}

TEST(Reencode, SaysWhereItCannotFit) {
  const auto thrown = [](const std::string& format) {
    const Record record = After("Reencode", {{"format", format}, {"max.bytes", "100"}}, Holding(Noise(320, 240)));
    try {
      record.value.payload();
      return std::string();
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
  };
  EXPECT_THAT(thrown("jpeg"), AllOf(HasSubstr("320x240"), HasSubstr("at most 100 bytes (max.bytes)"),
                                    HasSubstr("quality 1"), HasSubstr("Resize")));
  EXPECT_THAT(thrown("png"), AllOf(HasSubstr("image/png"), HasSubstr("set format to jpeg or webp")));
  EXPECT_THAT(ErrorAt("Reencode", "max.bytes", {{"max.bytes", "-1"}}), HasSubstr("at least 0"));
  EXPECT_THAT(ErrorAt("Reencode", "quality", {{"quality", "101"}}), HasSubstr("between 1 and 100"));
}

TEST(Blur, BlacksOutExactlyItsRegions) {
  const cv::Mat picture = Noise(40, 30);
  cv::Mat wanted = picture.clone();
  wanted(cv::Rect(2, 3, 10, 5)) = cv::Scalar::all(0);
  wanted(cv::Rect(20, 15, 20, 15)) = cv::Scalar::all(0);
  const RawConfig config{{"regions", "2:3:10:5, 50%:50%:100%:100%,100:100:5:5"}, {"mode", "blackout"}};
  EXPECT_TRUE(Same(Seen(After("Blur", config, Holding(picture))), wanted));
}

TEST(Blur, LeavesNoDetailInsideAndAllOfItOutside) {
  cv::Mat picture = Noise(120, 90);
  const cv::Rect region(30, 20, 60, 40);
  const cv::Mat blurred = Seen(After("Blur", {{"regions", "30:20:60:40"}}, Holding(picture)));
  cv::Scalar mean, deviation;
  cv::meanStdDev(blurred(region), mean, deviation);
  for (int channel = 0; channel < 3; ++channel) {
    EXPECT_LT(deviation[channel], 12) << "noise has 74";
    EXPECT_NEAR(mean[channel], cv::mean(picture(region))[channel], 4);
  }
  cv::Mat outside = blurred.clone();
  picture(region).copyTo(outside(region));
  EXPECT_TRUE(Same(outside, picture));
}

TEST(Blur, WantsRegions) {
  EXPECT_THAT(ErrorAt("Blur", "regions", {}), HasSubstr("required"));
  for (const char* bad : {"1:2:3", "1:2:3:0", "a:0:1:1", "-1:0:1:1", "0:0:101%:1", "1:2:3:4:5", "1.5:0:1:1"})
    EXPECT_THAT(ErrorAt("Blur", "regions", {{"regions", bad}}), HasSubstr("x:y:width:height")) << bad;
}

/// Counts its work.
class Counting final : public PictureCodec {
 public:
  Pixels Decode(const Payload& bytes) const override {
    ++decoded;
    return *media::DecodeImage(bytes, 1 << 20);
  }
  Payload Encode(const Pixels& pixels) const override {
    ++encoded;
    return media::EncodeImage(pixels, media::ImageFormat::kPng, 1);
  }
  mutable int decoded = 0;
  mutable int encoded = 0;
};

TEST(Chain, DecodesOnceAndEncodesOnce) {
  const auto codec = std::make_shared<Counting>();
  const cv::Mat picture = Noise(64, 48);
  Record record;
  record.value = std::make_shared<const Picture>(File(picture), "image/png", 64, 48, codec);
  for (const std::string type :
       {"FrameRate", "MotionFilter", "Resize", "Crop", "Rotate", "Overlay", "Blur", "Grayscale"})
    record = After(type, SomeConfig(type), record);
  EXPECT_EQ(codec->decoded, 1);
  EXPECT_EQ(codec->encoded, 0);
  EXPECT_EQ(Seen(record).size(), cv::Size(30, 10));
  record.value.payload();
  EXPECT_EQ(codec->encoded, 1);
}

TEST(Chain, LeavesTheBytesWhereNothingIsToBeDone) {
  const Payload file = File(Noise(64, 48), ".jpg");
  for (const auto& [type, config] :
       std::vector<std::pair<std::string, RawConfig>>{{"FrameRate", {{"fps", "5"}}},
                                                      {"MotionFilter", {}},
                                                      {"Resize", {{"width", "100"}}},
                                                      {"Crop", {}},
                                                      {"Rotate", {}},
                                                      {"Overlay", {{"text", "${header:none}"}}},
                                                      {"Blur", {{"regions", "64:0:1:1"}}}}) {
    Record record;
    record.value = file;
    record = After(type, config, record);
    EXPECT_EQ(record.value.picture(), nullptr) << type;
    EXPECT_EQ(record.value.bytes().data(), file.bytes().data()) << type << " has made another file";
  }
}

const std::byte* MemoryOf(const Record& record) { return record.value.picture()->pixels().planes.front().bytes.data(); }

TEST(Chain, WritesIntoPixelsThatAreNobodyElses) {
  Record record = Holding(Noise(64, 48));
  Make("Resize", {{"width", "32"}})->Apply(record.ref());
  const auto* memory = MemoryOf(record);
  Make("Overlay", {{"text", "one"}})->Apply(record.ref());
  EXPECT_EQ(MemoryOf(record), memory);
  Make("Crop", {{"width", "30"}})->Apply(record.ref());
  Make("Blur", {{"regions", "1:1:9:9"}})->Apply(record.ref());
  EXPECT_EQ(MemoryOf(record), memory);
}

TEST(Chain, ChangesNoPixelsThatOthersHold) {
  for (const bool of_others : {false, true}) {
    Record record = Holding(Noise(64, 48));
    if (of_others) {
      auto codec = std::make_shared<Counting>();
      record.value =
          std::make_shared<const Picture>(*media::DecodeImage(record.value.payload(), 64), "image/png", codec);
    } else {
      Make("Resize", {{"width", "32"}})->Apply(record.ref());
    }
    const Record other = record;
    const Payload before = File(Seen(other));
    const auto* memory = MemoryOf(record);
    Make("Blur", {{"regions", "1:1:9:9"}})->Apply(record.ref());
    EXPECT_NE(MemoryOf(record), memory);
    EXPECT_FALSE(Same(Seen(record), Seen(Value(before))));
    Make("Crop", {{"width", "20"}})->Apply(record.ref());
    const Record part = record;
    const cv::Mat part_before = Seen(part);
    Make("Blur", {{"regions", "1:1:9:9"}, {"mode", "blackout"}})->Apply(record.ref());
    EXPECT_TRUE(Same(Seen(part), part_before));
    EXPECT_TRUE(Same(Seen(other), Seen(Value(before))));
  }
}

TEST(Chain, PassesNullAndRefusesWhatIsNoPicture) {
  for (const PluginEntry& entry : Entries()) {
    const std::string type = entry.name;
    SCOPED_TRACE(type);
    const Record null = After(type, SomeConfig(type), {});
    EXPECT_TRUE(null.value.is_null());
    EXPECT_TRUE(null.headers.empty());
    if (type == "FrameRate") continue;
    Record record;
    record.value = TextPayload("no picture");
    record.headers = {{"content-type", "text/plain"}};
    EXPECT_THAT(Thrown(type, SomeConfig(type), record), AllOf(HasSubstr(type + " wants"), HasSubstr("text/plain")));
    record.value = TextPayload("");
    EXPECT_THAT(Thrown(type, SomeConfig(type), record), HasSubstr("0 bytes"));
    record.value = std::make_shared<const Data>(Data{nullptr, Datum(std::int64_t{7})});
    EXPECT_THAT(Thrown(type, SomeConfig(type), record), HasSubstr("structured data"));
    EXPECT_EQ(record.headers.size(), 1U);
  }
}

}  // namespace
}  // namespace framespool::picture_transforms
