#pragma once

#include <memory>
#include <optional>

#include "colour.h"
#include "frame.h"
#include "hdr.h"
#include "image_encoder.h"
#include "scaler.h"
#include "upright.h"

struct AVFrame;
struct AVRational;

namespace framespool::video_file {

/// In pixels, as the picture stands upright.
struct PictureSize {
  int width = 0;
  int height = 0;
};

/// What is to be made of a decoded frame: the picture as it is meant to be seen. Its turn and the shape of its pixels
/// may differ from frame to frame.
struct Sight {
  Turn turn;
  double pixel_shape = 1;  // how wide a pixel is for its height
};

/// How large the picture of `frame` is made. Throws WrongSize where it would have more pixels than Decoder::kMostPixels
/// or a longer side than a JPEG may have, and where swscale does not scale that far.
PictureSize PictureSizeOf(const AVFrame& frame, const Sight& sight, const FrameOptions& options);

/// Makes an image file of a decoded frame: its colours as screens show them, upright, with square pixels, scaled.
/// Used by one thread.
class PictureMaker {
 public:
  explicit PictureMaker(const FrameOptions& options);
  ~PictureMaker();

  /// Throws WrongSize as PictureSizeOf() does, and std::runtime_error where it cannot be done.
  Frame Make(const AVFrame& frame, const Sight& sight);

 private:
  // `size` is of the picture before it is turned.
  Planes MakePlanes(const AVFrame& frame, const PictureSize& size);
  Frame MakeJpeg(const AVFrame& frame, const PictureSize& size, const Turn& turn);
  Frame MakePng(const AVFrame& frame, const PictureSize& size, const Turn& turn);

  const FrameOptions options_;
  std::optional<JpegEncoder> jpeg_;
  std::optional<PngEncoder> png_;
  std::optional<HdrToSdr> hdr_;
  Scaler scaler_;
  PlaneBuffer coloured_;
  PlaneBuffer turned_;
  Scaler to_bgr_;
};

}  // namespace framespool::video_file
