#include "error_tolerance.h"

#include <algorithm>
#include <utility>

#include <base/log.h>

namespace framespool::runtime {

namespace {

constexpr std::chrono::milliseconds kFirstDelay(300);

}  // namespace

ErrorTolerance::ErrorTolerance(const config::CommonConfig& config, std::string logger)
    : logger_(std::move(logger)),
      retry_timeout_(config.retry_timeout),
      longest_delay_(config.retry_delay_max),
      all_(config.tolerance == config::Tolerance::kAll),
      log_each_(config.log_enable),
      log_places_(config.log_include_messages) {}

std::optional<std::chrono::milliseconds> ErrorTolerance::NextTry(std::chrono::steady_clock::time_point since,
                                                                 int failures) const {
  const auto delay = std::min(kFirstDelay * (1 << std::clamp(failures - 1, 0, 12)), longest_delay_);
  if (retry_timeout_.count() < 0) return delay;
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(since + retry_timeout_ - std::chrono::steady_clock::now());
  if (left.count() <= 0) return std::nullopt;
  return std::min(delay, left);
}

void ErrorTolerance::Skip(const std::string& place, const std::string& reason) {
  ++skipped_;
  const std::string text =
      "left out a record" + (log_places_ ? " (" + place + ")" : "") + ", as errors.tolerance = all: " + reason;
  if (log_each_) {
    log::Error(logger_, text);
  } else if (skipped_ == 1) {
    log::Warn(logger_, text + ". Metric records_skipped counts the next ones, errors.log.enable = true logs each");
  }
}

Error ErrorTolerance::Untolerated(const std::string& why, Problem problem) {
  const std::string way_out = "; or leave such records out with errors.tolerance = all";
  problem.message += way_out;
  return {why + way_out, {std::move(problem)}};
}

}  // namespace framespool::runtime
