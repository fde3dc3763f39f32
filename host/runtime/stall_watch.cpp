#include "runtime/stall_watch.h"

#include <algorithm>
#include <utility>

#include <base/log.h>
#include <runtime/task_runner.h>

namespace framespool::runtime {

namespace {

using namespace std::chrono_literals;

constexpr auto kLongestPause = 1000ms;
constexpr auto kShortestPause = 10ms;
/// A look that comes so late says that the process, or the machine, stood still: nobody could have returned meanwhile.
constexpr auto kStoodStill = 2000ms;

}  // namespace

StallWatch::StallWatch() : thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void StallWatch::Add(const std::shared_ptr<TaskRunner>& task) {
  if (task->stall_timeout() <= 0ms) return;
  {
    const std::lock_guard lock(mutex_);
    shortest_ = tasks_.empty() ? task->stall_timeout() : std::min(shortest_, task->stall_timeout());
    tasks_.push_back(task);
  }
  added_.notify_one();
}

std::chrono::milliseconds StallWatch::Pause() const {
  return std::clamp(shortest_ / 4, std::chrono::milliseconds(kShortestPause), std::chrono::milliseconds(kLongestPause));
}

void StallWatch::Run(const std::stop_token& stop) {
  log::NameThread("stall-watch");
  while (!stop.stop_requested()) {
    Clock::time_point due;
    {
      std::unique_lock lock(mutex_);
      added_.wait(lock, stop, [this] { return !tasks_.empty(); });
      due = Clock::now() + Pause();
      const auto known = shortest_;
      added_.wait_until(lock, stop, due, [&] { return shortest_ < known; });
    }
    if (stop.stop_requested()) return;
    const auto now = Clock::now();
    Look(now, now - due > kStoodStill);
  }
}

void StallWatch::Look(Clock::time_point now, bool was_away) {
  std::vector<std::shared_ptr<TaskRunner>> tasks;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(tasks_, [](const auto& task) { return task.expired(); });
    for (const auto& weak : tasks_) {
      if (auto task = weak.lock()) tasks.push_back(std::move(task));
    }
    if (!tasks.empty()) {
      const auto least = std::ranges::min(tasks, {}, &TaskRunner::stall_timeout);
      shortest_ = least->stall_timeout();
    }
  }
  for (const auto& task : tasks) {
    if (was_away) task->ForgiveWaiting();
    task->LookForStall(now);
  }
}

}  // namespace framespool::runtime
