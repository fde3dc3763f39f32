#include "framespool/media/frame_numbers.h"

#include <set>

#include "nal_bits.h"
#include "nal_types.h"

namespace framespool::media {
namespace {

constexpr std::uint32_t kMostSequences = 32;
constexpr std::uint32_t kMostPictures = 256;
constexpr std::uint32_t kMostNumberBits = 16;
constexpr std::uint32_t kMostOrderOffsets = 255;

/// se(v): 0, 1, -1, 2, -2 …
std::int32_t Signed(NalBits& bits) {
  const std::uint32_t code = bits.Golomb();
  const auto half = static_cast<std::int32_t>((code + 1) / 2);
  return code % 2 == 0 ? -half : half;
}

/// 7.3.2.1.1.1
void SkipScalingList(NalBits& bits, int size) {
  int last = 8;
  int next = 8;
  for (int i = 0; i < size && !bits.overrun(); ++i) {
    if (next != 0) next = (last + Signed(bits) + 256) % 256;
    if (next != 0) last = next;
  }
}

bool SaysChroma(std::uint32_t profile) {
  static const std::set<std::uint32_t> profiles = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
  return profiles.contains(profile);
}

/// The part of an SPS that only some profiles have; whether its colour planes are coded apart.
bool SkipChroma(NalBits& bits) {
  const std::uint32_t chroma = bits.Golomb();
  const bool separate = chroma == 3 && bits.Bit() == 1;
  bits.Golomb();  // bit depths
  bits.Golomb();
  bits.Skip(1);
  if (bits.Bit() == 1) {
    for (int list = 0; list < (chroma == 3 ? 12 : 8); ++list) {
      if (bits.Bit() == 1) SkipScalingList(bits, list < 6 ? 16 : 64);
    }
  }
  return separate;
}

void SkipPictureOrder(NalBits& bits) {
  const std::uint32_t kind = bits.Golomb();
  if (kind == 0) bits.Golomb();
  if (kind != 1) return;
  bits.Skip(1);
  bits.Golomb();
  bits.Golomb();
  const std::uint32_t offsets = bits.Golomb();
  for (std::uint32_t i = 0; i < offsets && i < kMostOrderOffsets; ++i) bits.Golomb();
}

}  // namespace

void FrameNumbers::ReadSequence(NalUnit nal) {
  NalBits bits(nal.subspan(kAvcHeader));
  Sequence sequence;
  const std::uint32_t profile = bits.Bits(8);
  bits.Skip(16);
  const std::uint32_t id = bits.Golomb();
  if (SaysChroma(profile)) sequence.separate_planes = SkipChroma(bits);
  const std::uint32_t number_bits = bits.Golomb() + 4;
  SkipPictureOrder(bits);
  bits.Golomb();  // max_num_ref_frames
  sequence.may_leave_out = bits.Bit() == 1;
  if (bits.overrun() || id >= kMostSequences || number_bits > kMostNumberBits) return;
  sequence.number_bits = static_cast<int>(number_bits);
  sequences_[id] = sequence;
}

void FrameNumbers::ReadPicture(NalUnit nal) {
  NalBits bits(nal.subspan(kAvcHeader));
  const std::uint32_t id = bits.Golomb();
  const std::uint32_t sequence = bits.Golomb();
  if (!bits.overrun() && id < kMostPictures) sequence_of_[id] = sequence;
}

std::optional<FrameNumbers::Slice> FrameNumbers::ReadSlice(NalUnit nal) const {
  NalBits bits(nal.subspan(kAvcHeader));
  Slice slice;
  slice.idr = AvcType(nal) == kAvcIdrSlice;
  slice.reference = (std::to_integer<unsigned>(nal[0]) & 0x60U) != 0;
  slice.first_block = bits.Golomb();
  bits.Golomb();  // slice_type
  const auto sequence_id = sequence_of_.find(bits.Golomb());
  if (sequence_id == sequence_of_.end()) return std::nullopt;
  const auto sequence = sequences_.find(sequence_id->second);
  if (sequence == sequences_.end()) return std::nullopt;
  slice.sequence = sequence->second;
  if (slice.sequence.separate_planes) bits.Skip(2);
  slice.number = bits.Bits(slice.sequence.number_bits);
  return bits.overrun() ? std::nullopt : std::optional(slice);
}

FrameNumbers::Verdict FrameNumbers::Judge(const Slice& slice) {
  const auto last = last_reference_;
  const std::uint32_t mask = (1U << slice.sequence.number_bits) - 1;
  if (slice.reference) last_reference_ = slice.number;
  if (slice.idr) return Verdict::kFollows;
  if (!last || slice.sequence.may_leave_out) return Verdict::kUnknown;
  // The same number: the second field of a frame.
  if (slice.number == ((*last + 1) & mask) || slice.number == *last) return Verdict::kFollows;
  // One loss is told once: a picture that nobody refers to has the number behind that of the last reference.
  if (!slice.reference) last_reference_ = (slice.number - 1) & mask;
  return Verdict::kLost;
}

FrameNumbers::Verdict FrameNumbers::Next(std::span<const std::byte> unit) {
  std::optional<Slice> first;
  bool begins = false;
  for (const NalUnit nal : SplitByteStream(unit)) {
    if (nal.empty()) continue;
    switch (AvcType(nal)) {
      case kAvcSps: ReadSequence(nal); break;
      case kAvcPps: ReadPicture(nal); break;
      case kAvcSlice:
      case kAvcIdrSlice:
        if (const auto slice = ReadSlice(nal)) {
          if (!first) first = slice;
          begins = begins || slice->first_block == 0;
        }
        break;
      default: break;
    }
  }
  if (!first) return Verdict::kUnknown;
  const Verdict verdict = Judge(*first);
  return begins ? verdict : Verdict::kDamaged;
}

}  // namespace framespool::media
