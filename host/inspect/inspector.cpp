#include "inspect/inspector.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stdexcept>

#include <base/log.h>
#include <base/outcome.h>
#include <base/waiting.h>
#include <broker/no_such_topic.h>
#include <config/common_config.h>
#include <config/connector_config.h>
#include <config/variables.h>

#include "dead_letter_look.h"
#include "prometheus_metrics.h"
#include "record_look.h"

namespace framespool::inspect {

Inspector::Inspector(InspectorOptions options, plugins::PluginRegistry& plugins, broker::Broker& broker,
                     const EventLog& events, std::function<runtime::ConnectorViews()> connectors)
    : options_(std::move(options)),
      plugins_(plugins),
      broker_(broker),
      events_(events),
      connectors_(std::move(connectors)),
      probe_(options_.probe_timeout, broker, &plugins) {
  sampler_ = std::jthread([this](std::stop_token stop) { SampleMetrics(stop); });
}

std::vector<TopicReport> Inspector::Topics() {
  const auto connectors = connectors_();
  std::vector<TopicReport> reports;
  for (auto& info : broker_.Topics()) reports.push_back(ReportOf(std::move(info), *connectors));
  return reports;
}

base::Outcome<TopicReport> Inspector::Topic(const std::string& name) {
  auto info = broker_.Describe(name);
  if (!info) return base::Refuse(base::Reason::kNotFound, broker::NoSuchTopic(name));
  return ReportOf(std::move(*info), *connectors_());
}

base::Outcome<RecordReport> Inspector::Records(const RecordQuery& query) { return LookAtRecords(broker_, query, {}); }

base::Outcome<DeadLetterReport> Inspector::DeadLetters(const std::string& connector) {
  const auto connectors = connectors_();
  const auto found = std::find_if(connectors->begin(), connectors->end(),
                                  [&](const runtime::ConnectorView& view) { return view.info->name == connector; });
  if (found == connectors->end()) {
    return base::Refuse(base::Reason::kNotFound, {.message = "Connector " + connector + " not found",
                                                  .kind = "no-such-connector",
                                                  .facts = {{"connector", connector}}});
  }
  const std::string topic = config::CommonConfigOf(found->info->config).dead_letter_topic;
  if (found->info->type != config::ConnectorType::kSink || topic.empty()) {
    return base::Refuse(base::Reason::kNotFound, {.message = "Connector " + connector +
                                                             " has no dead letter topic; a sink's config names one in "
                                                             "errors.deadletterqueue.topic.name",
                                                  .kind = "no-dead-letter-topic",
                                                  .facts = {{"connector", connector}}});
  }
  // What a provider says is shown to nobody.
  if (!config::VariablesIn(topic).empty()) {
    return base::Refuse(base::Reason::kInvalid,
                        {.field = "errors.deadletterqueue.topic.name",
                         .message = "names a topic that a config provider says, which is not shown; write its name "
                                    "there to see what is in it",
                         .kind = "dead-letter-topic-hidden"});
  }
  return LookAtDeadLetters(broker_, topic, connector, {});
}

TopicReport Inspector::ReportOf(broker::TopicInfo info, const std::vector<runtime::ConnectorView>& connectors) const {
  TopicReport report{.name = std::move(info.name),
                     .bytes = info.bytes,
                     .config = std::move(info.config),
                     .partitions = std::move(info.partitions),
                     .sources = {},
                     .sinks = {}};
  for (const runtime::ConnectorView& connector : connectors) {
    if (!connector.info->topics.Hold(report.name)) continue;
    (connector.info->type == config::ConnectorType::kSource ? report.sources : report.sinks)
        .push_back(connector.info->name);
  }
  return report;
}

base::Outcome<ProbeReport> Inspector::Probe(const std::string& name, const RawConfig& config) {
  const auto* plugin = plugins_.Find(name);
  if (plugin == nullptr)
    throw std::invalid_argument("a probe of " + name + " was not admitted: there is no such plugin");
  const config::Resolution resolution = options_.providers.Resolve(config);
  if (!resolution.problems.empty()) {
    std::vector<Problem> problems;
    for (const auto& [key, problem] : resolution.problems) problems.push_back(problem);
    return base::Refused(config::ComplaintOf(std::move(problems)));
  }
  return probe_.Look(plugins_.Open(*plugin), resolution.config, resolution.secrets);
}

WorkerReport Inspector::Report() const {
  WorkerReport report;
  report.data_dir = options_.data_dir;
  report.broker = options_.broker;
  report.build_facts = options_.build_facts;
  report.plugins_refused = plugins_.refusals();
  report.uptime = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
  report.pid = getpid();
  report.rss_bytes = ResidentBytes();
  const broker::Health health = broker_.GetHealth();
  report.broker_reachable = health.reachable;
  report.broker_message = options_.providers.secrets().Hidden(health.message);
  return report;
}

void Inspector::SampleMetrics(const std::stop_token& stop) {
  log::NameThread("metrics");
  do {
    const auto connectors = connectors_();
    history_.Sample(Now(), *connectors, static_cast<double>(ResidentBytes()), CpuSeconds());
    windows_.Sample(MeterWindows::Clock::now(), *connectors);
    LookAtDisk();
    memory_.Tick(events_.newest());
  } while (!base::WaitForStop(stop, std::chrono::seconds(1)));
}

void Inspector::LookAtDisk() {
  std::error_code error;
  const auto space = std::filesystem::space(options_.data_dir, error);
  if (error) return;
  disk_.size.Set(static_cast<std::int64_t>(space.capacity));
  disk_.available.Set(static_cast<std::int64_t>(space.available));
}

std::string Inspector::MetricsText(const WorkerFacts& worker) const {
  const auto connectors = connectors_();
  PrometheusFamilies families;
  AddWorkerMetrics(worker, started_at_, disk_, broker_, families);
  AddConnectMetrics(worker, *connectors, windows_, families);
  AddTaskMetrics(*connectors, families);
  return families.Text();
}

}  // namespace framespool::inspect
