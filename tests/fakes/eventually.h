#pragma once

#include <chrono>
#include <thread>

namespace framespool::fakes {

/// Long, since it only ends what would never come: a busy machine takes its time.
inline constexpr std::chrono::seconds kPatience{60};

/// Waits, with a deadline, for what another thread or process brings about; whether it came.
template <class Condition>
bool Eventually(Condition&& condition, std::chrono::milliseconds patience = kPatience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace framespool::fakes
