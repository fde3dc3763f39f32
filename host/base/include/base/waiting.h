#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace framespool::base {

/// Waits until `stop` is requested, for at most `wait`. Whether it is.
template <class Rep, class Period>
bool WaitForStop(const std::stop_token& stop, std::chrono::duration<Rep, Period> wait) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  return never.wait_for(lock, stop, wait, [&] { return stop.stop_requested(); });
}

}  // namespace framespool::base
