#pragma once

#include <string>

namespace framespool::base {

/// "RuntimeError: message" of the exception under way, for a trace. Only within a catch.
std::string DescribeCurrentException();

}  // namespace framespool::base
