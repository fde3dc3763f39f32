#pragma once

#include <chrono>
#include <optional>

#include <config/common_config.h>
#include <framespool/record.h>

namespace framespool::herder {

/// What restart.policy has made of the failures of one task. Guarded by the herder's lock.
class TaskRestarts {
 public:
  /// A task that has run for so long was well: what fails it then is a new trouble, and counts from the beginning.
  static constexpr std::chrono::minutes kWell{10};

  /// The task has failed at `now` by what may come right. How long its restart waits; nothing when it has been
  /// restarted often enough. `jitter` is a number from -1 to 1.
  std::optional<std::chrono::milliseconds> DelayAfter(const config::CommonConfig& config,
                                                      std::chrono::steady_clock::time_point now, double jitter);
  /// It is to be restarted then.
  void Plan(Timestamp when) { next_ = when; }
  std::optional<Timestamp> planned() const noexcept { return next_; }
  /// It has been restarted.
  void NoteBegun(std::chrono::steady_clock::time_point now);
  int made() const noexcept { return made_; }

  /// What the status of the task says of it: `restarts`, and `next_restart_ms` while one waits.
  void AddTo(Fields& metrics) const;

 private:
  int made_ = 0;
  std::optional<std::chrono::steady_clock::time_point> begun_;  // the last time
  std::optional<Timestamp> next_;
};

}  // namespace framespool::herder
