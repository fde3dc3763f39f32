#include <array>

#include <config/common_config.h>

#include "prometheus_metrics.h"

namespace framespool::inspect {

namespace {

using Labels = PrometheusFamilies::Labels;
using runtime::State;
using runtime::TaskMeters;
using runtime::TaskStatus;

/// As Connect spells states in its beans.
std::string_view Word(State state) {
  switch (state) {
    case State::kUnassigned: return "unassigned";
    case State::kRunning: return "running";
    case State::kPaused: return "paused";
    case State::kStopped: return "stopped";
    case State::kFailed: return "failed";
    case State::kRestarting: return "restarting";
  }
  return "unassigned";
}

/// A number that the runner has put into the status, 0 where it has not.
double Reported(const TaskStatus& task, const char* metric) {
  const auto found = task.metrics.find(metric);
  if (found == task.metrics.end()) return 0;
  const auto* number = std::get_if<std::int64_t>(&found->second);
  return number == nullptr ? 0 : static_cast<double>(*number);
}

/// The attributes of one bean.
class Bean {
 public:
  Bean(PrometheusFamilies& families, std::string prefix, Labels labels)
      : families_(families), prefix_(std::move(prefix)), labels_(std::move(labels)) {}
  void Total(const std::string& attribute, const char* help, std::int64_t value) {
    families_.Counter(prefix_ + attribute, help, labels_, static_cast<double>(value));
  }
  void Value(const std::string& attribute, const char* help, double value) {
    families_.Gauge(prefix_ + attribute, help, labels_, value);
  }

