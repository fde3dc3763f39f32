#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "framespool/media/image_encoder.h"

struct AVFrame;

namespace framespool::media {

/// How a frame's numbers mean colours, as far as swscale and a JPEG tell them apart.
struct ColourCode {
  int matrix = 5;           // one of swscale's SWS_CS_…; what a file does not say is BT.601, as FFmpeg takes it
  bool full_range = false;  // false: black is 16 and white 235
  friend bool operator==(const ColourCode&, const ColourCode&) = default;
};

/// A JPEG's own.
inline constexpr ColourCode kJpegCode{.matrix = 5, .full_range = true};

ColourCode ColourCodeOf(const AVFrame& frame);
/// True for PQ and HLG, whose numbers are light beyond white.
bool IsHighDynamicRange(const AVFrame& frame);

/// Bytes for planes of one size, kept between pictures.
class PlaneBuffer {
 public:
  /// Room for a picture of that size.
  void Resize(int width, int height);
  std::uint8_t* data(int plane) noexcept { return bytes_.data() + start_[static_cast<std::size_t>(plane)]; }
  int stride(int plane) const noexcept { return stride_[static_cast<std::size_t>(plane)]; }
  Planes planes() const noexcept;

 private:
  std::vector<std::uint8_t> bytes_;
  std::array<std::size_t, 3> start_{};
  std::array<int, 3> stride_{};
  int width_ = 0;
  int height_ = 0;
};

/// Writes `in`, whose colour is as wide and high as its luma, as a JPEG's planes into `out`. Of odd sizes, where
/// swscale takes the last colour from what stands behind the row.
void HalveColour(const Planes& in, PlaneBuffer& out);

/// Writes `in`, of 8 bits and coded as `code`, as a JPEG's planes into `out`. Linear in the samples there are: swscale
/// would go over RGB when the matrix differs, at several times the cost.
void ToJpegColours(const Planes& in, const ColourCode& code, PlaneBuffer& out);

}  // namespace framespool::media
