#pragma once

#include <string>

#include "digest.h"
#include "framespool/media/colour.h"

struct AVFrame;

namespace framespool::video_file {

/// The digest of a decoded frame, of every eighth row of each plane.
std::string CheckOf(const AVFrame& frame);

/// True when `check`, which begins with "bgr:", is of this frame: that of releases which read frames with OpenCV. It is
/// of the picture as BGR; of a file whose pictures are `turned`, as OpenCV turned them.
bool IsEarlierCheckOf(const AVFrame& frame, const std::string& check, bool turned);

}  // namespace framespool::video_file
