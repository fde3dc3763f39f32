#pragma once

#include <span>
#include <string_view>

namespace framespool {

/// `framespool user`: the file that listeners.users.file names. A worker that runs reads it again by itself.
///
///     ls FILE                         name and role of each, one a line; "token" behind those of programs
///     add FILE NAME ROLE [--token]    a line for NAME in the place of an earlier one. The password is asked for at a
///                                     terminal, or is the first line of standard input; with --token one is made and
///                                     printed instead
///     remove FILE NAME
///
/// Returns the exit code: 0; 1 when it cannot be done, which is said on standard error; 2 for words that cannot be.
/// `words` are those behind `user`.
int UserTool(std::span<const std::string_view> words);

}  // namespace framespool
