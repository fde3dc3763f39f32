#include "runtime/task_state.h"

namespace framespool::runtime {

std::string_view ToText(State state) {
  switch (state) {
    case State::kUnassigned: return "UNASSIGNED";
    case State::kRunning: return "RUNNING";
    case State::kPaused: return "PAUSED";
    case State::kStopped: return "STOPPED";
    case State::kFailed: return "FAILED";
    case State::kRestarting: return "RESTARTING";
  }
  return "UNASSIGNED";
}

void TaskState::Move(State to, const std::string& trace) {
  {
    std::lock_guard lock(mutex_);
    if (snapshot_.state == to || snapshot_.state == State::kFailed) return;
    if (to == State::kPaused && snapshot_.state != State::kRunning) return;
    snapshot_.state = to;
    snapshot_.trace = trace;
    ++revision_;
  }
  listener_(to, trace);
}

void TaskState::TakeUp() {
  if (!paused()) return Move(State::kRunning);
  if (Get().state == State::kUnassigned) Move(State::kRunning);
  Move(State::kPaused);
}

void TaskState::Merge(const Fields& metrics) {
  std::lock_guard lock(mutex_);
  for (const auto& [name, value] : metrics) snapshot_.metrics.insert_or_assign(name, value);
  ++revision_;
}

void TaskState::Remove(const std::string& metric) {
  std::lock_guard lock(mutex_);
  if (snapshot_.metrics.erase(metric) > 0) ++revision_;
}

void TaskState::SetPaused(bool paused) {
  {
    std::lock_guard lock(mutex_);
    paused_ = paused;
  }
  resumed_.notify_all();
}

bool TaskState::paused() const {
  std::lock_guard lock(mutex_);
  return paused_;
}

bool TaskState::AwaitResumed(std::stop_token stop, std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  resumed_.wait_for(lock, stop, wait, [this] { return !paused_; });
  return paused_;
}

TaskState::Snapshot TaskState::Get() const {
  std::lock_guard lock(mutex_);
  return snapshot_;
}

}  // namespace framespool::runtime
