#pragma once

#include <stdexcept>

namespace framespool {

/// What a command exits with when its words cannot be.
inline constexpr int kBadUsage = 2;

/// Words behind a command that cannot be; its message ends up in front of "framespool --help says more".
class UsageError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

}  // namespace framespool
