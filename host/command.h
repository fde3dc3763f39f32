#pragma once

#include <exception>
#include <iostream>
#include <stdexcept>

namespace framespool {

/// What a command exits with when its words cannot be.
inline constexpr int kBadUsage = 2;

/// Words behind a command that cannot be; its message ends up in front of "framespool --help says more".
class UsageError : public std::invalid_argument {
 public:
  using std::invalid_argument::invalid_argument;
};

/// Carries out a command, and what it exits with: `run` says that, or throws what stderr gets to say.
template <class Run>
int ExitCodeOf(Run run) {
  try {
    return run();
  } catch (const UsageError& error) {
    std::cerr << "framespool: " << error.what() << "; framespool --help says more\n";
    return kBadUsage;
  } catch (const std::exception& error) {
    std::cerr << "framespool: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace framespool
