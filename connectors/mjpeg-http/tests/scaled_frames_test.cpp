#include "picture/scaled_frames.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "mux_client.h"

namespace framespool::mjpeg {
namespace {

Payload Bytes(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return Payload(std::vector<std::byte>(first, first + text.size()));
}

FramePtr FrameOf(std::int64_t offset, const std::string& image) {
  SinkRecord record;
  record.offset = offset;
  record.value = Bytes(image);
  return MakeFrame(record);
}

class ScaledFramesTest : public ::testing::Test {
 protected:
  ScaledFrames::OrderPtr Made(const FramePtr& frame, int width) {
    auto order = frames.Get("frames", frame, width, bell);
    EXPECT_TRUE(Eventually([&] { return order->done(); }));
    return order;
  }

  boost::asio::io_context io;
  int rings = 0;
  std::shared_ptr<Doorbell> bell = std::make_shared<Doorbell>(io.get_executor(), [this] { ++rings; });
  ScaledFrames frames;
};

TEST_F(ScaledFramesTest, MakesAFrameOfOneWidthOnceForAll) {
  const std::string jpeg = ImageFile(640, 360, ".jpg");
  const auto first = Made(FrameOf(1, jpeg), 320);
  // Another reader has the same record in a frame of its own.
  const auto second = Made(FrameOf(1, jpeg), 320);
  EXPECT_EQ(first->frame()->image.bytes().data(), second->frame()->image.bytes().data());
  EXPECT_EQ(frames.made(), 1);
  EXPECT_EQ(Decode(Made(FrameOf(1, jpeg), 160)->frame()->image.text()).cols, 160);
  EXPECT_EQ(Decode(Made(FrameOf(2, jpeg), 320)->frame()->image.text()).cols, 320);
  EXPECT_EQ(frames.made(), 3);
}

TEST_F(ScaledFramesTest, RingsWhenThePictureIsThere) {
  const auto order = frames.Get("frames", FrameOf(1, ImageFile(640, 360, ".jpg")), 320, bell);
  EXPECT_TRUE(Eventually([&] {
    io.restart();
    io.poll();
    return rings == 1;
  }));
  EXPECT_TRUE(order->done());
  bell->Cut();
  bell->Ring();
  io.restart();
  io.poll();
  EXPECT_EQ(rings, 1);
}

TEST_F(ScaledFramesTest, GivesBackWhatCannotBeScaledAsItIs) {
  const FramePtr frame = FrameOf(1, "\xFF\xD8\xFF#no picture at all");
  const auto order = Made(frame, 320);
  EXPECT_EQ(order->frame()->image.bytes().data(), frame->image.bytes().data());
  EXPECT_EQ(order->frame()->content_type, "image/jpeg");
  EXPECT_EQ(frames.made(), 0);
}

TEST_F(ScaledFramesTest, ForgetsTheOldestPicturesFirst) {
  // Pictures that stay as they are, 4 MB each; room is for 32 MB.
  const std::string large = "\xFF\xD8\xFF" + std::string(4 << 20, 'x');
  const auto first = Made(FrameOf(0, large), 320);
  for (int i = 1; i < 7; ++i) Made(FrameOf(i, large), 320);
  EXPECT_EQ(frames.Get("frames", FrameOf(0, large), 320, bell), first);
  for (int i = 7; i < 10; ++i) Made(FrameOf(i, large), 320);
  EXPECT_NE(frames.Get("frames", FrameOf(0, large), 320, bell), first);
}

}  // namespace
}  // namespace framespool::mjpeg