 private:
  PrometheusFamilies& families_;
  const std::string prefix_;
  const Labels labels_;
};

void AddStarts(Bean& worker, const std::string& of, const runtime::StartMeters& starts) {
  const auto attempts = static_cast<double>(starts.attempts.value());
  const auto share = [&](const base::Counter& part) {
    return attempts == 0 ? 0 : static_cast<double>(part.value()) / attempts;
  };
  worker.Total(of + "_startup_attempts_total", "Starts that this worker has attempted.", starts.attempts.value());
  worker.Total(of + "_startup_success_total", "Starts that succeeded.", starts.succeeded.value());
  worker.Total(of + "_startup_failure_total", "Starts that failed.", starts.failed.value());
  worker.Value(of + "_startup_success_percentage", "The share of starts that succeeded, 0 to 1.",
               share(starts.succeeded));
  worker.Value(of + "_startup_failure_percentage", "The share of starts that failed, 0 to 1.", share(starts.failed));
}

void AddTaskCounts(const runtime::ConnectorStatus& status, PrometheusFamilies& families) {
  Bean bean(families, "kafka_connect_worker_connector_", {{"connector", status.name}});
  bean.Value("total_task_count", "Tasks of the connector on the worker.", static_cast<double>(status.tasks.size()));
  constexpr std::array kCounted{State::kRunning, State::kPaused, State::kFailed, State::kUnassigned,
                                State::kRestarting};
  for (const State state : kCounted) {
    double count = 0;
    for (const TaskStatus& task : status.tasks) count += task.state == state ? 1 : 0;
    bean.Value(std::string(Word(state)) + "_task_count", "Tasks of the connector in that state.", count);
  }
}

/// Connect's connector-metrics are text: a series each, with the text as its label.
void AddConnector(const runtime::ConnectorInfo& info, const runtime::ConnectorStatus& status,
                  PrometheusFamilies& families) {
  const auto add = [&](std::string_view attribute, std::string text) {
    families.Untyped("kafka_connect_connector_metrics", "What a connector is; always 1.",
                     {{"connector", info.name}, {attribute, std::move(text)}}, 1);
  };
  add("status", std::string(Word(status.state)));
  add("connector_type", info.type == config::ConnectorType::kSource ? "source" : "sink");
  add("connector_class", config::CommonConfigOf(info.config).connector_class);
  add("connector_version", status.version);
}

void AddErrors(const TaskStatus& task, const Labels& labels, PrometheusFamilies& families) {
  const TaskMeters& meters = *task.meters;
  Bean bean(families, "kafka_connect_task_error_metrics_", labels);
  bean.Total("total_record_errors", "What the task tried and what went wrong.", meters.errors.value());
  bean.Total("total_record_failures", "What went wrong and was not tried again.", meters.failures.value());
  bean.Total("total_records_skipped", "Records that were left out, as errors.tolerance says.", meters.skipped.value());
  bean.Total("total_retries", "How often the task tried again.", meters.retries.value());
  bean.Value("deadletterqueue_produce_requests", "Records sent to the dead letter topic.",
             Reported(task, "dead_letters"));
  bean.Value("last_error_timestamp", "When the last error was, in milliseconds since 1970; 0: there was none.",
             static_cast<double>(meters.last_error_ms.value()));
}

void AddSource(const TaskMeters& meters, const MeterWindow& window, const Labels& labels,
               PrometheusFamilies& families) {
  Bean bean(families, "kafka_connect_source_task_metrics_", labels);
  bean.Total("source_record_poll_total", "Records polled, before transforms.", meters.records_in.value());
  bean.Value("source_record_poll_rate", "The same a second.", window.records_in);
  bean.Total("source_record_write_total", "Records that are in the topic, behind transforms.",
             meters.records_out.value());
  bean.Value("source_record_write_rate", "The same a second.", window.records_out);
  bean.Value("poll_batch_avg_time_ms", "How long a poll took on average.", window.poll.average_ms);
  bean.Value("poll_batch_max_time_ms", "How long a poll took at most.", window.poll.longest_ms);
  bean.Value("source_record_active_count", "Records that are polled and not yet in the topic.",
             static_cast<double>(meters.active.value()));
  bean.Value("source_record_active_count_avg", "The same on average.", window.average_active);
  bean.Value("source_record_active_count_max", "The same at most.", window.largest_active);
}

void AddSink(const TaskMeters& meters, const MeterWindow& window, const Labels& labels, PrometheusFamilies& families) {
  Bean bean(families, "kafka_connect_sink_task_metrics_", labels);
  const std::int64_t commits = meters.commit.Read().count;
  bean.Total("sink_record_read_total", "Records read, before transforms.", meters.records_in.value());
  bean.Value("sink_record_read_rate", "The same a second.", window.records_in);
  bean.Total("sink_record_send_total", "Records that the sink has taken, behind transforms.",
             meters.records_out.value());
  bean.Value("sink_record_send_rate", "The same a second.", window.records_out);
  bean.Value("sink_record_lag_max", "By how many records the task is behind, of the partition where it is the most.",
             static_cast<double>(meters.longest_lag.value()));
  bean.Value("partition_count", "Partitions that the task has.", static_cast<double>(meters.partitions.value()));
  bean.Value("put_batch_avg_time_ms", "How long a put took on average.", window.put.average_ms);
  bean.Value("put_batch_max_time_ms", "How long a put took at most.", window.put.longest_ms);
  bean.Value("sink_record_active_count", "Records that the sink has taken and that are not committed.",
             static_cast<double>(meters.active.value()));
  bean.Value("sink_record_active_count_avg", "The same on average.", window.average_active);
  bean.Value("sink_record_active_count_max", "The same at most.", window.largest_active);
  bean.Value("offset_commit_seq_no", "The number of the last commit.", static_cast<double>(commits));
  bean.Total("offset_commit_completion_total", "Commits.", commits);
  bean.Value("offset_commit_completion_rate", "The same a second.", window.commits);
}

void AddTask(const runtime::ConnectorInfo& info, const TaskStatus& task, const MeterWindow& window,
             PrometheusFamilies& families) {
  const Labels labels{{"connector", info.name}, {"task", std::to_string(task.id)}};
  families.Gauge("kafka_connect_connector_status", "The state that a task is in; always 1.",
                 {labels[0], labels[1], {"status", std::string(Word(task.state))}}, 1);
  if (!task.meters) return;
  Bean bean(families, "kafka_connect_connector_task_metrics_", labels);
  bean.Value("running_ratio", "The share of its time that the task was running.", window.running_ratio);
  bean.Value("pause_ratio", "The share of its time that the task was paused.", window.paused_ratio);
  AddErrors(task, labels, families);
  const bool is_source = info.type == config::ConnectorType::kSource;
  // A view reads for itself and has no partitions of the worker's.
  const bool is_sink = task.meters->partitions.value() > 0;
  if (!is_source && !is_sink) return;
  bean.Value("batch_size_avg", "Records of a batch on average.", window.average_batch);
  bean.Value("batch_size_max", "Records of a batch at most.", window.largest_batch);
  if (is_source) return AddSource(*task.meters, window, labels, families);
  bean.Value("offset_commit_avg_time_ms", "How long a commit took on average.", window.commit.average_ms);
  bean.Value("offset_commit_max_time_ms", "How long a commit took at most.", window.commit.longest_ms);
  AddSink(*task.meters, window, labels, families);
}

}  // namespace

void AddConnectMetrics(const WorkerFacts& worker, const std::vector<runtime::ConnectorView>& connectors,
                       const MeterWindows& windows, PrometheusFamilies& families) {
  Bean bean(families, "kafka_connect_worker_", {});
  std::size_t tasks = 0;
  for (const auto& [info, status] : connectors) tasks += status->tasks.size();
  bean.Value("connector_count", "Connectors of this worker.", static_cast<double>(connectors.size()));
  bean.Value("task_count", "Tasks of this worker.", static_cast<double>(tasks));
  AddStarts(bean, "connector", worker.connector_starts);
  AddStarts(bean, "task", worker.task_starts);
  for (const auto& [info, status] : connectors) {
    AddConnector(*info, *status, families);
    AddTaskCounts(*status, families);
    for (const TaskStatus& task : status->tasks)
      AddTask(*info, task, windows.Of(info->name, task.id).value_or(MeterWindow{}), families);
  }
}

}  // namespace framespool::inspect
