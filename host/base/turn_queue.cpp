#include "base/turn_queue.h"

#include <system_error>

#include <base/log.h>
#include <base/trace.h>

namespace framespool::base {

TurnQueue::TurnQueue(std::string thread_name, std::size_t most_threads)
    : thread_name_(std::move(thread_name)), most_threads_(most_threads) {
  const std::lock_guard lock(mutex_);
  Begin();
}

TurnQueue::~TurnQueue() {
  std::unique_lock lock(mutex_);
  closing_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return threads_.empty(); });
  JoinEnded();
}

void TurnQueue::Post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(work));
  }
  changed_.notify_all();
}

void TurnQueue::PostAt(std::chrono::steady_clock::time_point due, std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    later_.emplace(due, std::move(work));
  }
  changed_.notify_all();
}

void TurnQueue::AwaitAllBack() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return begun_ == 0 && queue_.empty(); });
}

void TurnQueue::Begin() {
  std::thread thread([this] { Work(); });
  const auto id = thread.get_id();
  threads_.emplace(id, std::move(thread));
}

void TurnQueue::JoinEnded() {
  // They have nothing more to do under the lock.
  for (std::thread& thread : ended_) thread.join();
  ended_.clear();
}

void TurnQueue::GiveTurn() {
  {
    const std::lock_guard lock(mutex_);
    is_taken_ = false;
    JoinEnded();
    if (idle_ == 0 && threads_.size() < most_threads_) {
      try {
        Begin();
      } catch (const std::system_error& error) {  // what has been posted waits until somebody is done
        log::Warn(thread_name_, std::string("one more thread cannot be had: ") + error.what());
      }
    }
  }
  changed_.notify_all();
}

void TurnQueue::TakeTurnBack() {
  std::unique_lock lock(mutex_);
  ++returning_;
  changed_.wait(lock, [this] { return !is_taken_; });
  --returning_;
  is_taken_ = true;
}

bool TurnQueue::MayBegin() {
  const auto now = std::chrono::steady_clock::now();
  while (!later_.empty() && later_.begin()->first <= now && !closing_)
    queue_.push_back(later_.extract(later_.begin()).mapped());
  return !queue_.empty() && !is_taken_ && returning_ == 0;
}

void TurnQueue::Work() {
  log::NameThread(thread_name_);
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    while (!MayBegin()) {
      const bool is_last = closing_ && queue_.empty();
      const bool is_spare = idle_ > 1 && queue_.empty();
      if (is_last || is_spare) {
        --idle_;
        const auto self = threads_.find(std::this_thread::get_id());
        ended_.push_back(std::move(self->second));
        threads_.erase(self);
        changed_.notify_all();
        return;
      }
      if (later_.empty() || closing_) {
        changed_.wait(lock);
      } else {
        // Of its own: another thread may have taken out meanwhile what is due, and the wait looks at its time once
        // more.
        const auto due = later_.begin()->first;
        changed_.wait_until(lock, due);
      }
    }
    --idle_;
    auto work = std::move(queue_.front());
    queue_.pop_front();
    is_taken_ = true;
    ++begun_;
    lock.unlock();
    try {
      work();
    } catch (...) {
      log::Error(thread_name_, "unexpected: " + DescribeCurrentException());
    }
    work = nullptr;
    lock.lock();
    --begun_;
    is_taken_ = false;
    changed_.notify_all();
  }
}

}  // namespace framespool::base
