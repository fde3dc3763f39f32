#include "framespool/media/picture_maker.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "pixels_mat.h"

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
}

namespace framespool::media {
namespace {

constexpr int kMostSide = 65500;  // of a JPEG
// No camera has pixels beyond this; a damaged header may say so.
constexpr double kMostShape = 16;
// swscale scales no further.
constexpr double kMostLarger = 4096;
constexpr double kMostSmaller = 16384;
// A hair's breadth is not worth a pixel's blur.
constexpr double kLeastShape = 0.005;

bool IsRgb(int format) {
  const AVPixFmtDescriptor* facts = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
  return facts != nullptr && (facts->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
}

/// True when the first three planes are what a JPEG has.
bool HasJpegPlanes(const AVFrame& frame) {
  const int format = PlainFormat(frame.format);
  const bool fits = format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVA420P;
  return fits && frame.linesize[0] > 0 && frame.linesize[1] > 0 && frame.linesize[2] > 0;
}

Planes PlanesOf(const AVFrame& frame) {
  return {.data = {frame.data[0], frame.data[1], frame.data[2]},
          .stride = {frame.linesize[0], frame.linesize[1], frame.linesize[2]},
          .width = frame.width,
          .height = frame.height};
}

cv::Mat PlaneMat(const Planes& planes, int plane) {
  const auto at = static_cast<std::size_t>(plane);
  const int width = plane == 0 ? planes.width : (planes.width + 1) / 2;
  const int height = plane == 0 ? planes.height : (planes.height + 1) / 2;
  // cv::Mat has no read-only kind.
  return {height, width, CV_8UC1, const_cast<std::uint8_t*>(planes.data[at]),
          static_cast<std::size_t>(planes.stride[at])};
}

std::int64_t Rounded(double value) { return std::max<std::int64_t>(std::llround(value), 1); }

/// Before it is known whether a picture can be that large.
struct WantedSize {
  std::int64_t width;
  std::int64_t height;
  bool fits() const { return width <= kMostSide && height <= kMostSide && width * height <= Decoder::kMostPixels; }
  std::string Text() const { return std::to_string(width) + "x" + std::to_string(height); }
};

/// Of a picture whose own size is `width` by `height`, made `wanted` wide; 0 leaves it.
WantedSize Scaled(double width, double height, int wanted) {
  if (wanted <= 0) return {.width = Rounded(width), .height = Rounded(height)};
  return {.width = wanted, .height = Rounded(height * wanted / width)};
}

std::string Advice(double width, double height) {
  const double most_pixels = std::sqrt(static_cast<double>(Decoder::kMostPixels) * width / height);
  const double most_rows = kMostSide * width / height;
  const double ceiling = std::ceil(std::min({most_pixels, most_rows, kMostLarger * width}));
  auto most = static_cast<int>(std::clamp(ceiling, 1.0, double{kMostSide}));
  while (most > 1 && !Scaled(width, height, most).fits()) --most;
  if (!Scaled(width, height, most).fits()) return "scale the file itself, for instance with ffmpeg -vf scale";
  return "set it to at most " + std::to_string(most) +
         (Scaled(width, height, 0).fits() ? ", or to 0 to leave the picture as it is" : "");
}

}  // namespace

ImageSize PictureSizeOf(const AVFrame& frame, const Sight& sight, const PictureOptions& options) {
  double width = frame.width;
  double height = frame.height;
  const double shape = sight.pixel_shape;
  if (shape > 1 / kMostShape && shape < kMostShape && std::abs(shape - 1) > kLeastShape) {
    width = static_cast<double>(Rounded(width * shape));
  }
  if (sight.turn.transpose) std::swap(width, height);
  const WantedSize size = Scaled(width, height, options.width);
  const auto made = static_cast<double>(size.width);
  const auto found = [&] {
    return "but " + std::to_string(options.width) + " makes " + size.Text() + " of this video's " +
           Scaled(width, height, 0).Text() + "; ";
  };
  if (!size.fits() || made > width * kMostLarger) {
    throw WrongSize("must make a picture of at most " + std::to_string(Decoder::kMostPixels) + " pixels, " +
                    std::to_string(kMostSide) + " a side and " + std::to_string(std::lround(kMostLarger)) +
                    " times the video's width, " + found() + Advice(width, height));
  }
  if (made * kMostSmaller < width) {
    throw WrongSize("must be at least a " + std::to_string(std::lround(kMostSmaller)) + "th of the video's width, " +
                    found() + "set it to at least " + std::to_string(std::lround(std::ceil(width / kMostSmaller))) +
                    ", or to 0 to leave the picture as it is");
  }
  return {.width = static_cast<int>(size.width), .height = static_cast<int>(size.height)};
}

PictureMaker::PictureMaker(const PictureOptions& options) : options_(options) {
  if (options_.format == PictureOptions::Format::kPng) {
    png_.emplace();
  } else {
    jpeg_.emplace(options_.jpeg_quality);
  }
}

PictureMaker::~PictureMaker() = default;

EncodedPicture PictureMaker::Make(const AVFrame& frame, const Sight& sight) {
  ImageSize size = PictureSizeOf(frame, sight, options_);
  if (sight.turn.transpose) std::swap(size.width, size.height);
  return png_ ? MakePng(frame, size, sight.turn) : MakeJpeg(frame, size, sight.turn);
}

Planes PictureMaker::MakePlanes(const AVFrame& frame, const ImageSize& size) {
  ColourCode code = ColourCodeOf(frame);
  if (IsHighDynamicRange(frame) && !IsRgb(frame.format)) {
    if (!hdr_) hdr_.emplace();
    const AVFrame& scaled = scaler_.Convert(
        frame, code, {.width = size.width, .height = size.height, .format = AV_PIX_FMT_YUV420P10LE, .code = code});
    FramePtr described(av_frame_clone(&scaled));
    if (!described) throw std::bad_alloc();
    described->color_trc = frame.color_trc;
    described->color_primaries = frame.color_primaries;
    hdr_->Convert(*described, code, coloured_);
    return coloured_.planes();
  }
  const bool odd = frame.width % 2 != 0 || size.width % 2 != 0 || size.height % 2 != 0;
  if (odd && IsRgb(frame.format)) {
    const AVFrame& scaled = scaler_.Convert(
        frame, code, {.width = size.width, .height = size.height, .format = AV_PIX_FMT_YUV444P, .code = kJpegCode});
    HalveColour(PlanesOf(scaled), coloured_);
    return coloured_.planes();
  }
  Planes planes;
  if (HasJpegPlanes(frame) && size.width == frame.width && size.height == frame.height) {
    planes = PlanesOf(frame);
  } else {
    // From RGB to a JPEG's colours; from YUV the colours stay, as swscale would change them over RGB.
    const ColourCode target = IsRgb(frame.format) ? kJpegCode : code;
    const AVFrame& scaled = scaler_.Convert(
        frame, code, {.width = size.width, .height = size.height, .format = AV_PIX_FMT_YUV420P, .code = target});
    planes = PlanesOf(scaled);
    code = target;
  }
  if (code == kJpegCode) return planes;
  ToJpegColours(planes, code, coloured_);
  return coloured_.planes();
}

EncodedPicture PictureMaker::MakeJpeg(const AVFrame& frame, const ImageSize& size, const Turn& turn) {
  Planes planes = MakePlanes(frame, size);
  if (!turn.none()) {
    turned_.Resize(turn.transpose ? planes.height : planes.width, turn.transpose ? planes.width : planes.height);
    const Planes upright = turned_.planes();
    for (int plane = 0; plane < 3; ++plane) {
      cv::Mat out = PlaneMat(upright, plane);
      ApplyTurn(PlaneMat(planes, plane), turn, out);
    }
    planes = upright;
  }
  return {.bytes = jpeg_->Encode(planes), .content_type = "image/jpeg", .width = planes.width, .height = planes.height};
}

EncodedPicture PictureMaker::MakePng(const AVFrame& frame, const ImageSize& size, const Turn& turn) {
  const Scaler::Target target{
      .width = size.width, .height = size.height, .format = AV_PIX_FMT_BGR24, .code = kJpegCode};
  const AVFrame* bgr = nullptr;
  if (IsHighDynamicRange(frame) && !IsRgb(frame.format)) {
    const Planes planes = MakePlanes(frame, size);
    FramePtr shown = NewFrame();
    shown->format = AV_PIX_FMT_YUV420P;
    shown->width = planes.width;
    shown->height = planes.height;
    if (av_frame_get_buffer(shown.get(), 0) < 0) throw std::bad_alloc();
    for (int plane = 0; plane < 3; ++plane) {
      const cv::Mat from = PlaneMat(planes, plane);
      cv::Mat to(from.rows, from.cols, CV_8UC1, shown->data[plane], static_cast<std::size_t>(shown->linesize[plane]));
      from.copyTo(to);
    }
    bgr = &to_bgr_.Convert(*shown, kJpegCode, target);
  } else {
    bgr = &to_bgr_.Convert(frame, ColourCodeOf(frame), target);
  }
  const cv::Mat lying(bgr->height, bgr->width, CV_8UC3, bgr->data[0], static_cast<std::size_t>(bgr->linesize[0]));
  cv::Mat picture;
  ApplyTurn(lying, turn, picture);
  return {.bytes = png_->Encode(PixelsOf(picture)),
          .content_type = "image/png",
          .width = picture.cols,
          .height = picture.rows};
}

}  // namespace framespool::media
