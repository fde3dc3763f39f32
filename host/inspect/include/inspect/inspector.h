#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <base/outcome.h>
#include <base/work_queue.h>
#include <broker/broker.h>
#include <config/config_providers.h>
#include <inspect/disk_space.h>
#include <inspect/event_log.h>
#include <inspect/inspection.h>
#include <inspect/meter_windows.h>
#include <inspect/metrics_history.h>
#include <inspect/settled_memory.h>
#include <inspect/source_probe.h>
#include <plugins/plugin_registry.h>
#include <runtime/task_status.h>

namespace framespool::inspect {

struct InspectorOptions {
  std::string data_dir;  // how much space there is
  // Only reported:
  std::string broker;
  std::map<std::string, std::string> build_facts;  // by the names that GET /worker has for them
  std::chrono::milliseconds probe_timeout{8000};   // for the first frames of a source that is probed
  config::ConfigProviders providers{};             // of values in the configs of sources that are probed
};

/// Looks at topics, samples metrics and opens sources only to see them, on threads of its own ("inspector", "metrics",
/// "probe"), so that neither a slow broker nor a busy herder makes the other wait. What it shows it is told: views of
/// the connectors, and the events that somebody else notes. Owned by main; everything passed in outlives it.
class Inspector final : public Inspection {
 public:
  /// `connectors` answers from any thread without waiting.
  Inspector(InspectorOptions options, plugins::PluginRegistry& plugins, broker::Broker& broker, const EventLog& events,
            std::function<runtime::ConnectorViews()> connectors);
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;

  WorkerReport Report() const override;
  MetricsReport Metrics(Resolution resolution, const std::string& connector) const override {
    return history_.Report(resolution, connector);
  }
  std::string MetricsText(const WorkerFacts& worker) const override;
  std::vector<Event> Events(std::uint64_t after) const override { return events_.After(after); }

  void Post(std::function<void()> work) override { queue_.Post(std::move(work)); }
  std::vector<TopicReport> Topics() override;
  base::Outcome<TopicReport> Topic(const std::string& name) override;
  base::Outcome<RecordReport> Records(const RecordQuery& query) override;
  base::Outcome<DeadLetterReport> DeadLetters(const std::string& connector) override;

  void PostProbe(std::function<void()> work) override { probe_.Post(std::move(work)); }
  base::Outcome<ProbeReport> Probe(const std::string& plugin, const RawConfig& config) override;

  /// Ends the probe under way, and each that is tried afterwards. Whether one has not come back from its plugin: then
  /// the process must end without destroying what it uses. Any thread.
  void StopProbes() { probe_.Stop(); }
  bool ProbeIsLeft() const { return probe_.running() > 0; }

 private:
  TopicReport ReportOf(broker::TopicInfo info, const std::vector<runtime::ConnectorView>& connectors) const;
  void SampleMetrics(const std::stop_token& stop);
  void LookAtDisk();

  const InspectorOptions options_;
  plugins::PluginRegistry& plugins_;
  broker::Broker& broker_;
  const EventLog& events_;
  const std::function<runtime::ConnectorViews()> connectors_;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  const Timestamp started_at_ = Now();
  MetricsHistory history_;
  MeterWindows windows_;
  DiskSpace disk_;
  SettledMemory memory_;
  base::WorkQueue queue_{"inspector"};
  SourceProbe probe_;
  std::jthread sampler_;  // last: it uses all of the above
};

}  // namespace framespool::inspect
