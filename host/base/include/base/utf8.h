#pragma once

#include <string_view>

namespace framespool::log {

/// Whether all of its bytes are UTF-8.
bool IsUtf8(std::string_view text);

}  // namespace framespool::log
