#pragma once

#include "http/http_message.h"

namespace framespool::mjpeg {

/// GET /watch: the player, one page without anything to load behind it.
Answer WatchPage();

}  // namespace framespool::mjpeg
