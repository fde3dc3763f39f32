#pragma once

#include <cstdint>
#include <string>

#include <framespool/config_def.h>

namespace framespool::worker {

/// What a connector's errors.* keys say of records that cannot be written: whether one fails the task (errors.tolerance
/// = none) or is left out (all), and what of that is logged. Owned by the task's runner, used on its thread.
class ErrorTolerance {
 public:
  /// `logger` is the task's.
  ErrorTolerance(const RawConfig& config, std::string logger);

  bool all() const noexcept { return all_; }
  /// A record is left out for this reason; `place` is where it was, for errors.log.include.messages.
  void Skip(const std::string& place, const std::string& reason);
  /// How many were, for the task's metrics.
  std::int64_t skipped() const noexcept { return skipped_; }

 private:
  const std::string logger_;
  bool all_ = false;
  bool log_each_ = false;
  bool log_places_ = false;
  std::int64_t skipped_ = 0;
};

}  // namespace framespool::worker
