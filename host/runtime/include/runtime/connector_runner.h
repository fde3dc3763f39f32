#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <broker/broker.h>
#include <runtime/task_runner.h>
#include <runtime/task_share.h>

namespace framespool::runtime {

/// The part of a connector that is no task, where its class splits its work (Splits, Watches): on one thread it asks
/// how, again whenever the connector wants that, and watches meanwhile; where there is nothing to watch the thread
/// ends. It is FAILED when that goes wrong; the tasks go on. Owned as tasks are.
class ConnectorRunner final : public TaskRunner, public ConnectorContext {
 public:
  /// Called on its thread, without a lock, whenever Latest() has become another.
  using SplitListener = std::function<void()>;
  /// `identity` is of no task. Moves to FAILED alone reach `listener`. `before` is the split that the connector's tasks
  /// have until there is a new one; `broker` outlives it.
  ConnectorRunner(TaskIdentity identity, TaskState::Listener listener, RawConfig config, Opener open,
                  broker::Broker& broker, SplitListener on_split, std::vector<RawConfig> before = {});

  // Any thread.
  /// The newest split; nothing before the first.
  std::optional<std::vector<TaskShare>> Latest() const;
  /// Waits until the connector has been asked once, whatever came of it, at most until `deadline`.
  void AwaitAsked(std::chrono::steady_clock::time_point deadline) const;

  const std::string& connector() const noexcept override { return identity().connector; }
  void Log(LogLevel level, std::string_view message) override;
  std::vector<RawConfig> LastSplit() const override;
  std::map<std::string, std::int32_t> Topics() override;
  std::int32_t Partitions(const std::string& topic) override;
  void RequestTaskReconfiguration() override;
  void RaiseError(std::string_view why) override;

 protected:
  void Execute(const plugins::Plugin& plugin, std::stop_token stop) override;

 private:
  void Ask(const plugins::Plugin& plugin);
  /// Until a new split is wanted; false when stopped. Throws what RaiseError() was told.
  bool AwaitRequest(const std::stop_token& stop);
  void NoteAsked();

  broker::Broker& broker_;
  const SplitListener on_split_;
  const std::vector<RawConfig> before_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  bool asked_ = false;
  bool requested_ = false;
  std::exception_ptr raised_;
  std::optional<std::vector<TaskShare>> latest_;
};

}  // namespace framespool::runtime
