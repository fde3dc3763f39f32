#pragma once

#include <mutex>
#include <string>
#include <vector>

#include <broker/broker.h>
#include <herder/herder.h>
#include <plugins/plugin_registry.h>
#include <store/store.h>

namespace framespool::herder {

/// What GET /health says, put together from those who know: the broker, the store, the plugins, tasks that wait, and
/// what the herder itself has found. Owned by the herder; any thread, never waits.
class HealthReport {
 public:
  HealthReport(broker::Broker& broker, store::Store& store, const plugins::PluginRegistry& plugins)
      : broker_(broker), store_(store), plugins_(plugins), since_start_(Now()) {}

  /// Something found by the herder, which stays until the worker ends. It is logged, as an error.
  void Note(base::StandingProblem problem);
  /// The problems with the worker's state as it would be without them.
  Health Get(Health otherwise, const std::vector<runtime::ConnectorView>& connectors) const;

 private:
  broker::Broker& broker_;
  store::Store& store_;
  const plugins::PluginRegistry& plugins_;
  const Timestamp since_start_;
  mutable std::mutex mutex_;
  std::vector<base::StandingProblem> found_;
};

/// What the database and the topics have to say of each other when the worker starts; nothing when they agree. `full`
/// are the topics with records beside the database.
std::vector<base::StandingProblem> CompareStoreWithTopics(const std::string& data_dir, bool store_is_new,
                                                          const std::vector<std::string>& full,
                                                          const std::vector<std::string>& missing);

}  // namespace framespool::herder
