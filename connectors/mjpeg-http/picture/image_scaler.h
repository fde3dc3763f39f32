#pragma once

#include <optional>

#include "framespool/record.h"

namespace framespool::mjpeg {

/// `image` (JPEG, PNG or WebP) as a JPEG of exactly `width` pixels, its shape kept. Nothing when it is no wider than
/// that already (never larger than it was), when it cannot be decoded, or when it has over 100 megapixels. Takes
/// milliseconds; any thread.
std::optional<Payload> ScaleImage(const Payload& image, int width);

}  // namespace framespool::mjpeg
