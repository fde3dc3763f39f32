#include <base/crc32c.h>

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace framespool::base {
namespace {

struct Vector {
  std::string bytes;
  std::uint32_t crc;
};

// RFC 3720, B.4, and the check value of the CRC catalogue.
std::vector<Vector> KnownVectors() {
  std::string ascending;
  std::string descending;
  for (int i = 0; i < 32; ++i) {
    ascending += static_cast<char>(i);
    descending += static_cast<char>(31 - i);
  }
  return {{"", 0},
          {"123456789", 0xe3069283},
          {std::string(32, '\0'), 0x8a9136aa},
          {std::string(32, '\xff'), 0x62a8ab43},
          {ascending, 0x46dd794e},
          {descending, 0x113fdb5c}};
}

TEST(Crc32c, TheTableGivesTheKnownSums) {
  for (const Vector& v : KnownVectors()) EXPECT_EQ(Crc32cByTable(0, v.bytes.data(), v.bytes.size()), v.crc);
}

TEST(Crc32c, TheInstructionGivesTheKnownSums) {
  for (const Vector& v : KnownVectors()) EXPECT_EQ(Crc32cByInstruction(0, v.bytes.data(), v.bytes.size()), v.crc);
}

TEST(Crc32c, TableAndInstructionAgreeOnEveryLengthAndAlignment) {
  std::mt19937 random(7);
  std::string bytes(40000, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  std::vector<std::size_t> sizes;
  for (std::size_t size = 0; size < 1000; ++size) sizes.push_back(size);
  for (const std::size_t size : {4095, 12287, 12288, 12289, 13056, 24577, 39990}) sizes.push_back(size);
  for (const std::size_t size : sizes) {
    const std::size_t start = size % 9;
    const std::uint32_t crc = random();
    ASSERT_EQ(Crc32cByTable(crc, bytes.data() + start, size), Crc32cByInstruction(crc, bytes.data() + start, size))
        << size;
  }
}

TEST(Crc32c, GoesOnFromTheSumOfWhatCameBefore) {
  const std::string text(30000, 'x');
  const std::uint32_t whole = Crc32c(0, text.data(), text.size());
  for (const std::size_t cut : {0u, 1u, 7u, 12288u, 29999u}) {
    EXPECT_EQ(Crc32c(Crc32c(0, text.data(), cut), text.data() + cut, text.size() - cut), whole);
  }
}

}  // namespace
}  // namespace framespool::base
