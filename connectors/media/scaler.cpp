#include "framespool/media/scaler.h"

#include <string>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

namespace framespool::media {
namespace {

NoVideo CannotConvert(int format) {
  const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(format));
  return NoVideo(std::string("must hold pictures that FFmpeg can convert, but their pixel format is ") +
                 (name != nullptr ? name : "unknown") +
                 "; convert the file, for instance: ffmpeg -i IN -pix_fmt yuv420p OUT.mp4");
}

}  // namespace

void Scaler::FreeContext::operator()(SwsContext* context) const { sws_freeContext(context); }

int PlainFormat(int format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ411P: return AV_PIX_FMT_YUV411P;
    case AV_PIX_FMT_YUVJ420P: return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ440P: return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ444P: return AV_PIX_FMT_YUV444P;
    default: return format;
  }
}

void RequireConvertible(int format) {
  if (sws_isSupportedInput(static_cast<AVPixelFormat>(PlainFormat(format))) == 0) throw CannotConvert(format);
}

void Scaler::Prepare(const Kind& kind) {
  kind_ = {};
  const auto in = static_cast<AVPixelFormat>(PlainFormat(kind.format));
  const auto out = static_cast<AVPixelFormat>(kind.target.format);
  RequireConvertible(kind.format);
  const bool smaller = kind.target.width < kind.width || kind.target.height < kind.height;
  int flags = smaller ? SWS_AREA : SWS_BICUBIC;
  // Without this its short cut from RGB to YUV knows limited range only.
  const AVPixFmtDescriptor* facts = av_pix_fmt_desc_get(in);
  if (facts != nullptr && (facts->flags & AV_PIX_FMT_FLAG_RGB) != 0) flags |= SWS_ACCURATE_RND;
  // Without this it takes colour from pairs of pixels, the last of which is half beyond an odd row.
  if (kind.width % 2 != 0) flags |= SWS_FULL_CHR_H_INP;
  context_.reset(sws_getContext(kind.width, kind.height, in, kind.target.width, kind.target.height, out, flags, nullptr,
                                nullptr, nullptr));
  if (!context_) {
    const auto size = [](int width, int height) { return std::to_string(width) + "x" + std::to_string(height); };
    throw WrongSize("must be nearer to the video's own, but FFmpeg cannot scale a picture of " +
                    size(kind.width, kind.height) + " to " + size(kind.target.width, kind.target.height) +
                    "; set it nearer to that, or to 0");
  }
  constexpr int kOne = 1 << 16;
  // It says no for what has no colour code, such as RGB on both sides.
  sws_setColorspaceDetails(context_.get(), sws_getCoefficients(kind.code.matrix), kind.code.full_range ? 1 : 0,
                           sws_getCoefficients(kind.target.code.matrix), kind.target.code.full_range ? 1 : 0, 0, kOne,
                           kOne);
  out_ = NewFrame();
  out_->format = kind.target.format;
  out_->width = kind.target.width;
  out_->height = kind.target.height;
  if (av_frame_get_buffer(out_.get(), 0) < 0) throw std::bad_alloc();
  kind_ = kind;
}

const AVFrame& Scaler::Convert(const AVFrame& frame, const ColourCode& code, const Target& target) {
  const Kind kind{.width = frame.width, .height = frame.height, .format = frame.format, .code = code, .target = target};
  if (!(kind == kind_)) Prepare(kind);
  const int rows = sws_scale(context_.get(), frame.data, frame.linesize, 0, frame.height, out_->data, out_->linesize);
  if (rows <= 0) {
    kind_ = {};
    throw CannotConvert(frame.format);
  }
  return *out_;
}

}  // namespace framespool::media
