#pragma once

#include <optional>
#include <string>

#include <worker/herder.h>

namespace framespool::rest {

/// The number of a task as a path has it.
std::optional<int> TaskNumber(const std::string& text);
worker::Refusal NoSuchTask(const std::string& connector, const std::string& task);

}  // namespace framespool::rest
