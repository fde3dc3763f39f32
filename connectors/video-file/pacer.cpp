#include "pacer.h"

#include <condition_variable>
#include <mutex>

namespace framespool::video_file {

Pacer::Clock::time_point Pacer::Due(std::int64_t us, Clock::time_point now) {
  const std::chrono::microseconds shown(us);
  if (!start_) start_ = now - shown;
  const Clock::duration late = now - (*start_ + shown);
  if (late > kSlack) {
    *start_ += late;
    slipped_ += late;
  }
  return *start_ + shown;
}

bool WaitUntil(Pacer::Clock::time_point until, std::stop_token stop) {
  if (until <= Pacer::Clock::now()) return !stop.stop_requested();
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace framespool::video_file
