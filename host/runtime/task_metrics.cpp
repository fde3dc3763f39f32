#include "runtime/task_metrics.h"

#include <algorithm>

namespace framespool::runtime {

namespace {

std::vector<MetricSpec> OfAnyTask() {
  return {{.name = "records_skipped",
           .kind = MetricKind::kCounter,
           .unit = "records",
           .doc = "Records that were left out, as errors.tolerance = all says.",
           .plot = "Skipped",
           .label = "skipped"},
          {.name = "records_filtered",
           .kind = MetricKind::kInfo,
           .unit = "records",
           .doc = "Records that the chain of transforms has left out."},
          {.name = "dead_letters",
           .kind = MetricKind::kInfo,
           .unit = "records",
           .doc = "Records that went to the dead letter topic."},
          {.name = "waiting_for",
           .kind = MetricKind::kInfo,
           .unit = "",
           .doc = "What the task waits for; only while it does."},
          {.name = "waiting_since_ms",
           .kind = MetricKind::kInfo,
           .unit = "ms",
           .doc = "Since when, in milliseconds since 1970."},
          {.name = "stalled_in",
           .kind = MetricKind::kInfo,
           .unit = "",
           .doc = "The call of the plugin that does not return (task.stall.timeout.ms); only while it does not."},
          {.name = "stalled_since_ms",
           .kind = MetricKind::kInfo,
           .unit = "ms",
           .doc = "Since when it has shown no sign of life, in milliseconds since 1970."},
          {.name = "retries", .kind = MetricKind::kInfo, .unit = "", .doc = "How often the task has tried again."},
          {.name = "restarts",
           .kind = MetricKind::kInfo,
           .unit = "",
           .doc = "How often restart.policy has restarted the task since it last ran well."},
          {.name = "next_restart_ms",
           .kind = MetricKind::kInfo,
           .unit = "ms",
           .doc = "When it will do so again, in milliseconds since 1970; only of a task that is FAILED."}};
}

/// Of a task whose records the worker itself moves.
std::vector<MetricSpec> OfRecords(const char* where) {
  return {{.name = "records",
           .kind = MetricKind::kCounter,
           .unit = "records",
           .doc = std::string("Records that are in the ") + where + ".",
           .plot = "Throughput",
           .label = "records",
           .role = MetricRole::kPosition},
          {.name = "last_record_ms",
           .kind = MetricKind::kInfo,
           .unit = "ms",
           .doc = "The time of the newest of them, in milliseconds since 1970."}};
}

std::vector<MetricSpec> OfTheWorker(PluginKind kind) {
  std::vector<MetricSpec> metrics;
  if (kind == PluginKind::kSource) {
    metrics = OfRecords("topic");
    metrics.push_back({.name = "bytes",
                       .kind = MetricKind::kCounter,
                       .unit = "bytes",
                       .doc = "Bytes of their values.",
                       .plot = "Bytes",
                       .label = "bytes",
                       .role = MetricRole::kBytes});
  }
  if (kind == PluginKind::kSink) {
    metrics = OfRecords("sink");
    metrics.push_back({.name = "lag_records",
                       .kind = MetricKind::kGauge,
                       .unit = "records",
                       .doc = "Records of the topic that the sink has not got yet.",
                       .plot = "Lag",
                       .label = "records",
                       .role = MetricRole::kLag});
  }
  for (MetricSpec& metric : OfAnyTask()) metrics.push_back(std::move(metric));
  return metrics;
}

}  // namespace

std::vector<MetricSpec> MetricsOf(const plugins::PluginClass& plugin) {
  std::vector<MetricSpec> metrics = OfTheWorker(plugin.kind);
  std::erase_if(metrics, [&](const MetricSpec& own) {
    return std::any_of(plugin.metrics.begin(), plugin.metrics.end(),
                       [&](const MetricSpec& declared) { return declared.name == own.name; });
  });
  metrics.insert(metrics.end(), plugin.metrics.begin(), plugin.metrics.end());
  return metrics;
}

}  // namespace framespool::runtime
