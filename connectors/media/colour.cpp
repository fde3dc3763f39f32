#include "framespool/media/colour.h"

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavutil/frame.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

// The loops below run twice as fast on the wider registers that most machines have.
#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__)
#define FRAMESPOOL_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define FRAMESPOOL_WIDE
#endif

namespace framespool::media {
namespace {

constexpr int kShift = 13;
constexpr int kHalf = 1 << (kShift - 1);

/// The shares of red and blue in luma.
struct Luma {
  double red;
  double blue;
};

Luma LumaOf(int matrix) {
  switch (matrix) {
    case SWS_CS_ITU709: return {0.2126, 0.0722};
    case SWS_CS_FCC: return {0.30, 0.11};
    case SWS_CS_SMPTE240M: return {0.212, 0.087};
    case SWS_CS_BT2020: return {0.2627, 0.0593};
    default: return {0.299, 0.114};
  }
}

/// y' = y_gain (y - black) + y_u u + y_v v; u' = u_u u + u_v v; v' = v_u u + v_v v, with u and v around 0. Grey stays
/// grey, so luma has no part in colour.
struct Change {
  std::int16_t y_gain, y_u, y_v, u_u, u_v, v_u, v_v;
  int black;
};

Change ChangeFrom(const ColourCode& code) {
  const Luma from = LumaOf(code.matrix);
  const Luma to = LumaOf(kJpegCode.matrix);
  const double luma = code.full_range ? 1 : 255.0 / 219;
  const double colour = code.full_range ? 1 : 255.0 / 224;
  const double to_green = 1 - to.red - to.blue;
  const double from_green = 1 - from.red - from.blue;
  // red = y + r_v v, blue = y + b_u u, green = y + g_u u + g_v v
  const double r_v = 2 * (1 - from.red);
  const double b_u = 2 * (1 - from.blue);
  const double g_u = -from.blue * b_u / from_green;
  const double g_v = -from.red * r_v / from_green;
  const double y_u = to.blue * b_u + to_green * g_u;
  const double y_v = to.red * r_v + to_green * g_v;
  const double blue_difference = 2 * (1 - to.blue);
  const double red_difference = 2 * (1 - to.red);
  const auto fixed = [](double value) { return static_cast<std::int16_t>(std::lround(value * (1 << kShift))); };
  return {.y_gain = fixed(luma),
          .y_u = fixed(y_u * colour),
          .y_v = fixed(y_v * colour),
          .u_u = fixed((b_u - y_u) / blue_difference * colour),
          .u_v = fixed(-y_v / blue_difference * colour),
          .v_u = fixed(-y_u / red_difference * colour),
          .v_v = fixed((r_v - y_v) / red_difference * colour),
          .black = code.full_range ? 0 : 16};
}

std::uint8_t Clip(int value) { return static_cast<std::uint8_t>(std::clamp(value, 0, 255)); }

FRAMESPOOL_WIDE void ChangeColourRow(const std::uint8_t* u, const std::uint8_t* v, int width, Change change,
                                     std::uint8_t* u_out, std::uint8_t* v_out) {
  for (int x = 0; x < width; ++x) {
    const auto a = static_cast<std::int16_t>(u[x] - 128);
    const auto b = static_cast<std::int16_t>(v[x] - 128);
    u_out[x] = Clip(128 + ((a * change.u_u + b * change.u_v + kHalf) >> kShift));
    v_out[x] = Clip(128 + ((a * change.v_u + b * change.v_v + kHalf) >> kShift));
  }
}

FRAMESPOOL_WIDE void ChangeLumaRow(const std::uint8_t* y, int width, Change change, std::uint8_t* out) {
  for (int x = 0; x < width; ++x) {
    const auto above = static_cast<std::int16_t>(y[x] - change.black);
    out[x] = Clip((above * change.y_gain + kHalf) >> kShift);
  }
}

/// What colour adds to the luma of both pixels it stands for.
FRAMESPOOL_WIDE void LumaOfColourRow(const std::uint8_t* u, const std::uint8_t* v, int width, Change change,
                                     std::int16_t* out) {
  for (int x = 0; x < width; ++x) {
    const auto a = static_cast<std::int16_t>(u[x] - 128);
    const auto b = static_cast<std::int16_t>(v[x] - 128);
    const auto more = static_cast<std::int16_t>((a * change.y_u + b * change.y_v + kHalf) >> kShift);
    out[2 * x] = more;
    out[2 * x + 1] = more;
  }
}

FRAMESPOOL_WIDE void AddRow(const std::int16_t* more, int width, std::uint8_t* out) {
  for (int x = 0; x < width; ++x) out[x] = Clip(out[x] + more[x]);
}

}  // namespace

ColourCode ColourCodeOf(const AVFrame& frame) {
  ColourCode code;
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709: code.matrix = SWS_CS_ITU709; break;
    case AVCOL_SPC_FCC: code.matrix = SWS_CS_FCC; break;
    case AVCOL_SPC_SMPTE240M: code.matrix = SWS_CS_SMPTE240M; break;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL: code.matrix = SWS_CS_BT2020; break;
    default: code.matrix = SWS_CS_ITU601; break;
  }
  switch (frame.format) {
    case AV_PIX_FMT_YUVJ411P:
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ444P: code.full_range = true; break;
    default: code.full_range = frame.color_range == AVCOL_RANGE_JPEG; break;
  }
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (format != nullptr && format->nb_components < 3 && frame.color_range != AVCOL_RANGE_MPEG) code.full_range = true;
  return code;
}

