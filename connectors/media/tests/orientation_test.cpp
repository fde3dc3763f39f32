// How a picture lies, by EXIF, and how it is turned upright: all eight orientations.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <span>
#include <string>

#include "framespool/media/image.h"
#include "framespool/media/jpeg_head.h"
#include "framespool/media/turn.h"
#include "test_pictures.h"

namespace framespool::media {
namespace {

class Oriented : public testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(All, Oriented, testing::Range(1, 9));

TEST_P(Oriented, AJpegIsTurnedWithoutLossWhereItsSizeAllowsThat) {
  for (const cv::Size size : {cv::Size(64, 32), cv::Size(50, 34)}) {
    const std::string jpeg = OrientedJpeg(GetParam(), size);
    const auto turned = UprightJpeg(TextPayload(jpeg));
    ASSERT_EQ(turned.has_value(), GetParam() != 1);
    if (!turned) continue;
    EXPECT_TRUE(TurnOfImage(turned->bytes()).none());
    ExpectUpright(DecodeAsStored(turned->text()), size);
  }
}

TEST_P(Oriented, DecodedItStandsUprightWhateverItsType) {
  const cv::Size size(64, 32);
  for (const std::string& file :
       {OrientedJpeg(GetParam(), size), OrientedPng(GetParam(), size, true), OrientedWebp(GetParam(), size, false)}) {
    const auto found = SizeOf(TextPayload(file));
    ASSERT_TRUE(found);
    EXPECT_EQ(cv::Size(found->width, found->height), size);
    const auto pixels = DecodeImage(TextPayload(file), std::numeric_limits<int>::max());
    ASSERT_TRUE(pixels);
    EXPECT_EQ(pixels->format, Pixels::Format::kBgr8);
    const Pixels::Plane& plane = pixels->planes.at(0);
    cv::Mat mat(pixels->height, pixels->width, CV_8UC3, const_cast<std::byte*>(plane.bytes.data()), plane.stride);
    ExpectUpright(mat, size);
  }
}

TEST_P(Oriented, TheHeadOfAJpegSaysWhatItsExifSays) {
  for (const bool little : {false, true}) {
    const std::string jpeg = WithExif(PlainJpeg({16, 16}), GetParam(), little);
    const auto bytes = std::as_bytes(std::span(jpeg));
    ASSERT_TRUE(ReadJpegHead(bytes));
    EXPECT_EQ(ReadJpegHead(bytes)->orientation, GetParam());
    EXPECT_EQ(TurnOfImage(bytes), TurnOfExif(GetParam()));
  }
}

TEST(DisplayMatrix, IsTakenForTheNearestQuarter) {
  constexpr std::int32_t kOne = 65536, kLittle = 1000;
  const std::int32_t tilted[9] = {kLittle, kOne, 0, -kOne, kLittle, 0, 0, 0, 1 << 30};
  EXPECT_EQ(TurnOfMatrix(tilted), TurnOfExif(6));
  const std::int32_t upright[9] = {kOne, -kLittle, 0, kLittle, kOne, 0, 0, 0, 1 << 30};
  EXPECT_TRUE(TurnOfMatrix(upright).none());
}

TEST(Exif, IsReadInBothByteOrdersAndNonsenseIsUpright) {
  const std::string plain = PlainJpeg({16, 16});
  constexpr Turn kQuarter{.transpose = true, .flip_x = true, .flip_y = false};
  const auto read = [](const std::string& jpeg) { return TurnOfImage(std::as_bytes(std::span(jpeg))); };
  EXPECT_TRUE(read(plain).none());
  EXPECT_EQ(read(WithExif(plain, 6, true)), kQuarter);
  EXPECT_EQ(read(WithExif(plain, 6, false)), kQuarter);
  for (const int wrong : {0, 9, 65535}) EXPECT_TRUE(read(WithExif(plain, wrong, true)).none()) << wrong;
  // Every truncation and every broken byte of the head is survived.
  for (const std::string& whole :
       {WithExif(plain, 6, false), OrientedPng(6, {16, 16}, false), OrientedWebp(6, {16, 16}, true)}) {
    EXPECT_EQ(read(whole), kQuarter);
    for (std::size_t size = 0; size < whole.size(); ++size) read(whole.substr(0, size));
    for (std::size_t at = 0; at < whole.size(); ++at) {
      for (const char byte : {'\0', '\x7F', '\xFF'}) {
        std::string broken = whole;
        broken[at] = byte;
        read(broken);
      }
    }
  }
}

}  // namespace
}  // namespace framespool::media
