#pragma once

#include <string>
#include <string_view>

namespace framespool::log {

/// `text` with nothing in it that could end a line, move a terminal's cursor or turn the reading direction: control
/// characters (C0, DEL, C1), the separators and bidirectional controls of Unicode, and bytes that are no UTF-8 become
/// \n, \t, \x1b, \u202e and the like. All else stays as it is.
std::string Escaped(std::string_view text);

/// Whether all of its bytes are UTF-8.
bool IsUtf8(std::string_view text);

}  // namespace framespool::log
