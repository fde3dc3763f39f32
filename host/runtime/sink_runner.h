#pragma once

#include <map>
#include <span>

#include <runtime/task_runner.h>

#include "error_tolerance.h"
#include "sink_context.h"

namespace framespool::runtime {

/// Open -> (read -> Put -> PreCommit -> commit) -> Close.
class SinkRunner final : public TaskRunner {
 public:
  SinkRunner(TaskIdentity identity, TaskState::Listener listener, RawConfig config, Opener open, broker::Broker& broker,
             store::OffsetStore& offsets, std::chrono::milliseconds commit_interval)
      : TaskRunner(std::move(identity), std::move(listener), std::move(config), std::move(open)),
        broker_(broker),
        offsets_(offsets),
        commit_interval_(commit_interval),
        tolerance_(common(), this->identity().logger()) {
    LimitPauses(tolerance_.longest_delay());
  }

 protected:
  void Execute(const plugins::Plugin& plugin, const RawConfig& config, std::stop_token stop) override;

 private:
  struct Input {
    std::int64_t delivered = 0;  // Put() took everything before this offset
    std::int64_t committed = 0;
  };
  void Loop(SinkTask& task, SinkContext& context, const std::stop_token& stop);
  /// A consumer of the assignment, and the sink is told of it.
  void OpenInputs(SinkTask& task, SinkContext& context);
  void CloseInputs(SinkTask& task);
  void Seek(SinkContext& context);
  void Deliver(SinkTask& task, SinkContext& context, const std::stop_token& stop);
  /// Until the sink has taken the records or they are left out; false when stopped meanwhile.
  bool Put(SinkTask& task, SinkContext& context, std::span<const SinkRecord> records, const std::stop_token& stop);
  /// What the sink says of what it took.
  void Commit(SinkTask& task, SinkContext& context, const std::stop_token& stop);

  broker::Broker& broker_;
  store::OffsetStore& offsets_;
  const std::chrono::milliseconds commit_interval_;
  ErrorTolerance tolerance_;
  std::unique_ptr<broker::Consumer> consumer_;
  std::map<TopicPartition, Input> inputs_;  // what the consumer was opened for
  std::int64_t records_ = 0;
};

}  // namespace framespool::runtime
