#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace framespool::media {

/// Reads the bits of a NAL unit's payload, past its emulation prevention bytes (H.264 7.3.1, H.265 7.3.1.1). Beyond the
/// end all bits are 0 and overrun() says so. Used by one thread.
class NalBits {
 public:
  explicit NalBits(std::span<const std::byte> payload) : bytes_(payload) {}

  std::uint32_t Bit() {
    if (left_ == 0 && !NextByte()) return 0;
    --left_;
    return (current_ >> left_) & 1U;
  }
  /// At most 32.
  std::uint32_t Bits(int count) {
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i) value = value << 1 | Bit();
    return value;
  }
  void Skip(int count) {
    for (int i = 0; i < count; ++i) Bit();
  }
  /// An Exp-Golomb number, ue(v).
  std::uint32_t Golomb() {
    int zeros = 0;
    while (!overrun_ && Bit() == 0) ++zeros;
    if (overrun_ || zeros > 31) {
      overrun_ = true;
      return 0;
    }
    return (1U << zeros) - 1 + Bits(zeros);
  }
  bool overrun() const noexcept { return overrun_; }

 private:
  bool NextByte() {
    if (zeros_ >= 2 && at_ < bytes_.size() && bytes_[at_] == std::byte{3}) {
      ++at_;
      zeros_ = 0;
    }
    if (at_ >= bytes_.size()) {
      overrun_ = true;
      return false;
    }
    current_ = std::to_integer<unsigned>(bytes_[at_++]);
    zeros_ = current_ == 0 ? zeros_ + 1 : 0;
    left_ = 8;
    return true;
  }

  const std::span<const std::byte> bytes_;
  std::size_t at_ = 0;
  unsigned current_ = 0;
  int left_ = 0;
  int zeros_ = 0;
  bool overrun_ = false;
};

/// Past what profile_tier_level() of H.265 (7.3.3) says of each of `sub_layers`, to the end of it.
inline void SkipSubLayers(NalBits& bits, int sub_layers) {
  int profiles = 0;
  int levels = 0;
  for (int i = 0; i < sub_layers; ++i) {
    profiles += static_cast<int>(bits.Bit());
    levels += static_cast<int>(bits.Bit());
  }
  if (sub_layers > 0) bits.Skip(2 * (8 - sub_layers));
  bits.Skip(88 * profiles + 8 * levels);
}

}  // namespace framespool::media
