#include "framespool/media/turn.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <opencv2/core.hpp>

#include "exif.h"
#include "pixels_mat.h"

namespace framespool::media {

Turn TurnOfMatrix(const std::int32_t* matrix) {
  // x' = a x + c y, y' = b x + d y
  const std::int64_t a = matrix[0];
  const std::int64_t b = matrix[1];
  const std::int64_t c = matrix[3];
  const std::int64_t d = matrix[4];
  if (std::abs(a) + std::abs(d) >= std::abs(b) + std::abs(c)) {
    return {.transpose = false, .flip_x = a < 0, .flip_y = d < 0};
  }
  return {.transpose = true, .flip_x = c < 0, .flip_y = b < 0};
}

namespace {

// By EXIF's orientation, from 1 on.
constexpr std::array<Turn, 8> kTurns = {Turn{false, false, false}, Turn{false, true, false}, Turn{false, true, true},
                                        Turn{false, false, true},  Turn{true, false, false}, Turn{true, true, false},
                                        Turn{true, true, true},    Turn{true, false, true}};

}  // namespace

Turn TurnOfExif(int orientation) {
  return orientation >= 1 && orientation <= 8 ? kTurns[static_cast<std::size_t>(orientation - 1)] : Turn{};
}

int ExifOf(const Turn& turn) {
  return static_cast<int>(std::find(kTurns.begin(), kTurns.end(), turn) - kTurns.begin()) + 1;
}

Turn TurnOfImage(std::span<const std::byte> image) { return TurnOfExif(ExifOrientation(image)); }

void ApplyTurn(const cv::Mat& in, const Turn& turn, cv::Mat& out) {
  if (turn.none()) {
    out = in;
    return;
  }
  cv::Mat lying = in;
  if (turn.transpose) {
    cv::transpose(in, out);
    lying = out;
  }
  if (!turn.flip_x && !turn.flip_y) return;
  const int axis = turn.flip_x && turn.flip_y ? -1 : turn.flip_x ? 1 : 0;
  cv::flip(lying, out, axis);
}

}  // namespace framespool::media
