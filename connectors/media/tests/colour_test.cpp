// Light of HDR made for today's screens, and colour made half as wide and high.
#include "framespool/media/colour.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "framespool/media/hdr.h"

namespace framespool::media {
namespace {

TEST(HighDynamicRange, KeepsWhatIsDarkAndBendsWhatIsBright) {
  EXPECT_DOUBLE_EQ(HdrToSdr::Bend(0.5), 0.5);
  EXPECT_NEAR(HdrToSdr::Bend(1), 0.81, 0.01);
  EXPECT_DOUBLE_EQ(HdrToSdr::Bend(1000.0 / 203), 1);
  EXPECT_DOUBLE_EQ(HdrToSdr::Bend(50), 1);
  EXPECT_NEAR(HdrToSdr::LightOfPq(0.5807) * 203, 203, 1);
  EXPECT_NEAR(HdrToSdr::LightOfHlg(0.75) * 203, 203, 1);
}

TEST(OddSizes, AverageTheColourThatThereIs) {
  const std::array<std::uint8_t, 9> luma{1, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::array<std::uint8_t, 9> u{10, 20, 30, 30, 40, 50, 70, 80, 90};
  const std::array<std::uint8_t, 9> v{200, 200, 0, 200, 200, 0, 100, 100, 255};
  PlaneBuffer out;
  HalveColour({.data = {luma.data(), u.data(), v.data()}, .stride = {3, 3, 3}, .width = 3, .height = 3}, out);
  const auto at = [&](int plane, int x, int y) { return int{out.data(plane)[y * out.stride(plane) + x]}; };
  EXPECT_EQ(at(0, 2, 2), 9);
  EXPECT_EQ(at(1, 0, 0), 25);
  EXPECT_EQ(at(1, 1, 0), 40);
  EXPECT_EQ(at(1, 0, 1), 75);
  EXPECT_EQ(at(1, 1, 1), 90);
  EXPECT_EQ(at(2, 0, 0), 200);
  EXPECT_EQ(at(2, 1, 0), 0);
  EXPECT_EQ(at(2, 1, 1), 255);
}

}  // namespace
}  // namespace framespool::media
