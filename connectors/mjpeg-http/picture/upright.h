#pragma once

#include <optional>

#include "picture/exif.h"
#include "picture/image_file.h"

namespace framespool::mjpeg {

/// `pixels`, stored as `orientation` says, as they are looked at.
Pixels Upright(Pixels pixels, Orientation orientation);
/// A JPEG that says that it has to be turned, turned, and saying nothing: for what does not look at EXIF. Lossless
/// where its size allows that. Nothing when it is upright as it is, no JPEG, or broken. Any thread.
std::optional<Payload> UprightJpeg(const Payload& image);

}  // namespace framespool::mjpeg
