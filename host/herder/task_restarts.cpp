#include "task_restarts.h"

#include <algorithm>
#include <cmath>

namespace framespool::herder {

std::optional<std::chrono::milliseconds> TaskRestarts::DelayAfter(const config::CommonConfig& config,
                                                                  std::chrono::steady_clock::time_point now,
                                                                  double jitter) {
  constexpr double kJitter = 0.2;
  constexpr int kMostDoublings = 40;  // of 1 ms: 34 years
  if (begun_ && now - *begun_ >= kWell) made_ = 0;
  if (config.restart_attempts_max >= 0 && made_ >= config.restart_attempts_max) return std::nullopt;
  const double first = static_cast<double>(config.restart_delay.count());
  const double longest = static_cast<double>(config.restart_delay_max.count());
  const double doubled = std::ldexp(first, std::min(made_, kMostDoublings));
  return std::chrono::milliseconds(std::lround(std::min(doubled, longest) * (1 + kJitter * jitter)));
}

void TaskRestarts::NoteBegun(std::chrono::steady_clock::time_point now) {
  ++made_;
  begun_ = now;
  next_.reset();
}

void TaskRestarts::AddTo(Fields& metrics) const {
  if (made_ > 0) metrics["restarts"] = std::int64_t{made_};
  if (next_) metrics["next_restart_ms"] = std::int64_t{next_->time_since_epoch().count()};
}

}  // namespace framespool::herder
