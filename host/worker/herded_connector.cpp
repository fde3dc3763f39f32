#include "herded_connector.h"

#include "connector_config.h"

namespace framespool::worker {

namespace {

ConnectorType TypeOrSource(const HerdedConnector& connector) {
  return connector.plugin ? TypeOf(*connector.plugin) : ConnectorType::kSource;
}

}  // namespace

ConnectorInfo InfoOf(const HerdedConnector& connector) {
  ConnectorInfo info{
      .name = connector.stored.name, .config = connector.stored.config, .tasks = {}, .type = TypeOrSource(connector)};
  for (std::size_t i = 0; i < connector.tasks.size(); ++i) info.tasks.push_back(static_cast<int>(i));
  return info;
}

ConnectorStatus StatusOf(const HerdedConnector& connector, const std::string& worker_id) {
  const std::string version = connector.plugin ? connector.plugin->version : "";
  ConnectorStatus status{.name = connector.stored.name,
                         .state = connector.state,
                         .worker_id = worker_id,
                         .version = version,
                         .trace = connector.trace,
                         .tasks = {},
                         .type = TypeOrSource(connector)};
  for (std::size_t i = 0; i < connector.tasks.size(); ++i) {
    auto task = connector.tasks[i]->Status();
    status.tasks.push_back({.id = static_cast<int>(i),
                            .state = task.state,
                            .worker_id = worker_id,
                            .version = version,
                            .trace = std::move(task.trace),
                            .metrics = std::move(task.metrics)});
  }
  return status;
}

}  // namespace framespool::worker
