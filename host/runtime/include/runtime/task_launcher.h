#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <broker/broker.h>
#include <config/config_providers.h>
#include <config/file_access.h>
#include <config/listening.h>
#include <plugins/plugin_registry.h>
#include <runtime/active_topics.h>
#include <runtime/connector_runner.h>
#include <runtime/source_offsets.h>
#include <runtime/stall_watch.h>
#include <runtime/start_meters.h>
#include <runtime/task_runner.h>
#include <runtime/task_share.h>
#include <store/store.h>

namespace framespool::runtime {

class PartitionShares;
class ProducerFence;

/// What workers that share their tasks say of one that is to run on this worker.
struct TaskTerms {
  std::function<EffectGate::Permit()> permit{};  // asked before each effect
  std::function<void()> before{};                // on its thread before it begins; a RetriableError: once more
  std::shared_ptr<const std::atomic<std::uint64_t>> epoch{};  // for its status; null: none
};

/// Starts tasks and stops them, and knows those that did not stop. Owned by the herder; on its thread.
class TaskLauncher {
 public:
  struct Times {
    std::chrono::milliseconds offset_flush_interval;
    std::chrono::milliseconds shutdown_timeout;
    std::chrono::milliseconds stall_timeout{0};  // of connectors that say nothing of it; 0: none
  };

  /// Called after each move of a task, without a lock, on the thread that made it.
  using StatusListener =
      std::function<void(const std::string& connector, int task, State state, const std::string& reason)>;
  /// Called with what config providers have said of a config that has variables, without a lock, on the thread of the
  /// task that is about to begin, or to fail.
  using ResolutionListener = std::function<void(const store::StoredConnector&, const config::Resolution&)>;
  TaskLauncher(Times times, plugins::PluginRegistry& plugins, store::Store& store, broker::Broker& broker,
               SourceOffsets& offsets, ActiveTopics& topics, StatusListener listener, config::FileAccess files,
               RawConfig converters = {}, config::ConfigProviders providers = {},
               ResolutionListener resolution_listener = {}, config::Listening listening = {})
      : times_(times),
        plugins_(plugins),
        store_(store),
        broker_(broker),
        offsets_(offsets),
        topics_(topics),
        listener_(std::move(listener)),
        files_(std::move(files)),
        listening_(listening),
        converters_(std::move(converters)),
        providers_(std::move(providers)),
        resolution_listener_(std::move(resolution_listener)) {}

  /// Tasks of these numbers are about to begin, of `tasks` in all, where others had them or higher ones before. No I/O:
  /// the tasks themselves see to what follows. `shared`: others of them run on other workers.
  void Announce(const store::StoredConnector& connector, const plugins::PluginClass& plugin,
                const std::set<int>& starting, int tasks, bool shared = false);
  std::shared_ptr<TaskRunner> Start(const store::StoredConnector& connector, const plugins::PluginClass& plugin,
                                    int task, const TaskShare& share = {}, const TaskTerms& terms = {});
  /// What asks the connector how its work is split; its tasks have the shares `before`.
  std::shared_ptr<ConnectorRunner> StartConnector(const store::StoredConnector& connector,
                                                  const plugins::PluginClass& plugin,
                                                  ConnectorRunner::SplitListener on_split,
                                                  const std::vector<TaskShare>& before);

  using Tasks = std::vector<std::shared_ptr<TaskRunner>>;
  /// Asks all to stop and waits for them; those that do not stop in time are fenced off and left behind.
  void Stop(const std::string& connector, const Tasks& tasks);
  /// The same for all connectors at once, within the time that one has.
  void StopAll(const std::vector<std::pair<std::string, std::shared_ptr<TaskRunner>>>& tasks);
  /// The same of one that has been asked and waited for already.
  void LetGo(const std::string& connector, const std::shared_ptr<TaskRunner>& task) {
    AwaitEnd(connector, task, std::chrono::steady_clock::now());
  }

  /// Of tasks: one has succeeded when it runs, and failed when it ends before. Any thread.
  const StartMeters& starts() const noexcept { return starts_; }

  /// The connectors of the tasks that were left behind.
  std::vector<std::string> left_behind() const;

 private:
  std::shared_ptr<PartitionShares> SharesOf(const std::string& sink);
  TaskRunner::Opener OpenerOf(const plugins::PluginClass& plugin, std::shared_ptr<const RawConfig> resolved) const;
  /// Writes to `resolved` what the opener is to see.
  TaskRunner::Resolver ResolverOf(const store::StoredConnector& connector, const RawConfig& share,
                                  std::shared_ptr<RawConfig> resolved) const;
  void AwaitEnd(const std::string& connector, const std::shared_ptr<TaskRunner>& task,
                std::chrono::steady_clock::time_point deadline);

  const Times times_;
  plugins::PluginRegistry& plugins_;
  store::Store& store_;
  broker::Broker& broker_;
  SourceOffsets& offsets_;
  ActiveTopics& topics_;
  const StatusListener listener_;
  const config::FileAccess files_;
  const config::Listening listening_;
  const RawConfig converters_;  // of connectors that name none
  const config::ConfigProviders providers_;
  const ResolutionListener resolution_listener_;
  StartMeters starts_;
  StallWatch stalls_;
  std::map<std::string, std::shared_ptr<ProducerFence>> fences_;  // by source connector, where producers need them
  std::map<std::string, std::shared_ptr<PartitionShares>> partition_shares_;  // by sink
  std::map<std::string, Tasks> left_behind_;  // by connector: their successors wait for what they still write
};

}  // namespace framespool::runtime
