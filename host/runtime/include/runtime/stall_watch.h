#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace framespool::runtime {

class TaskRunner;

/// Looks again and again whether tasks come back from their plugins' calls, and has those that do not say so
/// (TaskRunner::LookForStall()). A thread of its own, "stall-watch", that waits for nobody else. Any thread may add.
class StallWatch {
 public:
  StallWatch();
  StallWatch(const StallWatch&) = delete;
  StallWatch& operator=(const StallWatch&) = delete;

  /// As long as it lives. A task that may stay away as long as it likes is not looked at.
  void Add(const std::shared_ptr<TaskRunner>& task);

 private:
  using Clock = std::chrono::steady_clock;

  void Run(const std::stop_token& stop);
  /// How long until the next look; nothing while there is nobody to look at.
  std::chrono::milliseconds Pause() const;
  void Look(Clock::time_point now, bool was_away);

  std::mutex mutex_;
  std::condition_variable_any added_;
  std::vector<std::weak_ptr<TaskRunner>> tasks_;
  std::chrono::milliseconds shortest_{0};  // of the tasks' time-outs
  std::jthread thread_;                    // last: it uses all of the above
};

}  // namespace framespool::runtime
