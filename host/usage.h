#pragma once

#include <ostream>
#include <span>
#include <string_view>

namespace framespool {

/// What there is to say of `command`; of the whole program where there is no such command, as for "--help".
void PrintUsage(std::ostream& out, std::string_view command);

/// Whether the words behind `framespool` ask for that: "--help", "-h" or "help", also behind a command, in front of
/// "--".
bool AsksForHelp(std::span<const std::string_view> words);

}  // namespace framespool
