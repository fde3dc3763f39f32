#include <optional>
#include <type_traits>

#include "prometheus_metrics.h"

namespace framespool::inspect {

namespace {

using Labels = PrometheusFamilies::Labels;

/// A flag is 0 or 1; a text is none.
std::optional<double> NumberOf(const Fields::mapped_type& value) {
  return std::visit(
      [](const auto& held) -> std::optional<double> {
        if constexpr (std::is_arithmetic_v<std::decay_t<decltype(held)>>) return static_cast<double>(held);
        return std::nullopt;
      },
      value);
}

void AddDeclared(const MetricSpec& metric, const Fields& reported, const Labels& labels, PrometheusFamilies& families) {
  const auto found = reported.find(metric.name);
  const auto number = found == reported.end() ? std::nullopt : NumberOf(found->second);
  if (!number) return;
  const std::string name = "framespool_task_" + metric.name;
  if (metric.kind == MetricKind::kCounter)
    families.Counter(name + "_total", metric.doc, labels, *number);
  else
    families.Gauge(name, metric.doc, labels, *number);
}

void AddDeclared(const MetricSpec& metric, const runtime::TaskMeters& meters, const Labels& labels,
                 PrometheusFamilies& families) {
  // Also before it has recorded anything: who asks for a rate finds 0 from the beginning on.
  if (const auto times = meters.plugin.Find(metric.name))
    families.Seconds("framespool_task_" + metric.name, metric.doc, labels, *times);
}

void AddTimes(const runtime::TaskMeters& meters, const Labels& labels, PrometheusFamilies& families) {
  const auto add = [&](const char* name, const char* help, const base::Histogram& times) {
    if (times.Read().count > 0) families.Seconds(name, help, labels, times);
  };
  add("framespool_poll_seconds", "How long polls of a source took, waits for something to come among them.",
      meters.poll);
  add("framespool_append_seconds",
      "How long the broker took a batch of records: until the embedded log has written it, until Kafka's client has "
      "it.",
      meters.append);
  add("framespool_put_seconds", "How long a sink took a batch of records.", meters.put);
  add("framespool_commit_seconds", "How long a sink took to flush, and its offsets to be stored.", meters.commit);
}

}  // namespace

void AddTaskMetrics(const std::vector<runtime::ConnectorView>& connectors, PrometheusFamilies& families) {
  for (const auto& [info, status] : connectors) {
    for (const runtime::TaskStatus& task : status->tasks) {
      const Labels labels{{"connector", info->name}, {"task", std::to_string(task.id)}};
      if (info->metrics) {
        for (const MetricSpec& metric : *info->metrics) {
          if (metric.kind != MetricKind::kHistogram)
            AddDeclared(metric, task.metrics, labels, families);
          else if (task.meters)
            AddDeclared(metric, *task.meters, labels, families);
        }
      }
      if (task.meters) AddTimes(*task.meters, labels, families);
    }
  }
}

}  // namespace framespool::inspect
