#pragma once

#include <broker/broker.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <worker/herder.h>
#include <worker/inspection.h>

#include "event_log.h"
#include "metrics_history.h"
#include "settled_memory.h"
#include "work_queue.h"

namespace framespool::worker {

/// Looks at topics and samples metrics, on threads of its own ("inspector", "metrics"), so that neither a slow broker
/// nor a busy herder makes the other wait. Owned by the herder.
class Inspector {
 public:
  /// `connectors` answers from any thread without waiting.
  Inspector(broker::Broker& broker, std::function<ConnectorViews()> connectors);
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;

  void Post(std::function<void()> work) { queue_.Post(std::move(work)); }

  // On the "inspector" thread.
  std::vector<TopicReport> Topics();
  Outcome<TopicReport> Topic(const std::string& name);

  // Any thread.
  WorkerReport Report() const;
  MetricsReport Metrics(Resolution resolution, const std::string& connector) const {
    return history_.Report(resolution, connector);
  }
  EventLog& events() noexcept { return events_; }
  const EventLog& events() const noexcept { return events_; }

 private:
  TopicReport ReportOf(broker::TopicInfo info, const std::vector<ConnectorView>& connectors) const;
  void SampleMetrics(const std::stop_token& stop);

  broker::Broker& broker_;
  const std::function<ConnectorViews()> connectors_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  EventLog events_;
  MetricsHistory history_;
  SettledMemory memory_;
  WorkQueue queue_{"inspector"};
  std::jthread sampler_;  // last: it uses all of the above
};

}  // namespace framespool::worker
