#pragma once

#include <cstddef>
#include <span>

namespace framespool::mjpeg {

/// How a picture has to be turned to stand upright, as EXIF numbers it: what its first row and column are. Each is its
/// own transposition or rotation, clockwise.
enum class Orientation {
  kUpright = 1,
  kMirrored,
  kUpsideDown,
  kFlipped,
  kTransposed,
  kQuarter,  // to be turned by 90 degrees
  kTransversed,
  kThreeQuarters,
};

/// True where the upright picture is as wide as the stored one is high.
inline bool Lies(Orientation orientation) { return orientation >= Orientation::kTransposed; }

/// What a JPEG, PNG or WebP file says; upright for one that says nothing, nonsense, or is none. Reads the heads of its
/// segments only. Any thread.
Orientation OrientationOf(std::span<const std::byte> image);

}  // namespace framespool::mjpeg
