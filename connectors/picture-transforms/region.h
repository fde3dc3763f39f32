#pragma once

#include <opencv2/core/types.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace framespool::picture_transforms {

/// A place or a length in a picture, as a config says it: pixels ("120"), or a share of its side ("12.5%").
struct Length {
  double value = 0;
  bool is_share = false;

  /// Nothing for any other text, for more than 65535 pixels and for more than 100%.
  static std::optional<Length> Read(std::string_view text);
  int Of(int side) const;
};

/// What Length::Read() wants, for sentences.
inline constexpr const char* kALength = "a whole number of pixels from 0 to 65535 or a share from 0% to 100%";

/// A rectangle of a picture.
struct Region {
  Length x, y, width, height;

  /// "x:y:width:height"; nothing for any other text, and for one without width or height.
  static std::optional<Region> Read(std::string_view text);
  /// As far as it lies in a picture of that size; empty when it does not.
  cv::Rect In(const cv::Size& size) const;
};

}  // namespace framespool::picture_transforms
