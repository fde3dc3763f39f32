#include "base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace framespool::base {

namespace {

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

using Table = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Table MakeSlices() {
  Table table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[0][byte] = crc;
  }
  for (std::size_t slice = 1; slice < 8; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = table[slice - 1][byte];
      table[slice][byte] = (before >> 8) ^ table[0][before & 0xff];
    }
  }
  return table;
}

constexpr Table kSlices = MakeSlices();

std::uint64_t Load(const unsigned char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

std::uint32_t Crc32cByTable(std::uint32_t crc, const void* data, std::size_t size) {
  const auto* at = static_cast<const unsigned char*>(data);
  crc = ~crc;
  for (; size >= 8; size -= 8, at += 8) {
    const std::uint64_t word = Load(at) ^ crc;
    crc = 0;
    for (std::size_t i = 0; i < 8; ++i) crc ^= kSlices[7 - i][(word >> (8 * i)) & 0xff];
  }
  for (; size > 0; --size, ++at) crc = (crc >> 8) ^ kSlices[0][(crc ^ *at) & 0xff];
  return ~crc;
}

#if defined(__x86_64__)

namespace {

// The instruction takes 3 cycles but one can start every cycle, so three parts of a block are summed side by side and
// then joined: the sum of a part, shifted over the zeros that stand for the next part, is xored with that part's sum.
constexpr std::size_t kLong = 4096;
constexpr std::size_t kShort = 256;

using ShiftTable = std::array<std::array<std::uint32_t, 256>, 4>;

constexpr ShiftTable MakeShift(std::size_t zeros) {
  std::array<std::uint32_t, 32> column{};  // what each single bit becomes after one zero byte
  for (std::size_t bit = 0; bit < 32; ++bit) {
    const std::uint32_t crc = 1u << bit;
    column[bit] = (crc >> 8) ^ kSlices[0][crc & 0xff];
  }
  const auto apply = [](const std::array<std::uint32_t, 32>& matrix, std::uint32_t vector) {
    std::uint32_t sum = 0;
    for (std::size_t bit = 0; bit < 32; ++bit) sum ^= (vector >> bit & 1) != 0 ? matrix[bit] : 0;
    return sum;
  };
  for (; zeros > 1; zeros /= 2) {  // squared: twice as many; kLong and kShort are powers of two
    std::array<std::uint32_t, 32> squared{};
    for (std::size_t bit = 0; bit < 32; ++bit) squared[bit] = apply(column, column[bit]);
    column = squared;
  }
  ShiftTable table{};
  for (std::size_t place = 0; place < 4; ++place) {
    for (std::uint32_t byte = 0; byte < 256; ++byte) table[place][byte] = apply(column, byte << (8 * place));
  }
  return table;
}

constexpr ShiftTable kShiftLong = MakeShift(kLong);
constexpr ShiftTable kShiftShort = MakeShift(kShort);

std::uint64_t Shift(const ShiftTable& table, std::uint64_t crc) {
  return table[0][crc & 0xff] ^ table[1][crc >> 8 & 0xff] ^ table[2][crc >> 16 & 0xff] ^ table[3][crc >> 24 & 0xff];
}

template <std::size_t kPart>
__attribute__((target("sse4.2"))) std::uint64_t SumBlocks(std::uint64_t crc, const unsigned char*& at,
                                                          std::size_t& size, const ShiftTable& shift) {
  for (; size >= 3 * kPart; size -= 3 * kPart, at += 3 * kPart) {
    std::uint64_t second = 0;
    std::uint64_t third = 0;
    for (std::size_t i = 0; i < kPart; i += 8) {
      crc = _mm_crc32_u64(crc, Load(at + i));
      second = _mm_crc32_u64(second, Load(at + kPart + i));
      third = _mm_crc32_u64(third, Load(at + 2 * kPart + i));
    }
    crc = Shift(shift, crc) ^ second;
    crc = Shift(shift, crc) ^ third;
  }
  return crc;
}

}  // namespace

bool HasCrc32cInstruction() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) std::uint32_t Crc32cByInstruction(std::uint32_t crc, const void* data,
                                                                    std::size_t size) {
  const auto* at = static_cast<const unsigned char*>(data);
  std::uint64_t sum = static_cast<std::uint32_t>(~crc);
  sum = SumBlocks<kLong>(sum, at, size, kShiftLong);
  sum = SumBlocks<kShort>(sum, at, size, kShiftShort);
  for (; size >= 8; size -= 8, at += 8) sum = _mm_crc32_u64(sum, Load(at));
  auto rest = static_cast<std::uint32_t>(sum);
  for (; size > 0; --size, ++at) rest = _mm_crc32_u8(rest, *at);
  return ~rest;
}

#else

bool HasCrc32cInstruction() { return false; }
std::uint32_t Crc32cByInstruction(std::uint32_t crc, const void* data, std::size_t size) {
  return Crc32cByTable(crc, data, size);
}

#endif

std::uint32_t Crc32c(std::uint32_t crc, const void* data, std::size_t size) {
  static const auto way = HasCrc32cInstruction() ? Crc32cByInstruction : Crc32cByTable;
  return way(crc, data, size);
}

}  // namespace framespool::base
