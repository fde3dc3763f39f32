#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nal_units.h"

namespace framespool::media {

/// The HEVCDecoderConfigurationRecord (ISO/IEC 14496-15, 8.3.3.1) of an H.265 stream with these parameter sets, the
/// value of an MP4's hvcC. It says nothing of what stands in the VUI (frame rate, segmentation), which is a hint to
/// players only: libavformat, which would read that, counts there for minutes when a stream says so. Empty when there
/// is no SPS, or a damaged one.
std::vector<std::byte> HevcConfiguration(std::span<const NalUnit> parameter_sets);

}  // namespace framespool::media
