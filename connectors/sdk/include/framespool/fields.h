#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>

namespace framespool {

/// A flat JSON object: what a source partition, a source offset, a task's metrics and a problem's facts are made of.
using Fields = std::map<std::string, std::variant<bool, std::int64_t, double, std::string>>;

}  // namespace framespool
