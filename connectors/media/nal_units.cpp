#include "nal_units.h"

#include <cstring>

#include "nal_bits.h"
#include "nal_types.h"

namespace framespool::media {
namespace {

constexpr std::uint32_t kSeiRecoveryPoint = 6;
constexpr std::uint32_t kMostIds = 256;

unsigned ByteAt(NalUnit nal, std::size_t at) { return std::to_integer<unsigned>(nal[at]); }
unsigned HevcLayer(NalUnit nal) { return (ByteAt(nal, 0) & 1U) << 5 | ByteAt(nal, 1) >> 3; }

NalKind AvcKindOf(unsigned type) {
  if (type == kAvcIdrSlice) return NalKind::kKeyPicture;
  if (type >= kAvcSlice && type < kAvcIdrSlice) return NalKind::kPicture;
  if (type == kAvcSps || type == kAvcPps) return NalKind::kParameterSet;
  return type == kAvcDelimiter ? NalKind::kDelimiter : NalKind::kOther;
}

NalKind HevcKindOf(unsigned type) {
  if (type >= kHevcFirstIrap && type <= kHevcLastIrap) return NalKind::kKeyPicture;
  if (type <= kHevcLastSlice) return NalKind::kPicture;
  if (type >= kHevcVps && type <= kHevcPps) return NalKind::kParameterSet;
  return type == kHevcDelimiter ? NalKind::kDelimiter : NalKind::kOther;
}

/// seq_parameter_set_id of H.265 stands behind profile_tier_level() (7.3.2.2, 7.3.3).
std::uint32_t HevcSpsId(NalBits& bits) {
  bits.Skip(4);
  const auto sub_layers = static_cast<int>(bits.Bits(3));
  bits.Skip(1 + 88 + 8);
  SkipSubLayers(bits, sub_layers);
  return bits.Golomb();
}

}  // namespace

NalKind KindOf(NalUnit nal, VideoCodec codec) {
  if (codec == VideoCodec::kH264) return nal.size() < kAvcHeader ? NalKind::kOther : AvcKindOf(AvcType(nal));
  return nal.size() < kHevcHeader ? NalKind::kOther : HevcKindOf(HevcType(nal));
}

std::vector<NalUnit> SplitByteStream(std::span<const std::byte> bytes) {
  std::vector<NalUnit> units;
  const auto end_before = [&](std::size_t start, std::size_t end) {
    while (end > start && bytes[end - 1] == std::byte{0}) --end;
    if (end > start) units.push_back(bytes.subspan(start, end - start));
  };
  std::size_t start = 0;  // of the unit that is not ended yet, behind its start code
  bool inside = false;
  std::size_t at = 2;
  while (at < bytes.size()) {
    const void* found = std::memchr(bytes.data() + at, 1, bytes.size() - at);
    if (found == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const std::byte*>(found) - bytes.data());
    if (bytes[at - 1] == std::byte{0} && bytes[at - 2] == std::byte{0}) {
      if (inside) end_before(start, at - 2);
      inside = true;
      start = at + 1;
    }
    ++at;
  }
  if (inside) end_before(start, bytes.size());
  return units;
}

std::optional<std::uint32_t> ParameterSetKey(NalUnit nal, VideoCodec codec) {
  std::uint32_t kind = 0;
  std::uint32_t layer = 0;
  std::uint32_t id = 0;
  if (codec == VideoCodec::kH264) {
    if (nal.size() <= kAvcHeader) return std::nullopt;
    kind = AvcType(nal);
    NalBits bits(nal.subspan(kAvcHeader));
    if (kind == kAvcSps) bits.Skip(24);  // profile, constraints, level
    id = bits.Golomb();
    if (bits.overrun()) return std::nullopt;
  } else {
    if (nal.size() <= kHevcHeader) return std::nullopt;
    kind = HevcType(nal);
    layer = HevcLayer(nal);
    NalBits bits(nal.subspan(kHevcHeader));
    if (kind == kHevcVps) id = bits.Bits(4);
    if (kind == kHevcPps) id = bits.Golomb();
    // The SPS of a further layer has another syntax; there is one for a layer.
    if (kind == kHevcSps && layer == 0) id = HevcSpsId(bits);
    if (bits.overrun()) return std::nullopt;
  }
  if (id >= kMostIds) return std::nullopt;
  return kind << 16 | layer << 8 | id;
}

bool IsIntraSlice(NalUnit nal) {
  NalBits bits(nal.subspan(kAvcHeader));
  bits.Golomb();  // first_mb_in_slice
  const std::uint32_t type = bits.Golomb() % 5;
  return !bits.overrun() && (type == 2 || type == 4);
}

bool IsRecoveryPoint(NalUnit nal) {
  if (nal.size() <= kAvcHeader || AvcType(nal) != kAvcSei) return false;
  NalBits bits(nal.subspan(kAvcHeader));
  // One message behind the other: type and size in bytes, 255 of which mean that another byte follows (7.3.2.3.1).
  const auto number = [&] {
    std::uint32_t sum = 0;
    std::uint32_t byte = 0;
    do {
      byte = bits.Bits(8);
      sum += byte;
    } while (byte == 255 && !bits.overrun());
    return sum;
  };
  while (!bits.overrun()) {
    const std::uint32_t type = number();
    const std::uint32_t size = number();
    if (type == kSeiRecoveryPoint) return bits.Golomb() == 0 && !bits.overrun();
    if (size > nal.size()) return false;
    bits.Skip(static_cast<int>(size) * 8);
  }
  return false;
}

}  // namespace framespool::media
