#include <framespool/http/chunked.h>
#include <gtest/gtest.h>

#include <limits>

namespace framespool::http {
namespace {

TEST(Chunked, HasHeadsOfHexadecimalSizes) {
  EXPECT_EQ(ChunkHead(1), "1\r\n");
  EXPECT_EQ(ChunkHead(26), "1a\r\n");
  EXPECT_EQ(ChunkHead(1 << 20), "100000\r\n");
  EXPECT_EQ(ChunkHead(std::numeric_limits<std::size_t>::max()).size(), kMostChunkHead);
}

}  // namespace
}  // namespace framespool::http
