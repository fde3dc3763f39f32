#pragma once

#include <chrono>
#include <ctime>

#include <cluster/session.h>

namespace framespool::cluster {

/// Goes on while the process, or the machine, is suspended.
inline Moment BootTime() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::floor<Moment>(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace framespool::cluster
