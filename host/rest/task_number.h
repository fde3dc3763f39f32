#pragma once

#include <optional>
#include <string>

#include <base/outcome.h>

namespace framespool::rest {

/// The number of a task as a path has it.
std::optional<int> TaskNumber(const std::string& text);
base::Refused NoSuchTask(const std::string& connector, const std::string& task);

}  // namespace framespool::rest
