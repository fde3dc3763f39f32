#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "framespool/problem.h"

namespace framespool::video_file {

/// Why `path`, the value of the key `file`, cannot be read as a file at all, or nothing. Looks without opening what
/// could block: a FIFO never does. Says nothing of what is inside.
std::optional<Problem> FileProblem(const std::string& path);

/// The words of FileProblem() for a path of which stat or open failed with `error`, and for one that is of `mode`.
std::string CannotOpenText(const std::string& path, int error);
std::optional<std::string> WrongKindText(const std::string& path, mode_t mode);

}  // namespace framespool::video_file
