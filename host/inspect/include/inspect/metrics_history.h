#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include <inspect/inspection.h>
#include <runtime/task_status.h>

namespace framespool::inspect {

/// 15 minutes of samples at one a second and 6 hours at one a minute. Of what a task reports it keeps what its class
/// declares: counters as rates, gauges as they are. Any thread.
class MetricsHistory {
 public:
  /// What was reported a second after the last call. `rss_bytes` and `cpu_seconds` are the process's.
  void Sample(Timestamp now, const std::vector<runtime::ConnectorView>& connectors, double rss_bytes,
              double cpu_seconds);
  /// Of one connector and the worker, or of all when `connector` is empty.
  MetricsReport Report(Resolution resolution, const std::string& connector) const;

 private:
  using Values = std::map<std::string, std::map<std::string, double>>;  // connector, metric

  /// One resolution: each series ends now, and starts when it first had a value.
  struct Track {
    std::size_t capacity = 0;
    std::deque<Timestamp> times;
    std::map<std::string, std::map<std::string, std::deque<float>>> series;
    void Push(Timestamp now, const Values& values);
  };

  Values Rates(double seconds, const Values& counters);

  mutable std::mutex mutex_;
  Timestamp last_;
  Values counters_;  // as of last_
  Track seconds_{900, {}, {}};
  Track minutes_{360, {}, {}};
  int ticks_ = 0;
};

/// Resident bytes and CPU seconds of this process, from /proc/self.
std::uint64_t ResidentBytes();
double CpuSeconds();

}  // namespace framespool::inspect
