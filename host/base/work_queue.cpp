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

void WorkQueue::Work(const std::string& thread_name) {
  log::NameThread(thread_name);
  std::unique_lock lock(mutex_);
  for (;;) {
    posted_.wait(lock, [this] { return closing_ || !queue_.empty(); });
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
