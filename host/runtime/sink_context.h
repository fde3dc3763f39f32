#pragma once

#include <mutex>
#include <set>

#include <broker/broker.h>
#include <runtime/task_runner.h>
#include <store/offset_store.h>

namespace framespool::runtime {

/// What a sink task sees of the worker. Owned by the task's runner; any of the task's threads.
class SinkContext final : public SinkTaskContext {
 public:
  /// `tolerant`: errors.tolerance = all.
  SinkContext(const TaskIdentity& identity, TaskState& state, EffectGate& gate, std::vector<std::string> topics,
              broker::Broker& broker, broker::ClientSettings settings, store::OffsetStore& offsets, bool tolerant);

  const std::string& connector() const noexcept override { return identity_.connector; }
  int task() const noexcept override { return identity_.task; }
  void Log(LogLevel level, std::string_view message) override;
  void ReportMetrics(const Fields& metrics) override { state_.Merge(metrics); }

  const std::vector<std::string>& topics() const noexcept override { return topics_; }
  std::vector<TopicPartition> Assignment() override;
  std::int32_t Partitions(const std::string& topic) override;
  void PauseConsumption() override;
  void ResumeConsumption() override;
  void Seek(const TopicPartition& source, std::int64_t offset) override;
  /// The reader delivers nothing while the task is paused.
  std::unique_ptr<TopicReader> OpenReader(const TopicPartition& source) override;
  const std::string& group() const noexcept override { return group_; }
  std::optional<std::int64_t> CommittedOffset(const std::string& group, const TopicPartition& source) override;
  void CommitOffset(const std::string& group, const TopicPartition& source, std::int64_t offset) override;
  void Reject(const SinkRecord& record, std::string_view reason) override;
  std::optional<std::string> BrokerTrouble() override;

  // For the runner.
  bool consumption_paused() const;
  std::map<TopicPartition, std::int64_t> TakeSeeks();
  /// Throws when a record was rejected and errors.tolerance is none.
  void RequireNoRejection() const;

 private:
  const TaskIdentity& identity_;
  TaskState& state_;
  EffectGate& gate_;
  const std::vector<std::string> topics_;
  const std::string group_;
  broker::Broker& broker_;
  const broker::ClientSettings settings_;
  store::OffsetStore& offsets_;
  const bool tolerant_;
  mutable std::mutex mutex_;
  bool consumption_paused_ = false;
  std::map<TopicPartition, std::int64_t> seeks_;
  std::int64_t rejected_ = 0;
  std::string first_rejection_;
};

}  // namespace framespool::runtime
