#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace framespool::base {

/// One thread that carries out posted work in order. Its destructor carries out what is still queued, and
/// forgets what is not due yet.
class WorkQueue {
 public:
  explicit WorkQueue(std::string thread_name);
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;
  ~WorkQueue();

  /// Any thread, its own included.
  void Post(std::function<void()> work);
  /// The same not before `due`, behind what has been posted until then.
  void PostAt(std::chrono::steady_clock::time_point due, std::function<void()> work);

 private:
  void Work(const std::string& thread_name);
  /// Until there is work or the queue closes. Under the lock.
  void AwaitWork(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> queue_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> later_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace framespool::base
