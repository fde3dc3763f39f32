// Pictures that are missing from streams that ffmpeg encodes.
#include "framespool/media/frame_numbers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "framespool/media/access_units.h"
#include "framespool/media/packet_reader.h"
#include "test_video.h"

extern "C" {
#include <libavformat/avformat.h>
}

namespace framespool::media {
namespace {

using Verdict = FrameNumbers::Verdict;

struct Coding {
  const char* name;
  const char* options;
  bool every_loss = true;  // false: there are pictures that nobody refers to
};
void PrintTo(const Coding& coding, std::ostream* out) { *out << coding.name; }

class FrameNumbersOf : public ::testing::TestWithParam<Coding> {
 protected:
  void SetUp() override {
    const std::string file = folder_ / "video.mp4";
    TestVideo{.frames = 60, .options = GetParam().options}.Make(file);
    PacketReader packets(file, {});
    AccessUnits units(*packets.stream().codecpar, packets.stream().time_base);
    while (const auto packet = packets.Next()) {
      if (auto unit = units.Make(*packet->raw)) units_.push_back(std::move(*unit));
    }
    ASSERT_EQ(units_.size(), 60U);
  }

  const TestFolder folder_;
  std::vector<AccessUnit> units_;
};

TEST_P(FrameNumbersOf, FollowWhereNothingIsMissing) {
  FrameNumbers numbers;
  for (std::size_t i = 0; i < units_.size(); ++i)
    EXPECT_EQ(numbers.Next(units_[i].bytes.bytes()), Verdict::kFollows) << "unit " << i;
}

TEST_P(FrameNumbersOf, TellOfEachPictureThatOthersReferTo) {
  int told = 0;
  int losses = 0;
  for (std::size_t missing = 1; missing + 1 < units_.size(); ++missing) {
    if (units_[missing + 1].is_key) continue;  // nothing refers back beyond it
    FrameNumbers numbers;
    int lost = 0;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (i != missing && numbers.Next(units_[i].bytes.bytes()) == Verdict::kLost) ++lost;
    }
    EXPECT_LE(lost, 1) << "without unit " << missing;
    ++losses;
    told += lost;
  }
  if (GetParam().every_loss) {
    EXPECT_EQ(told, losses);
  } else {
    EXPECT_GT(told, 0);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Codings, FrameNumbersOf,
    ::testing::Values(Coding{"baseline", "-c:v libx264 -preset ultrafast -tune zerolatency -g 20 -pix_fmt yuv420p"},
                      Coding{"slices",
                             "-c:v libx264 -preset veryfast -tune zerolatency -g 20 -x264-params slices=4 "
                             "-pix_fmt yuv420p"},
                      Coding{"b_frames", "-c:v libx264 -preset veryfast -bf 2 -g 20 -pix_fmt yuv420p", false},
                      Coding{"high_444",
                             "-c:v libx264 -preset veryfast -bf 0 -g 20 -x264-params cqm=jvt -pix_fmt yuv444p"}),
    [](const auto& tested) { return tested.param.name; });

TEST(FrameNumbers, KnowNothingOfWhatIsNoVideo) {
  FrameNumbers numbers;
  std::vector<std::byte> noise(4000);
  unsigned state = 1;
  for (int round = 0; round < 200; ++round) {
    for (std::byte& byte : noise) byte = static_cast<std::byte>((state = state * 1664525U + 1013904223U) >> 24U & 3U);
    numbers.Next(noise);
  }
  EXPECT_EQ(numbers.Next({}), Verdict::kUnknown);
}

}  // namespace
}  // namespace framespool::media
