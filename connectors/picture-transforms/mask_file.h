#pragma once

#include <opencv2/core/mat.hpp>
#include <string>

namespace framespool::picture_transforms {

/// The picture in a file, as brightness (CV_8UC1): what is bright is watched. Throws ConfigError whose problem names
/// the key `mask` when there is none, or none of it is bright. May wait for I/O.
cv::Mat ReadMask(const std::string& path);

}  // namespace framespool::picture_transforms
