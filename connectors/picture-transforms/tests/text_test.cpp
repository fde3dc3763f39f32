// What Overlay writes, and where.
#include <gmock/gmock.h>

#include <array>
#include <cstdlib>
#include <opencv2/imgproc.hpp>

#include "colour.h"
#include "passing.h"
#include "text_template.h"

namespace framespool::picture_transforms {
namespace {

using testing::HasSubstr;

const Timestamp kNoon{std::chrono::milliseconds(1'700'049'600'007)};  // 2023-11-15 12:00:00.007 UTC

TEST(TextTemplate, FillsInWhatTheRecordHas) {
  Record record;
  record.topic = "yard";
  record.key = TextPayload("cam 7");
  record.timestamp = kNoon;
  record.headers = {{"site", "old"}, {"site", "north"}};
  const TimePattern time{"%d.%m.%Y %H:%M:%S.%L"};
  const auto filled = [&](const std::string& text) { return TextTemplate(text).Fill(record.ref(), time); };
  EXPECT_EQ(filled("${topic}/${key}: ${timestamp}"), "yard/cam 7: 15.11.2023 12:00:00.007");
  EXPECT_EQ(filled("${header:site}${header:none}!"), "north!");
  EXPECT_EQ(filled("$5 {a} ${partition}${offset}"), "$5 {a} ");
  record.partition = 2;
  record.offset = 17;
  EXPECT_EQ(filled("${partition}-${offset}"), "2-17");
}

TEST(TextTemplate, RefusesPlacesThatThereAreNot) {
  EXPECT_THAT(ErrorAt("Overlay", "text", {{"text", "${time}"}}), HasSubstr("${header:NAME}, but has ${time}"));
  EXPECT_THAT(ErrorAt("Overlay", "text", {{"text", "${header:}"}}), HasSubstr("but has ${header:}"));
  EXPECT_THAT(ErrorAt("Overlay", "text", {{"text", "at ${timestamp"}}), HasSubstr("without a }"));
}

TEST(TimePattern, IsChecked) {
  EXPECT_THAT(ErrorAt("Overlay", "timestamp.format", {{"timestamp.format", "%Q"}}),
              HasSubstr("behind % there must be"));
  EXPECT_THAT(ErrorAt("Overlay", "timestamp.format", {{"timestamp.format", "at %"}}), HasSubstr("behind %"));
  EXPECT_EQ((TimePattern{"%F %T 100%%"}.Write(kNoon)), "2023-11-15 12:00:00 100%");
  EXPECT_EQ((TimePattern{"%T.%L"}.Write(Timestamp(std::chrono::milliseconds(-1)))), "23:59:59.999");
}

TEST(Colour, IsReadFromHexAndNames) {
  const auto read = [](const char* text) { return Colour::Read(text); };
  EXPECT_EQ(read("#ff8001")->red, 255);
  EXPECT_EQ(read("#ff8001")->green, 128);
  EXPECT_EQ(read("#ff8001")->blue, 1);
  EXPECT_EQ(read("#000000ff")->opacity, 1);
  EXPECT_EQ(read("none")->opacity, 0);
  EXPECT_EQ(read("yellow")->blue, 0);
  for (const char* bad : {"", "#", "#fff", "#ff80zz", "#-1-1-1", "#ff80011", "mauve", "ff8001"})
    EXPECT_FALSE(read(bad)) << bad;
  EXPECT_THAT(ErrorAt("Overlay", "color", {{"color", "mauve"}}), HasSubstr("#rrggbb"));
  EXPECT_THAT(ErrorAt("Overlay", "background", {{"background", "#12"}}), HasSubstr("#rrggbbaa"));
  for (const char* bad : {"0", "0%", "-3", "big", "101%", "70000"})
    EXPECT_THAT(ErrorAt("Overlay", "size", {{"size", bad}}), HasSubstr("above 0")) << bad;
}

const cv::Mat kPlain(200, 400, CV_8UC3, cv::Scalar(60, 60, 60));

cv::Mat Written(const RawConfig& config, const cv::Mat& picture = kPlain) {
  Record record = Holding(picture);
  record.timestamp = kNoon;
  record.headers = {{"site", "north"}};
  return Seen(After("Overlay", config, record));
}

/// The smallest rectangle with all that differs.
cv::Rect Changed(const cv::Mat& made) {
  cv::Mat difference;
  cv::absdiff(made, kPlain, difference);
  cv::Mat any;
  cv::cvtColor(difference, any, cv::COLOR_BGR2GRAY);
  return cv::boundingRect(any);
}

TEST(Overlay, StandsWhereItIsAskedTo) {
  const std::vector<std::string> names = {"top-left", "top",         "top-right", "left",        "center",
                                          "right",    "bottom-left", "bottom",    "bottom-right"};
  for (int place = 0; place < 9; ++place) {
    const std::string& name = names[static_cast<std::size_t>(place)];
    const cv::Rect box = Changed(Written({{"text", "Hello"}, {"position", name}, {"size", "20"}}));
    SCOPED_TRACE(name);
    ASSERT_GT(box.area(), 0);
    EXPECT_EQ(box.height, 40);
    const int left = box.x, right = 400 - box.x - box.width, top = box.y, bottom = 200 - box.y - box.height;
    const std::array<bool, 3> across = {left == 10, std::abs(left - right) <= 1, right == 10};
    const std::array<bool, 3> down = {top == 10, std::abs(top - bottom) <= 1, bottom == 10};
    EXPECT_TRUE(across[static_cast<std::size_t>(place % 3)]) << left << ", " << right;
    EXPECT_TRUE(down[static_cast<std::size_t>(place / 3)]) << top << ", " << bottom;
  }
}

TEST(Overlay, WritesWhatTheTextBecomes) {
  EXPECT_TRUE(Same(Written({{"text", "at ${header:site}"}}), Written({{"text", "at north"}})));
  EXPECT_TRUE(Same(Written({}), Written({{"text", "2023-11-15 12:00:00"}})));
  EXPECT_FALSE(Same(Written({{"text", "north"}}), Written({{"text", "south"}})));
  EXPECT_TRUE(Same(Written({{"text", "20°C ä"}}), Written({{"text", "20?C ?"}})));
}

TEST(Overlay, HasItsColours) {
  const RawConfig config{{"text", "III"}, {"size", "40"}, {"color", "#ff0000"}, {"background", "#0000ff"}};
  const cv::Mat made = Written(config);
  const cv::Rect box = Changed(made);
  EXPECT_EQ(made.at<cv::Vec3b>(box.y, box.x), cv::Vec3b(255, 0, 0)) << "the box";
  cv::Mat red;
  cv::inRange(made, cv::Scalar(0, 0, 255), cv::Scalar(0, 0, 255), red);
  EXPECT_GT(cv::countNonZero(red), 100) << "the letters";
  const cv::Mat half = Written({{"text", "I"}, {"background", "#ffffff80"}, {"size", "40"}});
  const cv::Rect half_box = Changed(half);
  // 128 of 255 white on 60.
  EXPECT_NEAR(half.at<cv::Vec3b>(half_box.y, half_box.x)[0], 158, 1);
  const cv::Rect letters = Changed(Written({{"text", "I"}, {"background", "none"}, {"size", "40"}}));
  EXPECT_LT(letters.width, 12);
  EXPECT_NEAR(letters.height, 40, 8) << "a capital letter is as high as size says";
}

TEST(Overlay, StaysGrayOnGrayUnlessItHasAColour) {
  const cv::Mat gray(100, 200, CV_8UC1, cv::Scalar(60));
  const auto channels = [&](const RawConfig& config) {
    Record record = After("Grayscale", {}, Holding(gray));
    return Seen(After("Overlay", config, record), cv::IMREAD_UNCHANGED).channels();
  };
  EXPECT_EQ(channels({{"text", "a"}, {"size", "20"}}), 1);
  EXPECT_EQ(channels({{"text", "a"}, {"size", "20"}, {"color", "red"}}), 3);
}

TEST(Overlay, MakesTextSmallerThatWouldBeTooWideOrTooHigh) {
  const cv::Rect wide = Changed(Written({{"text", std::string(80, 'W')}, {"size", "30"}}));
  EXPECT_LE(wide.width, 400);
  EXPECT_GT(wide.width, 300);
  EXPECT_LT(wide.height, 30);
  const cv::Rect high = Changed(Written({{"text", "1\n2\n3\n4\n5\n6\n7\n8"}, {"size", "100"}}));
  EXPECT_GT(high.height, 150);
  EXPECT_LE(high.height, 200);
  const cv::Rect two = Changed(Written({{"text", "one\ntwo"}, {"size", "20"}}));
  EXPECT_EQ(two.height, 80);
}

}  // namespace
}  // namespace framespool::picture_transforms
