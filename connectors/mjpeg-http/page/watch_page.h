#pragma once

#include <string>
#include <vector>

#include "http/http_message.h"

namespace framespool::mjpeg {

/// GET /watch: the player, one page without anything to load behind it. It runs no script but its own. Pages of its own
/// origin may have it in a frame, and those of `framers` (origins, or *).
Answer WatchPage(const std::vector<std::string>& framers);

/// The same for who comes by a viewer link: the stream that it opens, without what a link does not.
Answer LinkPage(const std::vector<std::string>& framers);

/// Put together from the parts in this folder by compose.cmake; NONCE stands where each answer has a number of its own.
extern const char* const kWatchPageText;
extern const char* const kLinkPageText;

}  // namespace framespool::mjpeg
