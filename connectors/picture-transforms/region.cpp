#include "region.h"

#include <array>
#include <cmath>
#include <cstdint>

#include <framespool/config_value.h>

namespace framespool::picture_transforms {
namespace {

/// Where something ends that begins at `from`: shares side by side leave no gap.
int End(const Length& from, const Length& length, int side) {
  if (from.is_share && length.is_share) return Length{from.value + length.value, true}.Of(side);
  return from.Of(side) + length.Of(side);
}

}  // namespace

std::optional<Length> Length::Read(std::string_view text) {
  constexpr std::int32_t kMostPixels = 65535;
  text = Trim(text);
  Length length;
  if (text.ends_with('%')) {
    length.is_share = true;
    const bool read = ParseValue(Trim(text.substr(0, text.size() - 1)), length.value);
    return read && length.value >= 0 && length.value <= 100 ? std::optional(length) : std::nullopt;
  }
  std::int32_t pixels = 0;
  if (!ParseValue(text, pixels) || pixels < 0 || pixels > kMostPixels) return std::nullopt;
  length.value = pixels;
  return length;
}

int Length::Of(int side) const { return static_cast<int>(std::lround(is_share ? value * side / 100 : value)); }

std::optional<Region> Region::Read(std::string_view text) {
  std::array<Length, 4> lengths;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const bool last = i + 1 == lengths.size();
    const std::size_t colon = text.find(':');
    if ((colon == std::string_view::npos) != last) return std::nullopt;
    const auto length = Length::Read(text.substr(0, colon));
    if (!length) return std::nullopt;
    lengths[i] = *length;
    if (!last) text.remove_prefix(colon + 1);
  }
  if (lengths[2].value == 0 || lengths[3].value == 0) return std::nullopt;
  return Region{lengths[0], lengths[1], lengths[2], lengths[3]};
}

cv::Rect Region::In(const cv::Size& size) const {
  const cv::Point from(x.Of(size.width), y.Of(size.height));
  const cv::Point to(End(x, width, size.width), End(y, height, size.height));
  return cv::Rect(from, to) & cv::Rect(cv::Point(), size);
}

}  // namespace framespool::picture_transforms
