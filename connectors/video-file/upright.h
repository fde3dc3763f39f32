#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>

namespace framespool::video_file {

/// What has to be done to a decoded picture so that it stands upright: first rows become columns, then it is mirrored.
/// All eight ways a picture can lie.
struct Turn {
  bool transpose = false;
  bool flip_x = false;  // left and right change places
  bool flip_y = false;

  bool none() const noexcept { return !transpose && !flip_x && !flip_y; }
  friend bool operator==(const Turn&, const Turn&) = default;
};

/// Of a display matrix (nine numbers, as FFmpeg keeps them); another angle than a quarter is taken for the nearest.
Turn TurnOfMatrix(const std::int32_t* matrix);
/// Of EXIF's orientation, 1 to 8; none for any other number.
Turn TurnOfExif(int orientation);

/// `in` turned; `out` is written anew, or shares `in`'s pixels when there is nothing to do.
void ApplyTurn(const cv::Mat& in, const Turn& turn, cv::Mat& out);

}  // namespace framespool::video_file
