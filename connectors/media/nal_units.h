#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "framespool/media/video_record.h"

namespace framespool::media {

/// One NAL unit of an access unit, header and all, without its start code. A view.
using NalUnit = std::span<const std::byte>;

/// What the rules of ITU-R H.264 (7.4.1.2.3) and H.265 (7.4.2.4.4) make of a NAL unit in its access unit.
enum class NalKind {
  kDelimiter,     // comes first, where there is one
  kParameterSet,  // VPS, SPS or PPS
  kKeyPicture,    // a slice of an IDR picture; of H.265 of any IRAP picture (IDR, CRA, BLA)
  kPicture,       // a slice of another picture
  kOther,
};
NalKind KindOf(NalUnit nal, VideoCodec codec);

/// What stands before each NAL unit in a byte stream of a topic.
inline constexpr std::array kStartCode{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}};

/// The NAL units of a byte stream (Annex B), whose start codes have 3 or 4 bytes; zeros behind them belong to none.
std::vector<NalUnit> SplitByteStream(std::span<const std::byte> bytes);

/// By what a parameter set replaces an earlier one: its kind, layer and id. In the order in which decoders want them:
/// VPS, SPS, PPS. Nothing when it is too short to say.
std::optional<std::uint32_t> ParameterSetKey(NalUnit nal, VideoCodec codec);
/// The nal_unit_type in such a key.
inline std::uint32_t KindOfKey(std::uint32_t key) { return key >> 16; }

/// True when a slice of H.264 is coded without reference to other pictures (I, SI).
bool IsIntraSlice(NalUnit nal);
/// True for an SEI of H.264 that promises a whole picture here to who begins to decode here (recovery_frame_cnt 0).
bool IsRecoveryPoint(NalUnit nal);

}  // namespace framespool::media
