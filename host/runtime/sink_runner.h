#pragma once

#include <functional>
#include <span>

#include <runtime/task_runner.h>

#include "error_tolerance.h"
#include "sink_context.h"

namespace framespool::runtime {

/// Read -> Put -> Flush -> commit. A sink that paused its consumption reads for itself; then this only keeps it alive.
class SinkRunner final : public TaskRunner {
 public:
  SinkRunner(TaskIdentity identity, TaskState::Listener listener, RawConfig config,
             std::function<const ConnectorEntry&()> open, broker::Broker& broker, store::OffsetStore& offsets,
             std::chrono::milliseconds commit_interval)
      : TaskRunner(std::move(identity), std::move(listener)),
        config_(std::move(config)),
        open_(std::move(open)),
        broker_(broker),
        offsets_(offsets),
        commit_interval_(commit_interval),
        tolerance_(config_, this->identity().logger()) {
    LimitPauses(tolerance_.longest_delay());
  }

 protected:
  void Execute(std::stop_token stop) override;

 private:
  struct Input {
    std::unique_ptr<TopicReader> reader;
    std::int64_t delivered = 0;  // Put() took everything before this offset
    std::int64_t committed = 0;
  };
  void Loop(SinkTask& task, SinkContext& context, const std::stop_token& stop);
  void OpenInputs(SinkContext& context);
  /// Whether anything was delivered.
  bool Deliver(SinkTask& task, Input& input, std::chrono::milliseconds wait, const std::stop_token& stop);
  /// Until the sink has taken the records or they are left out; false when stopped meanwhile.
  bool Put(SinkTask& task, std::span<const SinkRecord> records, const std::stop_token& stop);
  void Commit(SinkTask& task, SinkContext& context);

  const RawConfig config_;
  const std::function<const ConnectorEntry&()> open_;
  broker::Broker& broker_;
  store::OffsetStore& offsets_;
  const std::chrono::milliseconds commit_interval_;
  ErrorTolerance tolerance_;
  std::map<TopicPartition, Input> inputs_;
  std::int64_t records_ = 0;
};

}  // namespace framespool::runtime
