#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include <plugins/plugin.h>
#include <runtime/task_runner.h>

namespace framespool::runtime {

/// How a connector that splits its work (Splits, Watches) wants it split, over its life. This worker runs one task of a
/// connector, so it asks for one config. Owned by the task's runner and used on its thread; a thread of its own
/// ("split") asks again whenever the connector wants that, so that the task goes on meanwhile and is restarted only for
/// another config.
class TaskSplit final : public ConnectorContext {
 public:
  TaskSplit(plugins::Plugin plugin, const TaskIdentity& identity, const RawConfig& config);
  ~TaskSplit() override;
  TaskSplit(const TaskSplit&) = delete;
  TaskSplit& operator=(const TaskSplit&) = delete;

  /// Asks for the first split and begins to watch. Throws what the plugin throws.
  void Begin();
  /// The config of the one task, the connector's own with what the split says instead; nothing when there is nothing to
  /// do yet. From now on `round` is asked to stop when that has changed. Throws what went wrong since the last call.
  std::optional<RawConfig> Next(const std::stop_source& round);

  const std::string& connector() const noexcept override { return identity_.connector; }
  void Log(LogLevel level, std::string_view message) override;
  void RequestTaskReconfiguration() override;
  void RaiseError(std::string_view why) override;

 private:
  std::optional<RawConfig> Ask();
  void AskWheneverRequested(const std::stop_token& stop);
  void Fail(std::exception_ptr error);

  const plugins::Plugin plugin_;
  const TaskIdentity& identity_;
  const RawConfig& config_;
  std::mutex mutex_;
  std::condition_variable_any requested_changed_;
  bool requested_ = false;
  std::optional<RawConfig> current_;
  std::stop_source round_{std::nostopstate};
  std::exception_ptr error_;
  std::unique_ptr<ConnectorWatch> watch_;
  std::jthread thread_;
};

}  // namespace framespool::runtime
