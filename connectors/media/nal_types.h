#pragma once

#include <cstddef>

#include "nal_units.h"

/// What the first bytes of a NAL unit say. A unit must have its header, kAvcHeader or kHevcHeader bytes.
namespace framespool::media {

// H.264, table 7-1.
inline constexpr unsigned kAvcSlice = 1;
inline constexpr unsigned kAvcIdrSlice = 5;
inline constexpr unsigned kAvcSei = 6;
inline constexpr unsigned kAvcSps = 7;
inline constexpr unsigned kAvcPps = 8;
inline constexpr unsigned kAvcDelimiter = 9;
inline constexpr std::size_t kAvcHeader = 1;
// H.265, table 7-1.
inline constexpr unsigned kHevcFirstIrap = 16;
inline constexpr unsigned kHevcLastIrap = 23;
inline constexpr unsigned kHevcLastSlice = 31;
inline constexpr unsigned kHevcVps = 32;
inline constexpr unsigned kHevcSps = 33;
inline constexpr unsigned kHevcPps = 34;
inline constexpr unsigned kHevcDelimiter = 35;
inline constexpr std::size_t kHevcHeader = 2;

inline unsigned AvcType(NalUnit nal) { return std::to_integer<unsigned>(nal[0]) & 0x1fU; }
inline unsigned HevcType(NalUnit nal) { return std::to_integer<unsigned>(nal[0]) >> 1 & 0x3fU; }

}  // namespace framespool::media
