// Pictures of odd sizes have the file's colours to the last column and row, and the same each time.
#include <gtest/gtest.h>

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <span>

#include "playing.h"

namespace framespool::video_file {
namespace {

constexpr int kSolidNear = 3;
constexpr int kNearOfTenBits = 5;  // swscale dithers them

/// Where the picture's colour is not `wanted`: column, row and colour of the first such pixel; empty when nowhere.
std::string FirstOther(std::span<const std::byte> image, const Colour& wanted, int near) {
  const std::vector<unsigned char> bytes(reinterpret_cast<const unsigned char*>(image.data()),
                                         reinterpret_cast<const unsigned char*>(image.data()) + image.size());
  const cv::Mat picture = cv::imdecode(bytes, cv::IMREAD_COLOR);
  if (picture.empty()) return "no picture";
  for (int y = 0; y < picture.rows; ++y) {
    for (int x = 0; x < picture.cols; ++x) {
      const auto pixel = picture.at<cv::Vec3b>(y, x);
      const Colour found{pixel[2], pixel[1], pixel[0]};
      if (IsNear(found, wanted, near)) continue;
      return Text(found) + " at " + std::to_string(x) + "," + std::to_string(y) + " of " +
             std::to_string(picture.cols) + "x" + std::to_string(picture.rows);
    }
  }
  return "";
}

/// Three frames of one colour, as JPEG and PNG, unscaled and scaled, are that colour everywhere, and alike.
void ExpectSolid(const std::string& file, int near = kSolidNear) {
  for (const char* format : {"jpeg", "png"}) {
    for (const char* width : {"0", "80", "81", "201"}) {
      Playing playing({{"file", file}, {"format", format}, {"width", width}});
      const auto records = playing.Take(3);
      ASSERT_EQ(records.size(), 3U);
      const auto first = records[0].value.bytes();
      for (const SourceRecord& record : records) {
        EXPECT_EQ(FirstOther(record.value.bytes(), {200, 30, 60}, near), "") << file << " " << format << " " << width;
        EXPECT_TRUE(std::ranges::equal(record.value.bytes(), first)) << file << " " << format << " " << width;
      }
    }
  }
}

void MakeSolid(const std::string& file, const std::string& size, const std::string& format, const std::string& codec) {
  // The source draws in the format asked for: a conversion by the program would have the fault looked for.
  RunFfmpeg("-f lavfi -i color=0xC81E3C:s=" + size + ":r=10:d=0.3,format=" + format + " -c:v " + codec + " '" + file +
            "'");
}

TEST(OddSizes, OfRgbKeepTheirColourToTheLastColumnAndAreTheSameEachTime) {
  const TestFolder folder;
  for (const char* size : {"161x121", "163x120", "160x121", "3x5"}) {
    MakeSolid(folder / (std::string(size) + ".mov"), size, "rgb24", "png");
    ExpectSolid(folder / (std::string(size) + ".mov"));
    for (const char* format : {"bgr0", "bgra", "gbrp10le"}) {
      const std::string file = folder / (std::string(format) + size + ".mkv");
      MakeSolid(file, size, format, "ffv1");
      ExpectSolid(file, std::string(format) == "gbrp10le" ? kNearOfTenBits : kSolidNear);
    }
  }
}

TEST(OddSizes, OfYuvKeepTheirColourToTheLastColumnAndAreTheSameEachTime) {
  const TestFolder folder;
  for (const char* size : {"161x121", "163x120", "165x121", "167x121", "160x121", "3x5"}) {
    for (const char* format : {"yuv420p", "yuv422p", "yuv444p", "yuvj420p"}) {
      const std::string file = folder / (std::string(format) + size + ".mkv");
      MakeSolid(file, size, format, "ffv1");
      ExpectSolid(file);
    }
  }
}

}  // namespace
}  // namespace framespool::video_file
