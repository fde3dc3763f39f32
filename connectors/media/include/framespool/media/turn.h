#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace framespool::media {

/// What has to be done to a picture as it is stored so that it stands upright: first rows become columns, then it is
/// mirrored. All eight ways a picture can lie.
struct Turn {
  bool transpose = false;  // the upright picture is as wide as the stored one is high
  bool flip_x = false;     // left and right change places
  bool flip_y = false;

  bool none() const noexcept { return !transpose && !flip_x && !flip_y; }
  friend bool operator==(const Turn&, const Turn&) = default;
};

// Any thread.

/// Of a display matrix (nine numbers, as FFmpeg keeps them); another angle than a quarter is taken for the nearest.
Turn TurnOfMatrix(const std::int32_t* matrix);
/// Of EXIF's orientation, 1 to 8; none for any other number.
Turn TurnOfExif(int orientation);
/// The other way round.
int ExifOf(const Turn& turn);
/// Of what the EXIF of a JPEG, PNG or WebP file says; none for one that says nothing, nonsense, or is none of these.
/// Reads the heads of its segments only.
Turn TurnOfImage(std::span<const std::byte> image);

}  // namespace framespool::media
