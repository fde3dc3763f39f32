#pragma once

#include <string>
#include <string_view>

namespace framespool::media {

/// A line of libav's log without what nobody may read: the user and password of each URL in it (scheme://user:pass@),
/// and all behind "Authorization:". Any thread.
std::string Scrubbed(std::string_view line);

}  // namespace framespool::media
