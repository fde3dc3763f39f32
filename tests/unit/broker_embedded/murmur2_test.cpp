#include "murmur2.h"

#include <gtest/gtest.h>

namespace framespool::broker::embedded {
namespace {

// The values of Kafka's own UtilsTest.testMurmur2.
TEST(Murmur2, HashesAsKafkasJavaClientDoes) {
  EXPECT_EQ(Murmur2("21"), -973932308);
  EXPECT_EQ(Murmur2("foobar"), -790332482);
  EXPECT_EQ(Murmur2("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(Murmur2("a-little-bit-longer-string"), -1486304829);
  EXPECT_EQ(Murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  EXPECT_EQ(Murmur2("abc"), 479470107);
}

TEST(Murmur2, GivesAKeyThePartitionOfKafkasDefaultPartitioner) {
  EXPECT_EQ(PartitionOfKey("21", 3), (-973932308 & 0x7fffffff) % 3);
  EXPECT_EQ(PartitionOfKey("abc", 7), 479470107 % 7);
  EXPECT_EQ(PartitionOfKey("anything", 1), 0);
}

}  // namespace
}  // namespace framespool::broker::embedded
