#pragma once

#include <memory>
#include <optional>

#include "framespool/media/colour.h"
#include "framespool/media/hdr.h"
#include "framespool/media/image.h"
#include "framespool/media/image_encoder.h"
#include "framespool/media/scaler.h"
#include "framespool/media/turn.h"
#include "framespool/record.h"

struct AVFrame;

namespace framespool::media {

/// What is wanted of pictures.
struct PictureOptions {
  enum class Format { kJpeg, kPng };
  Format format = Format::kJpeg;
  int jpeg_quality = 80;
  int width = 0;  // in pixels, of the upright picture; 0: as wide as it is
};

/// A picture as a file of its own; sizes in pixels, as it stands upright.
struct EncodedPicture {
  Payload bytes;
  const char* content_type = "";
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
ImageSize PictureSizeOf(const AVFrame& frame, const Sight& sight, const PictureOptions& options);

/// Makes an image file of a decoded frame: its colours as screens show them, upright, with square pixels, scaled.
/// Used by one thread.
class PictureMaker {
 public:
  explicit PictureMaker(const PictureOptions& options);
  ~PictureMaker();

  /// Throws WrongSize as PictureSizeOf() does, and std::runtime_error where it cannot be done.
  EncodedPicture Make(const AVFrame& frame, const Sight& sight);

 private:
  // `size` is of the picture before it is turned.
  Planes MakePlanes(const AVFrame& frame, const ImageSize& size);
  EncodedPicture MakeJpeg(const AVFrame& frame, const ImageSize& size, const Turn& turn);
  EncodedPicture MakePng(const AVFrame& frame, const ImageSize& size, const Turn& turn);

  const PictureOptions options_;
  std::optional<JpegEncoder> jpeg_;
  std::optional<PngEncoder> png_;
  std::optional<HdrToSdr> hdr_;
  Scaler scaler_;
  PlaneBuffer coloured_;
  PlaneBuffer turned_;
  Scaler to_bgr_;
};

}  // namespace framespool::media
