#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "consumer_context.h"

namespace framespool::runtime {

/// What a sink task sees of the worker. Owned by the task's runner; any of the task's threads.
class SinkContext final : public ConsumerContextOf<SinkTaskContext> {
 public:
  using ConsumerContextOf::ConsumerContextOf;

  std::vector<TopicPartition> Assignment() override;
  void PauseConsumption() override;
  void ResumeConsumption() override;
  void Seek(const TopicPartition& source, std::int64_t offset) override;
  void RequestCommit() override;

  // For the runner.
  /// Before the task is made.
  void AssignBy(std::function<std::vector<TopicPartition>()> assignment) { assignment_ = std::move(assignment); }
  bool consumption_paused() const;
  std::map<TopicPartition, std::int64_t> TakeSeeks();
  /// Whether RequestCommit() was called since the last time.
  bool TakeCommitRequest();

 private:
  std::function<std::vector<TopicPartition>()> assignment_;
  mutable std::mutex mutex_;
  bool consumption_paused_ = false;
  bool commit_requested_ = false;
  std::map<TopicPartition, std::int64_t> seeks_;
};

}  // namespace framespool::runtime
