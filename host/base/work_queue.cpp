#include "base/work_queue.h"

#include <base/log.h>
#include <base/trace.h>

namespace framespool::base {

WorkQueue::WorkQueue(std::string thread_name) : thread_([this, name = std::move(thread_name)] { Work(name); }) {}

WorkQueue::~WorkQueue() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  posted_.notify_one();
  thread_.join();
}

void WorkQueue::Post(std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }
  posted_.notify_one();
}

void WorkQueue::PostAt(std::chrono::steady_clock::time_point due, std::function<void()> work) {
  {
    std::lock_guard lock(mutex_);
    later_.emplace(due, std::move(work));
  }
  posted_.notify_one();
}

void WorkQueue::AwaitWork(std::unique_lock<std::mutex>& lock) {
  while (!closing_) {
    const auto now = std::chrono::steady_clock::now();
    while (!later_.empty() && later_.begin()->first <= now) queue_.push_back(later_.extract(later_.begin()).mapped());
    if (!queue_.empty()) return;
    if (later_.empty())
      posted_.wait(lock);
    else
      posted_.wait_until(lock, later_.begin()->first);
  }
}

void WorkQueue::Work(const std::string& thread_name) {
  log::NameThread(thread_name);
  std::unique_lock lock(mutex_);
  for (;;) {
    AwaitWork(lock);
    if (queue_.empty()) return;
    auto work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    try {
      work();
    } catch (...) {
      log::Error(thread_name, "unexpected: " + DescribeCurrentException());
    }
    lock.lock();
  }
}

}  // namespace framespool::base
