#include "error_tolerance.h"

#include <utility>

#include <log/log.h>

namespace framespool::worker {

namespace {

bool Flag(const RawConfig& config, const char* key) {
  bool value = false;
  const auto found = config.find(key);
  return found != config.end() && detail::FromText(detail::Trim(found->second), value) && value;
}

}  // namespace

ErrorTolerance::ErrorTolerance(const RawConfig& config, std::string logger)
    : logger_(std::move(logger)),
      log_each_(Flag(config, "errors.log.enable")),
      log_places_(Flag(config, "errors.log.include.messages")) {
  const auto tolerance = config.find("errors.tolerance");
  all_ = tolerance != config.end() && detail::Trim(tolerance->second) == "all";
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

}  // namespace framespool::worker
