#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace framespool::base {

/// One thread that carries out posted work in order. Its destructor carries out what is still queued.
class WorkQueue {
 public:
  explicit WorkQueue(std::string thread_name);
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;
  ~WorkQueue();

  /// Any thread, its own included.
  void Post(std::function<void()> work);

 private:
  void Work(const std::string& thread_name);

  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> queue_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace framespool::base
