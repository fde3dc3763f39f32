#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <config/common_config.h>
#include <framespool/errors.h>

namespace framespool::runtime {

/// What a connector's errors.* keys say of records that cannot be written: how long one is tried again
/// (errors.retry.timeout), whether it then fails the task (errors.tolerance = none) or is left out (all), and what of
/// that is logged. Owned by the task's runner, used on its thread.
class ErrorTolerance {
 public:
  /// `logger` is the task's.
  ErrorTolerance(const config::CommonConfig& config, std::string logger);

  bool all() const noexcept { return all_; }
  /// How long to wait before a record that has failed `failures` times, first at `since`, is tried again; nothing when
  /// its time is over.
  std::optional<std::chrono::milliseconds> NextTry(std::chrono::steady_clock::time_point since, int failures) const;
  /// errors.retry.delay.max.ms
  std::chrono::milliseconds longest_delay() const noexcept { return longest_delay_; }
  /// A record is left out for this reason; `place` is where it was, for errors.log.include.messages.
  void Skip(const std::string& place, const std::string& reason);
  /// What ends the task where such a record is not left out: `why`, and `problem` for programs, each with the way out.
  static Error Untolerated(const std::string& why, Problem problem);
  /// How many were, for the task's metrics.
  std::int64_t skipped() const noexcept { return skipped_; }

 private:
  std::string logger_;
  std::chrono::milliseconds retry_timeout_;  // -1: for ever
  std::chrono::milliseconds longest_delay_;
  bool all_ = false;
  bool log_each_ = false;
  bool log_places_ = false;
  std::int64_t skipped_ = 0;
};

}  // namespace framespool::runtime
