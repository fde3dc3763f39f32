#include "earlier_check.h"

#include <array>
#include <opencv2/core.hpp>
#include <span>

#include "framespool/media/scaler.h"

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

namespace framespool::video_file {
namespace {

// Every eighth row says enough of a picture to know it again; earlier releases took every fourth.
constexpr int kDigestRows = 8;
constexpr int kEarlierDigestRows = 4;

std::string BgrCheck(const cv::Mat& picture) {
  Digest digest;
  for (int row = 0; row < picture.rows; row += kEarlierDigestRows) {
    digest.Add(std::as_bytes(std::span(picture.ptr(row), static_cast<std::size_t>(picture.cols) * picture.elemSize())));
  }
  return digest.Text("bgr");
}

}  // namespace

std::string CheckOf(const AVFrame& frame) {
  Digest digest;
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor* facts = av_pix_fmt_desc_get(format);
  const int planes = av_pix_fmt_count_planes(format);
  for (int plane = 0; plane < planes; ++plane) {
    const bool palette = facts != nullptr && (facts->flags & AV_PIX_FMT_FLAG_PAL) != 0 && plane == 1;
    const int bytes = palette ? 1024 : av_image_get_linesize(format, frame.width, plane);
    const bool colour = plane == 1 || plane == 2;
    const int rows = palette                      ? 1
                     : colour && facts != nullptr ? AV_CEIL_RSHIFT(frame.height, facts->log2_chroma_h)
                                                  : frame.height;
    if (bytes <= 0 || frame.data[plane] == nullptr) continue;
    for (int row = 0; row < rows; row += kDigestRows) {
      const std::uint8_t* start = frame.data[plane] + static_cast<std::ptrdiff_t>(row) * frame.linesize[plane];
      digest.Add(std::as_bytes(std::span(start, static_cast<std::size_t>(bytes))));
    }
  }
  return digest.Text("frame");
}

bool IsEarlierCheckOf(const AVFrame& frame, const std::string& check, bool turned) {
  media::Scaler scaler;
  // Whatever the file says of its colours, it was taken for BT.601, and for limited range but in the old yuvj formats.
  media::ColourCode code;
  code.full_range = media::PlainFormat(frame.format) != frame.format;
  const AVFrame& bgr = scaler.Convert(
      frame, code,
      {.width = frame.width, .height = frame.height, .format = AV_PIX_FMT_BGR24, .code = media::kJpegCode});
  const cv::Mat lying(bgr.height, bgr.width, CV_8UC3, bgr.data[0], static_cast<std::size_t>(bgr.linesize[0]));
  if (BgrCheck(lying) == check) return true;
  if (!turned) return false;
  for (const int turn : {cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE}) {
    cv::Mat picture;
    cv::rotate(lying, picture, turn);
    if (BgrCheck(picture) == check) return true;
  }
  return false;
}

}  // namespace framespool::video_file
