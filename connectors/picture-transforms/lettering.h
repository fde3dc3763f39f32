#pragma once

#include <opencv2/core/mat.hpp>
#include <string>
#include <vector>

#include "colour.h"

namespace framespool::picture_transforms {

/// Lines of text as they fit into a picture, in OpenCV's own font.
class Lettering {
 public:
  /// `height` of a capital letter in pixels; less where a line would be wider than a picture of size `room`, or all
  /// lines higher.
  Lettering(const std::string& text, int height, const cv::Size& room);

  /// There is nothing to draw: no text, or no room.
  bool empty() const noexcept { return lines_.empty(); }
  /// `across` and `down`: 0 at the left and the top, 1 in the middle, 2 at the right and the bottom.
  void Draw(cv::Mat& pixels, int across, int down, const Colour& colour, const Colour& background) const;

 private:
  std::vector<std::string> lines_;
  double scale_ = 0;
  int thickness_ = 1;
  int step_ = 0;     // from line to line
  int padding_ = 0;  // around the text, and from the box to the picture's edge
  cv::Size box_;
};

}  // namespace framespool::picture_transforms
