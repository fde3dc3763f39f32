#include "error_tolerance.h"

#include <algorithm>
#include <utility>

#include <base/log.h>

namespace framespool::runtime {

namespace {

bool Flag(const RawConfig& config, const char* key) {
  bool value = false;
  const auto found = config.find(key);
  return found != config.end() && detail::FromText(detail::Trim(found->second), value) && value;
}

std::chrono::milliseconds Milliseconds(const RawConfig& config, const char* key, std::int64_t usual) {
  std::int64_t value = usual;
  const auto found = config.find(key);
  if (found != config.end() && !detail::FromText(detail::Trim(found->second), value)) value = usual;
  return std::chrono::milliseconds(value);
}

/// As in Connect.
constexpr std::int64_t kLongestDelayMs = 60000;
constexpr std::chrono::milliseconds kFirstDelay(300);

}  // namespace

ErrorTolerance::ErrorTolerance(const RawConfig& config, std::string logger)
    : logger_(std::move(logger)),
      retry_timeout_(Milliseconds(config, "errors.retry.timeout", 0)),
      // Not even 0 makes a task spin.
      longest_delay_(
          std::max(Milliseconds(config, "errors.retry.delay.max.ms", kLongestDelayMs), std::chrono::milliseconds(1))),
      log_each_(Flag(config, "errors.log.enable")),
      log_places_(Flag(config, "errors.log.include.messages")) {
  const auto tolerance = config.find("errors.tolerance");
  all_ = tolerance != config.end() && detail::Trim(tolerance->second) == "all";
}

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

}  // namespace framespool::runtime
