#include "sync_thread.h"

#include <algorithm>
#include <utility>

#include <base/log.h>
#include "partition_sync.h"

namespace framespool::broker::embedded {

SyncThread::SyncThread(std::chrono::milliseconds interval)
    : interval_(interval), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

void SyncThread::Schedule(PartitionSync& partition) {
  {
    const std::lock_guard lock(mutex_);
    if (due_.empty()) first_scheduled_ = std::chrono::steady_clock::now();
    due_.push_back(&partition);
    if (due_.size() > 1) return;
  }
  scheduled_.notify_one();
}

void SyncThread::Cancel(PartitionSync& partition) {
  std::unique_lock lock(mutex_);
  std::erase(due_, &partition);
  done_.wait(lock, [&] { return std::find(under_way_.begin(), under_way_.end(), &partition) == under_way_.end(); });
}

void SyncThread::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void SyncThread::Run(const std::stop_token& stop) {
  log::NameThread("log-sync");
  std::unique_lock lock(mutex_);
  for (;;) {
    scheduled_.wait(lock, stop, [this] { return !due_.empty(); });
    const auto until = first_scheduled_ + interval_;
    scheduled_.wait_until(lock, stop, until, [] { return false; });
    if (stop.stop_requested()) return;
    under_way_ = std::exchange(due_, {});
    const std::vector<PartitionSync*> due = under_way_;
    lock.unlock();
    for (PartitionSync* partition : due) {
      try {
        partition->Sync();
      } catch (const std::exception&) {  // logged where it happened; the next append and Sync() throw it
      }
    }
    lock.lock();
    under_way_.clear();
    done_.notify_all();
  }
}

}  // namespace framespool::broker::embedded
