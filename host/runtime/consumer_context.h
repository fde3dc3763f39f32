#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <base/log.h>
#include <broker/broker.h>
#include <framespool/connector.h>
#include <runtime/effect_gate.h>
#include <runtime/task_runner.h>
#include <store/offset_store.h>

namespace framespool::runtime {

/// What sinks and views see of the worker alike; `Base` is the one's context or the other's. Owned by the task's
/// runner; any of the task's threads.
template <class Base>
class ConsumerContextOf : public Base {
 public:
  /// `tolerant`: errors.tolerance = all.
  ConsumerContextOf(const TaskIdentity& identity, TaskState& state, EffectGate& gate, std::vector<std::string> topics,
                    broker::Broker& broker, broker::ClientSettings settings, store::OffsetStore& offsets,
                    bool tolerant);

  const std::string& connector() const noexcept override { return identity_.connector; }
  int task() const noexcept override { return identity_.task; }
  void Log(LogLevel level, std::string_view message) override;
  void ReportMetrics(const Fields& metrics) override {
    if (state_.Report(metrics)) log::Warn(identity_.logger(), kTooManyMetrics);
  }
  std::shared_ptr<Histogram> HistogramOf(const std::string& metric) override {
    return state_.meters().plugin.Of(metric);
  }
  AccessGate* access() const noexcept override { return identity_.access; }
  TlsServer* tls() const noexcept override { return identity_.tls; }

  const std::vector<std::string>& topics() const noexcept override { return topics_; }
  std::int32_t Partitions(const std::string& topic) override;
  const std::string& group() const noexcept override { return group_; }
  std::optional<std::int64_t> CommittedOffset(const std::string& group, const TopicPartition& source) override;
  /// A record counts once in the task's life, however many of a view's viewers come to it.
  void Reject(const SinkRecord& record, Problem problem) override;
  std::optional<std::string> BrokerTrouble() override;

  // For the runner.
  /// How many partitions `topic` has; nothing when there is no such topic. May wait for I/O.
  std::optional<std::int32_t> KnownPartitions(const std::string& topic);
  /// Throws when a record was rejected and errors.tolerance is none.
  void RequireNoRejection() const;
  /// How many were.
  std::int64_t rejected() const;
  /// Rejected records are kept for TakeRejected() from now on.
  void KeepRejected() {
    std::lock_guard lock(mutex_);
    keeps_rejected_ = true;
  }
  struct Rejected {
    SinkRecord record;
    Problem problem;
  };
  std::vector<Rejected> TakeRejected() {
    std::lock_guard lock(mutex_);
    return std::exchange(kept_, {});
  }
  /// The first record of `partition` that was rejected, where that fails the task.
  std::optional<std::int64_t> FailedAt(std::int32_t partition) const;
  /// Stores that records before `offset` have been delivered, unless the task was abandoned.
  void StoreOffset(const std::string& group, const TopicPartition& source, std::int64_t offset);

 protected:
  TaskState& state() const noexcept { return state_; }
  std::unique_ptr<TopicReader> OpenPlainReader(const TopicPartition& source) {
    return broker_.OpenReader(source, settings_);
  }

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
  std::int64_t rejected_ = 0;
  std::map<TopicPartition, std::set<std::int64_t>> rejected_offsets_;
  std::optional<Problem> first_rejection_;
  bool keeps_rejected_ = false;
  std::vector<Rejected> kept_;
};

extern template class ConsumerContextOf<SinkTaskContext>;
extern template class ConsumerContextOf<ViewContext>;

}  // namespace framespool::runtime
