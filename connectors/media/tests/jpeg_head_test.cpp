// What the segments of a JPEG say, and the Huffman tables that Motion JPEG leaves out.
#include "framespool/media/jpeg_head.h"

#include <gtest/gtest.h>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <span>
#include <vector>

namespace framespool::media {
namespace {

std::vector<std::byte> WithoutHuffmanTables(std::span<const std::byte> jpeg) {
  std::vector<std::byte> stripped(jpeg.begin(), jpeg.begin() + 2);
  std::size_t i = 2;
  while (std::to_integer<int>(jpeg[i + 1]) != 0xda) {
    const auto length =
        2 + static_cast<std::size_t>(std::to_integer<int>(jpeg[i + 2]) << 8 | std::to_integer<int>(jpeg[i + 3]));
    if (std::to_integer<int>(jpeg[i + 1]) != 0xc4)
      stripped.insert(stripped.end(), jpeg.begin() + static_cast<std::ptrdiff_t>(i),
                      jpeg.begin() + static_cast<std::ptrdiff_t>(i + length));
    i += length;
  }
  stripped.insert(stripped.end(), jpeg.begin() + static_cast<std::ptrdiff_t>(i), jpeg.end());
  return stripped;
}

cv::Mat NoisePicture() {
  cv::Mat picture(96, 160, CV_8UC3);
  cv::randu(picture, 0, 255);
  return picture;
}

std::vector<std::byte> NoisyJpeg() {
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", NoisePicture(), bytes);
  const auto jpeg = std::as_bytes(std::span(bytes));
  return {jpeg.begin(), jpeg.end()};
}

TEST(JpegHead, OfAPictureWithoutHuffmanTablesGetsThem) {
  const auto jpeg = NoisyJpeg();
  const auto stripped = WithoutHuffmanTables(jpeg);
  const auto facts = ReadJpegHead(stripped);
  ASSERT_TRUE(facts);
  EXPECT_FALSE(facts->has_huffman_tables);
  EXPECT_EQ(facts->width, 160);
  EXPECT_EQ(facts->height, 96);
  const auto whole = WithStandardHuffmanTables(stripped, *facts);
  EXPECT_TRUE(ReadJpegHead(whole)->has_huffman_tables);
  const auto decode = [](std::span<const std::byte> bytes) {
    return cv::imdecode(std::vector<unsigned char>(reinterpret_cast<const unsigned char*>(bytes.data()),
                                                   reinterpret_cast<const unsigned char*>(bytes.data()) + bytes.size()),
                        cv::IMREAD_COLOR);
  };
  const cv::Mat before = decode(jpeg);
  const cv::Mat after = decode(whole);
  ASSERT_EQ(after.size(), before.size());
  EXPECT_EQ(cv::norm(before, after, cv::NORM_INF), 0);
}

TEST(JpegHead, OfWhatIsNoJpegIsNone) {
  const auto jpeg = NoisyJpeg();
  const std::span<const std::byte> bytes(jpeg);
  EXPECT_TRUE(ReadJpegHead(bytes));
  EXPECT_FALSE(ReadJpegHead({}));
  EXPECT_FALSE(ReadJpegHead(bytes.subspan(1)));
  for (const std::size_t size : {2U, 3U, 20U, 100U, 200U}) EXPECT_FALSE(ReadJpegHead(bytes.first(size)));
}

TEST(JpegHead, MayHaveFillingAndMarkersWithoutASegment) {
  auto jpeg = NoisyJpeg();
  const auto plain = ReadJpegHead(jpeg);
  const std::vector<std::byte> odd = {std::byte{0xff}, std::byte{0x01}, std::byte{0xff}, std::byte{0xff}};
  jpeg.insert(jpeg.begin() + 2, odd.begin(), odd.end());
  const auto head = ReadJpegHead(jpeg);
  ASSERT_TRUE(plain && head);
  EXPECT_EQ(head->width, plain->width);
  EXPECT_EQ(head->scan, plain->scan + odd.size());
  EXPECT_TRUE(EndsWhole(jpeg));
  jpeg.resize(jpeg.size() / 2);
  EXPECT_FALSE(EndsWhole(jpeg));
}

}  // namespace
}  // namespace framespool::media
