#pragma once

#include <string>
#include <string_view>

#include "framespool/access.h"
#include "http/http_message.h"

namespace framespool::mjpeg {

/// Leaves of `request`, for `page` of `connector`, which shows `topic`, what its viewer link opens: the live stream, or
/// its span of records; at its rate at most. What is neither asked for nor refused is chosen so. Why the link opens
/// nothing of what is asked for, for people; empty when it does.
std::string Confine(Request& request, std::string_view page, const ViewerLink& link, const std::string& connector,
                    const std::string& topic, Timestamp now);

/// Whether a record of `time` may be shown by `link`, which may be null: then all may.
bool Opens(const ViewerLink* link, Timestamp time);

}  // namespace framespool::mjpeg
