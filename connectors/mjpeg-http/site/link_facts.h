#pragma once

#include <string>

#include "framespool/access.h"
#include "http/http_message.h"

namespace framespool::mjpeg {

/// GET /link: what the link of the request opens of `connector`, for the page that shows it, and until when. JSON:
/// {"connector", "from", "to", "expires"} with times in RFC 3339, null where nothing is bounded, "fps" and "has_clip".
Answer LinkAnswer(const ViewerLink& link, const std::string& connector);

}  // namespace framespool::mjpeg
