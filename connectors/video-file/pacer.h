#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

namespace framespool::video_file {

/// Says when a frame is due, by a steady clock. The first frame it is asked for is due at once and sets the pace; a pause
/// or a hold-up longer than kSlack moves the schedule, so that what follows keeps its pace and no burst makes up for it.
/// Used on the task's thread.
class Pacer {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kSlack{500};

  /// When the frame of presentation time `us` is due, asked at `now`.
  Clock::time_point Due(std::int64_t us, Clock::time_point now);

  /// How long frames have been held up in all, beyond what was made up for.
  std::chrono::duration<double> slipped() const noexcept { return slipped_; }

 private:
  std::optional<Clock::time_point> start_;  // when presentation time 0 is due
  Clock::duration slipped_{};
};

/// Waits until `until` or a stop; true when the time came.
bool WaitUntil(Pacer::Clock::time_point until, std::stop_token stop);

}  // namespace framespool::video_file
