#include "chunked_body.h"

#include <gtest/gtest.h>

namespace framespool::rest {
namespace {

using State = ChunkedBody::State;

constexpr std::string_view kGood = "4\r\nabcd\r\n00a ; x=\"y\"\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";

TEST(ChunkedBodyTest, DecodesWhateverTheSplit) {
  for (std::size_t first = 0; first <= kGood.size(); ++first) {
    for (std::size_t second = first; second <= kGood.size(); ++second) {
      ChunkedBody chunks(100);
      chunks.Feed(kGood.substr(0, first));
      chunks.Feed(kGood.substr(first, second - first));
      chunks.Feed(kGood.substr(second));
      ASSERT_EQ(chunks.state(), State::kDone) << first << " " << second;
      ASSERT_EQ(chunks.body(), "abcd0123456789") << first << " " << second;
    }
  }
}

TEST(ChunkedBodyTest, LeavesWhatFollowsTheBody) {
  ChunkedBody chunks(100);
  EXPECT_EQ(chunks.Feed("1\r\na\r\n0\r\n\r\nGET /"), 11u);
  EXPECT_EQ(chunks.state(), State::kDone);
}

TEST(ChunkedBodyTest, RefusesWhatIsNoChunk) {
  for (const std::string_view bad : {"\r\n", "x", "-1\r\n", "1\n", "1\r\nab", "1\r\na\n", "1\r\na\rx", "1;\n",
                                     "0\r\n\n", "0\r\n\rx", "0\r\na\n", "fffffffffffffffff\r\n", " 1\r\n", "0x1\r\n"}) {
    ChunkedBody chunks(100);
    chunks.Feed(bad);
    EXPECT_EQ(chunks.state(), State::kBroken) << bad;
  }
}

TEST(ChunkedBodyTest, RefusesMoreThanItMayHold) {
  ChunkedBody one(3);
  one.Feed("4\r\n");
  EXPECT_EQ(one.state(), State::kTooLarge);
  ChunkedBody several(3);
  several.Feed("2\r\nab\r\n2\r\n");
  EXPECT_EQ(several.state(), State::kTooLarge);
  ChunkedBody huge(3);
  huge.Feed("fffffffffffffff\r\n");
  EXPECT_EQ(huge.state(), State::kTooLarge);
  ChunkedBody full(3);
  full.Feed("3\r\nabc\r\n0\r\n\r\n");
  EXPECT_EQ(full.state(), State::kDone);
}

TEST(ChunkedBodyTest, RefusesEndlessTrailersAndExtensions) {
  ChunkedBody trailers(3);
  trailers.Feed("0\r\n" + std::string(20'000, 't'));
  EXPECT_EQ(trailers.state(), State::kBroken);
  ChunkedBody extension(3);
  extension.Feed("1;" + std::string(20'000, 'e'));
  EXPECT_EQ(extension.state(), State::kBroken);
}

}  // namespace
}  // namespace framespool::rest
