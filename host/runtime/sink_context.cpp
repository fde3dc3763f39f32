#include "sink_context.h"

#include <utility>

namespace framespool::runtime {

std::vector<TopicPartition> SinkContext::Assignment() { return assignment_(); }

void SinkContext::PauseConsumption() {
  std::lock_guard lock(mutex_);
  consumption_paused_ = true;
}

void SinkContext::ResumeConsumption() {
  {
    std::lock_guard lock(mutex_);
    consumption_paused_ = false;
  }
  state().Wake();
}

void SinkContext::Seek(const TopicPartition& source, std::int64_t offset) {
  std::lock_guard lock(mutex_);
  seeks_[source] = offset;
}

void SinkContext::RequestCommit() {
  {
    std::lock_guard lock(mutex_);
    commit_requested_ = true;
  }
  state().Wake();
}

bool SinkContext::consumption_paused() const {
  std::lock_guard lock(mutex_);
  return consumption_paused_;
}

std::map<TopicPartition, std::int64_t> SinkContext::TakeSeeks() {
  std::lock_guard lock(mutex_);
  return std::exchange(seeks_, {});
}

bool SinkContext::TakeCommitRequest() {
  std::lock_guard lock(mutex_);
  return std::exchange(commit_requested_, false);
}

}  // namespace framespool::runtime
