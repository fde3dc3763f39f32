#include "hevc_configuration.h"

#include <array>
#include <cstdint>
#include <optional>

#include "nal_bits.h"
#include "nal_types.h"

namespace framespool::media {
namespace {

constexpr std::size_t kGeneralProfile = 12;  // bytes of profile_tier_level() that the record repeats

/// What the record repeats of an SPS (ITU-T H.265, 7.3.2.2).
struct SpsFacts {
  std::uint32_t sub_layers = 0;  // besides the first
  std::uint32_t nested = 0;      // sps_temporal_id_nesting_flag
  std::array<std::uint32_t, kGeneralProfile> profile{};
  std::uint32_t chroma = 0;  // chroma_format_idc
  std::uint32_t luma_depth = 0;
  std::uint32_t chroma_depth = 0;  // both less 8
};

std::optional<SpsFacts> ReadSps(NalUnit sps) {
  NalBits bits(sps.subspan(kHevcHeader));
  SpsFacts facts;
  bits.Skip(4);  // sps_video_parameter_set_id
  facts.sub_layers = bits.Bits(3);
  facts.nested = bits.Bit();
  for (std::uint32_t& byte : facts.profile) byte = bits.Bits(8);
  SkipSubLayers(bits, static_cast<int>(facts.sub_layers));
  bits.Golomb();  // sps_seq_parameter_set_id
  facts.chroma = bits.Golomb();
  if (facts.chroma == 3) bits.Skip(1);
  bits.Golomb();  // width and height
  bits.Golomb();
  if (bits.Bit() != 0) {  // the conformance window
    for (int side = 0; side < 4; ++side) bits.Golomb();
  }
  facts.luma_depth = bits.Golomb();
  facts.chroma_depth = bits.Golomb();
  if (bits.overrun() || facts.chroma > 3 || facts.luma_depth > 7 || facts.chroma_depth > 7) return std::nullopt;
  return facts;
}

}  // namespace

std::vector<std::byte> HevcConfiguration(std::span<const NalUnit> parameter_sets) {
  std::optional<SpsFacts> facts;
  for (const NalUnit nal : parameter_sets) {
    if (nal.size() > kHevcHeader && HevcType(nal) == kHevcSps && !facts) facts = ReadSps(nal);
  }
  if (!facts) return {};
  std::vector<std::byte> record;
  const auto put = [&](std::uint32_t value) { record.push_back(static_cast<std::byte>(value & 0xff)); };
  const auto put_wide = [&](std::size_t value) {
    put(static_cast<std::uint32_t>(value >> 8));
    put(static_cast<std::uint32_t>(value));
  };
  put(1);  // configurationVersion
  for (const std::uint32_t byte : facts->profile) put(byte);
  put_wide(0xf000);  // no least number of segments
  put(0xfc);         // in which way they could be decoded side by side: unknown
  put(0xfc | facts->chroma);
  put(0xf8 | facts->luma_depth);
  put(0xf8 | facts->chroma_depth);
  put_wide(0);                                                 // avgFrameRate: unknown
  put((facts->sub_layers + 1) << 3 | facts->nested << 2 | 3);  // NAL units stand behind lengths of four bytes
  constexpr std::array kKinds{kHevcVps, kHevcSps, kHevcPps};
  put(kKinds.size());
  for (const unsigned kind : kKinds) {
    put(0x80 | kind);  // and none of that kind stands in the samples
    const std::size_t count_at = record.size();
    std::uint32_t count = 0;
    put_wide(0);
    for (const NalUnit nal : parameter_sets) {
      if (nal.size() <= kHevcHeader || nal.size() > 0xffff || HevcType(nal) != kind || count == 0xffff) continue;
      ++count;
      put_wide(nal.size());
      record.insert(record.end(), nal.begin(), nal.end());
    }
    record[count_at] = static_cast<std::byte>(count >> 8);
    record[count_at + 1] = static_cast<std::byte>(count & 0xff);
  }
  return record;
}

}  // namespace framespool::media
