// A picture stands upright everywhere, and is turned once: all eight orientations of EXIF.
#include "picture/exif.h"

#include <span>

#include "mux_client.h"
#include "oriented_jpeg.h"
#include "picture/upright.h"
#include "sink_fixture.h"

namespace framespool::mjpeg {
namespace {

class Oriented : public SinkFixture, public testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(All, Oriented, testing::Range(1, 9));

TEST_P(Oriented, AsItIsTheFrameKeepsItsExifAndTellsItsUprightSize) {
  const std::string jpeg = OrientedJpeg(GetParam(), {64, 32});
  topic.Append(jpeg, {{"framespool.width", "1"}});
  Start();
  const Response frame = Get(port, "/frames/0");
  EXPECT_EQ(frame.body, jpeg);
  EXPECT_EQ(frame.headers.at("X-Framespool-Width"), "64");
  EXPECT_EQ(frame.headers.at("X-Framespool-Height"), "32");
  ExpectUpright(Decode(frame.body), {64, 32});
}

TEST_P(Oriented, AtAnotherWidthItIsTurnedAndSaysNothing) {
  topic.Append(OrientedJpeg(GetParam(), {256, 128}));
  topic.Append(OrientedJpeg(GetParam(), {100, 60}));
  Start();
  for (const int width : {16, 50, 64, 99}) {
    for (const auto& [offset, size] : {std::pair{0, cv::Size(256, 128)}, std::pair{1, cv::Size(100, 60)}}) {
      const Response frame = Get(port, "/frames/" + std::to_string(offset) + "?width=" + std::to_string(width));
      EXPECT_EQ(OrientationOf(std::as_bytes(std::span(frame.body))), Orientation::kUpright);
      ExpectUpright(DecodeAsStored(frame.body), {width, (size.height * width + size.width / 2) / size.width});
    }
  }
  const Response wide = Get(port, "/frames/0?width=256");
  ExpectUpright(Decode(wide.body), {256, 128});
}

TEST_P(Oriented, InAMuxItStandsToo) {
  topic.Append(OrientedJpeg(GetParam(), {256, 128}));
  Start();
  MuxClient client(port, "streams=screen&width=64");
  const auto picture = client.NextPicture();
  ASSERT_TRUE(picture);
  ExpectUpright(DecodeAsStored(picture->payload), {64, 32});
}

TEST_P(Oriented, AJpegIsTurnedWithoutLossWhereItsSizeAllowsThat) {
  for (const cv::Size size : {cv::Size(64, 32), cv::Size(50, 34)}) {
    const std::string jpeg = OrientedJpeg(GetParam(), size);
    const auto* first = reinterpret_cast<const std::byte*>(jpeg.data());
    const auto turned = UprightJpeg(Payload(std::vector<std::byte>(first, first + jpeg.size())));
    ASSERT_EQ(turned.has_value(), GetParam() != 1);
    if (!turned) continue;
    EXPECT_EQ(OrientationOf(turned->bytes()), Orientation::kUpright);
    ExpectUpright(DecodeAsStored(turned->text()), size);
  }
}

TEST_P(Oriented, PngAndWebpStandUprightToo) {
  for (const bool variant : {false, true}) {
    topic.Append(OrientedPng(GetParam(), {256, 128}, variant));
    topic.Append(OrientedWebp(GetParam(), {256, 128}, variant));
  }
  Start();
  for (int offset = 0; offset < 4; ++offset) {
    SCOPED_TRACE(offset);
    const std::string path = "/frames/" + std::to_string(offset);
    const Response whole = Get(port, path);
    EXPECT_EQ(whole.headers.at("X-Framespool-Width"), "256");
    EXPECT_EQ(whole.headers.at("X-Framespool-Height"), "128");
    ExpectUpright(DecodeAsStored(Get(port, path + "?width=64").body), {64, 32});
  }
}

TEST(Exif, IsReadInBothByteOrdersAndNonsenseIsUpright) {
  const std::string plain = PlainJpeg({16, 16});
  const auto read = [](const std::string& jpeg) { return OrientationOf(std::as_bytes(std::span(jpeg))); };
  EXPECT_EQ(read(plain), Orientation::kUpright);
  EXPECT_EQ(read(WithExif(plain, 6, true)), Orientation::kQuarter);
  EXPECT_EQ(read(WithExif(plain, 6, false)), Orientation::kQuarter);
  for (const int wrong : {0, 9, 65535}) EXPECT_EQ(read(WithExif(plain, wrong, true)), Orientation::kUpright) << wrong;
  // Every truncation and every broken byte of the head is survived.
  for (const std::string& whole :
       {WithExif(plain, 6, false), OrientedPng(6, {16, 16}, false), OrientedWebp(6, {16, 16}, true)}) {
    EXPECT_EQ(read(whole), Orientation::kQuarter);
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
}  // namespace framespool::mjpeg