bool IsHighDynamicRange(const AVFrame& frame) {
  return frame.color_trc == AVCOL_TRC_SMPTE2084 || frame.color_trc == AVCOL_TRC_ARIB_STD_B67;
}

void PlaneBuffer::Resize(int width, int height) {
  if (width == width_ && height == height_) return;
  // Even rows, so that a pair of pixels can be written at once.
  const int luma_stride = (width + 1) / 2 * 2;
  stride_ = {luma_stride, luma_stride / 2, luma_stride / 2};
  const auto luma = static_cast<std::size_t>(luma_stride) * static_cast<std::size_t>(height);
  const auto colour = static_cast<std::size_t>(luma_stride / 2) * static_cast<std::size_t>((height + 1) / 2);
  start_ = {0, luma, luma + colour};
  bytes_.resize(luma + 2 * colour);
  width_ = width;
  height_ = height;
}

Planes PlaneBuffer::planes() const noexcept {
  return {.data = {bytes_.data() + start_[0], bytes_.data() + start_[1], bytes_.data() + start_[2]},
          .stride = stride_,
          .width = width_,
          .height = height_};
}

void HalveColour(const Planes& in, PlaneBuffer& out) {
  out.Resize(in.width, in.height);
  for (int row = 0; row < in.height; ++row) {
    std::copy_n(in.data[0] + static_cast<std::ptrdiff_t>(row) * in.stride[0], in.width,
                out.data(0) + static_cast<std::ptrdiff_t>(row) * out.stride(0));
  }
  for (int plane = 1; plane < 3; ++plane) {
    const int stride = in.stride[static_cast<std::size_t>(plane)];
    for (int y = 0; y < in.height; y += 2) {
      const std::uint8_t* above = in.data[static_cast<std::size_t>(plane)] + static_cast<std::ptrdiff_t>(y) * stride;
      const std::uint8_t* below = y + 1 < in.height ? above + stride : above;
      std::uint8_t* to = out.data(plane) + static_cast<std::ptrdiff_t>(y / 2) * out.stride(plane);
      for (int x = 0; x < in.width; x += 2) {
        const int next = std::min(x + 1, in.width - 1);
        to[x / 2] = static_cast<std::uint8_t>((above[x] + above[next] + below[x] + below[next] + 2) / 4);
      }
    }
  }
}

void ToJpegColours(const Planes& in, const ColourCode& code, PlaneBuffer& out) {
  out.Resize(in.width, in.height);
  const Change change = ChangeFrom(code);
  const int colour_width = (in.width + 1) / 2;
  const bool luma_has_colour = change.y_u != 0 || change.y_v != 0;
  std::vector<std::int16_t> more(luma_has_colour ? static_cast<std::size_t>(colour_width) * 2 : 0);
  for (int pair = 0; pair < (in.height + 1) / 2; ++pair) {
    const std::uint8_t* u = in.data[1] + static_cast<std::ptrdiff_t>(pair) * in.stride[1];
    const std::uint8_t* v = in.data[2] + static_cast<std::ptrdiff_t>(pair) * in.stride[2];
    ChangeColourRow(u, v, colour_width, change, out.data(1) + static_cast<std::ptrdiff_t>(pair) * out.stride(1),
                    out.data(2) + static_cast<std::ptrdiff_t>(pair) * out.stride(2));
    if (luma_has_colour) LumaOfColourRow(u, v, colour_width, change, more.data());
    for (int row = pair * 2; row < std::min(pair * 2 + 2, in.height); ++row) {
      std::uint8_t* to = out.data(0) + static_cast<std::ptrdiff_t>(row) * out.stride(0);
      ChangeLumaRow(in.data[0] + static_cast<std::ptrdiff_t>(row) * in.stride[0], in.width, change, to);
      if (luma_has_colour) AddRow(more.data(), in.width, to);
    }
  }
}

}  // namespace framespool::media
