#pragma once

#include <opencv2/core/types.hpp>
#include <optional>
#include <string_view>

namespace framespool::picture_transforms {

/// A colour, and how much of what is below shows through.
struct Colour {
  int red = 0, green = 0, blue = 0;
  double opacity = 1;  // 0: nothing is drawn

  /// "#rrggbb", "#rrggbbaa" (aa: 00 is transparent), "none", or one of some names; nothing for any other text.
  static std::optional<Colour> Read(std::string_view text);
  bool is_gray() const noexcept { return red == green && green == blue; }
  /// For an image of one channel (of a gray) or three.
  cv::Scalar For(int channels) const;
};

/// What Colour::Read() wants, for sentences.
inline constexpr const char* kAColour =
    "#rrggbb, #rrggbbaa, none, black, white, gray, red, green, blue, yellow, cyan or magenta";

}  // namespace framespool::picture_transforms
