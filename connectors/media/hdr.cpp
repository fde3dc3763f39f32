#include "framespool/media/hdr.h"

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

namespace framespool::media {
namespace {

constexpr int kSteps = 4096;
constexpr double kWhite = 203;  // cd/m², ITU-R BT.2408
constexpr double kPeak = 1000 / kWhite;
constexpr double kKnee = 0.6;
constexpr double kPqPeak = 10000;

// ITU-R BT.2100
constexpr double kHlgGamma = 1.2;
constexpr double kHlgA = 0.17883277;
constexpr double kHlgB = 0.28466892;
constexpr double kHlgC = 0.55991073;

double SceneLightOfHlg(double number) {
  return number <= 0.5 ? number * number / 3 : (std::exp((number - kHlgC) / kHlgA) + kHlgB) / 12;
}

double Srgb(double light) { return light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055; }

float At(const std::vector<float>& table, float share) {
  const auto step = static_cast<int>(std::clamp(share, 0.0F, 1.0F) * (kSteps - 1) + 0.5F);
  return table[static_cast<std::size_t>(step)];
}

std::uint8_t Byte(float value) { return static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F)); }

const std::uint16_t* Row(const AVFrame& frame, int plane, int row) {
  return reinterpret_cast<const std::uint16_t*>(frame.data[plane] +
                                                static_cast<std::ptrdiff_t>(row) * frame.linesize[plane]);
}

}  // namespace

double HdrToSdr::Bend(double light) {
  if (light <= kKnee) return std::max(light, 0.0);
  const double over = std::min((light - kKnee) / (kPeak - kKnee), 1.0);
  const double slope = (kPeak - kKnee) / (1 - kKnee);  // as steep as below the knee
  return kKnee + (1 - kKnee) * slope * over / (1 + (slope - 1) * over);
}

double HdrToSdr::LightOfPq(double number) {
  constexpr double kM1 = 2610.0 / 16384;
  constexpr double kM2 = 2523.0 / 4096 * 128;
  constexpr double kC1 = 3424.0 / 4096;
  constexpr double kC2 = 2413.0 / 4096 * 32;
  constexpr double kC3 = 2392.0 / 4096 * 32;
  const double power = std::pow(std::clamp(number, 0.0, 1.0), 1 / kM2);
  return std::pow(std::max(power - kC1, 0.0) / (kC2 - kC3 * power), 1 / kM1) * kPqPeak / kWhite;
}

double HdrToSdr::LightOfHlg(double number) {
  return std::pow(SceneLightOfHlg(std::clamp(number, 0.0, 1.0)), kHlgGamma) * kPeak;
}

HdrToSdr::HdrToSdr() : pq_(kSteps), hlg_(kSteps), bend_(kSteps), srgb_(kSteps) {
  for (int i = 0; i < kSteps; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double share = static_cast<double>(i) / (kSteps - 1);
    pq_[at] = static_cast<float>(LightOfPq(share));
    hlg_[at] = static_cast<float>(SceneLightOfHlg(share));
    const double light = share * kPeak;
    bend_[at] = static_cast<float>(light > kKnee ? Bend(light) / light : 1);
    srgb_[at] = static_cast<float>(255 * Srgb(share * share));
  }
}

HdrToSdr::Light HdrToSdr::Shown(const Light& number, bool hlg, bool wide) const {
  const auto& table = hlg ? hlg_ : pq_;
  Light light{At(table, number.red), At(table, number.green), At(table, number.blue)};
  if (hlg) {
    const float scene = 0.2627F * light.red + 0.6780F * light.green + 0.0593F * light.blue;
    const float gain = scene > 0 ? std::pow(scene, static_cast<float>(kHlgGamma - 1)) * static_cast<float>(kPeak) : 0;
    light = {light.red * gain, light.green * gain, light.blue * gain};
  }
  if (wide) {
    light = {1.660491F * light.red - 0.587641F * light.green - 0.072850F * light.blue,
             -0.124550F * light.red + 1.132900F * light.green - 0.008349F * light.blue,
             -0.018151F * light.red - 0.100579F * light.green + 1.118730F * light.blue};
  }
  // One factor for all three keeps the hue.
  const float brightest = std::max({light.red, light.green, light.blue});
  const float gain =
      brightest > static_cast<float>(kPeak) ? 1 / brightest : At(bend_, brightest / static_cast<float>(kPeak));
  const auto shown = [&](float value) { return At(srgb_, std::sqrt(std::max(value * gain, 0.0F))); };
  return {shown(light.red), shown(light.green), shown(light.blue)};
}

void HdrToSdr::Convert(const AVFrame& frame, const ColourCode& code, PlaneBuffer& out) const {
  out.Resize(frame.width, frame.height);
  const bool hlg = frame.color_trc == AVCOL_TRC_ARIB_STD_B67;
  const bool wide = frame.color_primaries != AVCOL_PRI_BT709;
  // Without a word about it, such video is BT.2020.
  const bool bt709 = code.matrix == SWS_CS_ITU709;
  const float red = bt709 ? 0.2126F : 0.2627F;
  const float blue = bt709 ? 0.0722F : 0.0593F;
  const float green = 1 - red - blue;
  const float black = code.full_range ? 0 : 64;
  const float luma = 1 / (code.full_range ? 1023.0F : 876.0F);
  const float colour = 1 / (code.full_range ? 1023.0F : 896.0F);
  for (int top = 0; top < frame.height; top += 2) {
    const std::uint16_t* u_row = Row(frame, 1, top / 2);
    const std::uint16_t* v_row = Row(frame, 2, top / 2);
    const int rows = std::min(2, frame.height - top);
    for (int left = 0; left < frame.width; left += 2) {
      const float u = (static_cast<float>(u_row[left / 2]) - 512) * colour;
      const float v = (static_cast<float>(v_row[left / 2]) - 512) * colour;
      const float more_red = 2 * (1 - red) * v;
      const float more_blue = 2 * (1 - blue) * u;
      const float more_green = -(red * more_red + blue * more_blue) / green;
      Light sum{0, 0, 0};
      const int columns = std::min(2, frame.width - left);
      for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < columns; ++column) {
          const float y = (static_cast<float>(Row(frame, 0, top + row)[left + column]) - black) * luma;
          const Light rgb = Shown({y + more_red, y + more_green, y + more_blue}, hlg, wide);
          sum = {sum.red + rgb.red, sum.green + rgb.green, sum.blue + rgb.blue};
          out.data(0)[static_cast<std::ptrdiff_t>(top + row) * out.stride(0) + left + column] =
              Byte(0.299F * rgb.red + 0.587F * rgb.green + 0.114F * rgb.blue);
        }
      }
      const auto count = static_cast<float>(rows * columns);
      const float y = (0.299F * sum.red + 0.587F * sum.green + 0.114F * sum.blue) / count;
      out.data(1)[static_cast<std::ptrdiff_t>(top / 2) * out.stride(1) + left / 2] =
          Byte(128 + (sum.blue / count - y) / 1.772F);
      out.data(2)[static_cast<std::ptrdiff_t>(top / 2) * out.stride(2) + left / 2] =
          Byte(128 + (sum.red / count - y) / 1.402F);
    }
  }
}

}  // namespace framespool::media
