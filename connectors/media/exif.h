#pragma once

#include <cstddef>
#include <span>

namespace framespool::media {

/// What a JPEG, PNG or WebP file says in its EXIF of how the picture lies: 1 to 8; 1 for one that says nothing,
/// nonsense, or is none of these. Any thread.
int ExifOrientation(std::span<const std::byte> image);
/// The same of the content of a JPEG's APP1 segment.
int ExifOrientationOfApp1(std::span<const std::byte> content);

}  // namespace framespool::media
