#pragma once

#include <optional>
#include <string>

namespace framespool::media {

/// "AVIF" or "HEIC" when `path` is a single picture in the boxes of an MP4, which FFmpeg may take for a video of one
/// frame; nothing for anything else, also for a sequence of such pictures. Reads the heads of its outermost boxes.
std::optional<std::string> StillPictureInBoxes(const std::string& path);

/// Whether `path` is a WebP of several pictures, of which FFmpeg takes none.
bool IsAnimatedWebp(const std::string& path);

}  // namespace framespool::media
