#pragma once

#include <atomic>
#include <memory>

namespace framespool::worker {

/// Counts calls into plugins on detached threads, which nobody waits for when they do not return: as long as one runs,
/// the process must end without destroying what it may use. Any thread.
class DetachedCalls {
 public:
  /// Counts as a call until it is reset: begun by who starts the thread, over when the plugin's code has returned.
  using Call = std::shared_ptr<const void>;

  Call Begin() const {
    ++*running_;
    return {nullptr, [running = running_](const void*) { --*running; }};
  }
  int running() const { return *running_; }

 private:
  std::shared_ptr<std::atomic<int>> running_ = std::make_shared<std::atomic<int>>(0);
};

}  // namespace framespool::worker
