#pragma once

#include <chrono>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <runtime/task_status.h>

namespace framespool::inspect {

/// Kafka Connect's rates, averages and maxima of a task, over its sampling window. NaN: nothing to take one of, as
/// there.
struct MeterWindow {
  static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  struct Times {
    double average_ms = kNone;
    double longest_ms = kNone;
  };
  // A second:
  double records_in = 0;
  double records_out = 0;
  double commits = 0;
  Times poll{};
  Times put{};
  Times commit{};
  double average_batch = kNone;
  double largest_batch = kNone;
  double average_active = 0;
  double largest_active = 0;
  // Since the task began, in samples:
  double running_ratio = 0;
  double paused_ratio = 0;
};

/// Samples the meters of tasks, so that what is asked of the last half minute needs no work where they count. Any
/// thread.
class MeterWindows {
 public:
  using Clock = std::chrono::steady_clock;
  /// As Connect's metrics.sample.window.ms.
  static constexpr std::chrono::seconds kLength{30};

  /// About once a second. Takes what meters give only once (TakeLongest()), so there is one of these.
  void Sample(Clock::time_point now, const std::vector<runtime::ConnectorView>& connectors);
  /// Nothing of a task that has not been sampled.
  std::optional<MeterWindow> Of(const std::string& connector, int task) const;

 private:
  struct Call {
    base::Histogram::Reading all;
    base::Histogram::Duration longest{};  // since the sample before
  };
  struct Sampled {
    Clock::time_point time;
    std::int64_t records_in = 0;
    std::int64_t records_out = 0;
    std::int64_t batches = 0;
    std::int64_t largest_batch = 0;
    std::int64_t active = 0;
    Call poll;
    Call put;
    Call commit;
  };
  struct Task {
    std::shared_ptr<runtime::TaskMeters> meters;
    std::deque<Sampled> samples;  // the first only says what was before the window
    std::int64_t ticks = 0;
    std::int64_t running = 0;
    std::int64_t paused = 0;
  };
  static Sampled Read(Clock::time_point now, runtime::TaskMeters& meters);
  static MeterWindow::Times TimesOf(const std::deque<Sampled>& samples, Call Sampled::*call);

  mutable std::mutex mutex_;
  std::map<std::pair<std::string, int>, Task> tasks_;
};

}  // namespace framespool::inspect
