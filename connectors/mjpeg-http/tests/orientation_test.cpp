// A picture stands upright everywhere, and is turned once: all eight orientations of EXIF.
#include <span>

#include "framespool/media/turn.h"
#include "mux_client.h"
#include "sink_fixture.h"
#include "test_pictures.h"

namespace framespool::mjpeg {
namespace {

using media::DecodeAsStored;
using media::ExpectUpright;
using media::OrientedJpeg;
using media::OrientedPng;
using media::OrientedWebp;

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
      EXPECT_TRUE(media::TurnOfImage(std::as_bytes(std::span(frame.body))).none());
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

}  // namespace
}  // namespace framespool::mjpeg
