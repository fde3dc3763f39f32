#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <base/outcome.h>
#include <base/work_queue.h>
#include <broker/broker.h>
#include <inspect/event_log.h>
#include <inspect/inspection.h>
#include <inspect/metrics_history.h>
#include <inspect/settled_memory.h>
#include <runtime/task_status.h>

namespace framespool::inspect {

/// Looks at topics and samples metrics, on threads of its own ("inspector", "metrics"), so that neither a slow broker
/// nor a busy herder makes the other wait. Owned by the herder.
class Inspector {
 public:
  /// `connectors` answers from any thread without waiting.
  Inspector(broker::Broker& broker, std::function<runtime::ConnectorViews()> connectors);
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;

  void Post(std::function<void()> work) { queue_.Post(std::move(work)); }

  // On the "inspector" thread.
  std::vector<TopicReport> Topics();
  base::Outcome<TopicReport> Topic(const std::string& name);

  // Any thread.
  WorkerReport Report() const;
  MetricsReport Metrics(Resolution resolution, const std::string& connector) const {
    return history_.Report(resolution, connector);
  }
  EventLog& events() noexcept { return events_; }
  const EventLog& events() const noexcept { return events_; }

 private:
  TopicReport ReportOf(broker::TopicInfo info, const std::vector<runtime::ConnectorView>& connectors) const;
  void SampleMetrics(const std::stop_token& stop);

  broker::Broker& broker_;
  const std::function<runtime::ConnectorViews()> connectors_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  EventLog events_;
  MetricsHistory history_;
  SettledMemory memory_;
  base::WorkQueue queue_{"inspector"};
  std::jthread sampler_;  // last: it uses all of the above
};

}  // namespace framespool::inspect
