#include "herded_connector.h"

#include <config/connector_config.h>
#include <runtime/task_metrics.h>

#include <utility>

namespace framespool::herder {

namespace {

config::ConnectorType TypeOrSource(const HerdedConnector& connector) {
  if (connector.plugin) return config::TypeOf(*connector.plugin);
  const auto common = config::CommonConfigOf(connector.stored.config);
  const bool reads = !common.topics.empty() || !common.topics_regex.empty();
  return reads ? config::ConnectorType::kSink : config::ConnectorType::kSource;
}

}  // namespace

runtime::State StateFor(store::TargetState target) {
  switch (target) {
    case store::TargetState::kRunning: return runtime::State::kRunning;
    case store::TargetState::kPaused: return runtime::State::kPaused;
    case store::TargetState::kStopped: return runtime::State::kStopped;
  }
  return runtime::State::kRunning;
}

runtime::State StateOf(const HerdedConnector& connector) {
  const bool failed = connector.runner && connector.runner->Status().state == runtime::State::kFailed;
  return failed ? runtime::State::kFailed : connector.state;
}

runtime::ConnectorInfo InfoOf(const HerdedConnector& connector) {
  runtime::ConnectorInfo info{
      .name = connector.stored.name,
      .config = connector.stored.config,
      .tasks = {},
      .type = TypeOrSource(connector),
      .topics = config::TopicsOf(TypeOrSource(connector), config::CommonConfigOf(ResolvedConfigOf(connector)))};
  if (connector.plugin)
    info.metrics = std::make_shared<const std::vector<MetricSpec>>(runtime::MetricsOf(*connector.plugin));
  for (std::size_t i = 0; i < connector.tasks.size(); ++i) {
    RawConfig config = connector.stored.config;
    for (const auto& [key, value] : connector.shares[i].shown) config.insert_or_assign(key, value);
    info.tasks.push_back({.id = static_cast<int>(i), .config = std::move(config)});
  }
  return info;
}

runtime::ConnectorStatus StatusOf(const HerdedConnector& connector, const std::string& worker_id) {
  const std::string version = connector.plugin ? connector.plugin->version : "";
  runtime::ConnectorStatus status{.name = connector.stored.name,
                                  .state = connector.state,
                                  .worker_id = connector.worker_id.empty() ? worker_id : connector.worker_id,
                                  .version = version,
                                  .trace = connector.trace,
                                  .problems = connector.problems,
                                  .tasks = {},
                                  .type = TypeOrSource(connector)};
  if (connector.runner) {
    auto own = connector.runner->Status();
    status.waiting = runtime::WaitingOf(own.metrics);
    if (const auto stalled = runtime::StallOf(own.metrics)) {
      status.waiting = stalled;
      status.waiting->reason = own.trace;
    }
    if (own.state == runtime::State::kFailed) {
      status.state = own.state;
      status.trace = std::move(own.trace);
      status.problems = std::move(own.problems);
    }
  }
  for (std::size_t i = 0; i < connector.tasks.size(); ++i) {
    if (!connector.tasks[i]) {
      status.tasks.push_back(connector.elsewhere.at(i));
      continue;
    }
    auto task = connector.tasks[i]->Status();
    if (const auto found = connector.restarts.find(i); found != connector.restarts.end())
      found->second.AddTo(task.metrics);
    status.tasks.push_back({.id = static_cast<int>(i),
                            .state = task.state,
                            .worker_id = worker_id,
                            .version = version,
                            .trace = std::move(task.trace),
                            .problems = std::move(task.problems),
                            .metrics = std::move(task.metrics),
                            .meters = connector.tasks[i]->meters()});
  }
  return status;
}

std::uint64_t RevisionOf(const HerdedConnector& connector) {
  std::uint64_t revision = connector.runner ? connector.runner->revision() : 0;
  for (const auto& task : connector.tasks) revision += task ? task->revision() : 0;
  return revision;
}

runtime::ConnectorView ViewOf(const HerdedConnector& connector, const std::string& worker_id) {
  // Before the tasks are looked at: what changes meanwhile is then found changed the next time.
  const std::uint64_t revision = RevisionOf(connector);
  auto& [view, shown] = connector.latest;
  if (!view.info) view.info = std::make_shared<const runtime::ConnectorInfo>(InfoOf(connector));
  if (!view.status || shown != revision) {
    view.status = std::make_shared<const runtime::ConnectorStatus>(StatusOf(connector, worker_id));
    shown = revision;
  }
  return view;
}

}  // namespace framespool::herder
