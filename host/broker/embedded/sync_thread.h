#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace framespool::broker::embedded {

class PartitionSync;

/// The thread "log-sync": makes appends durable at most `interval` after they were made, and sleeps while there are
/// none. Owned by the broker.
class SyncThread {
 public:
  explicit SyncThread(std::chrono::milliseconds interval);

  /// Any thread; returns at once. `partition` must live until Cancel() or Stop().
  void Schedule(PartitionSync& partition);
  /// Forgets `partition`; waits where it is being synced just now.
  void Cancel(PartitionSync& partition);
  void Stop();

 private:
  void Run(const std::stop_token& stop);

  const std::chrono::milliseconds interval_;
  std::mutex mutex_;
  std::condition_variable_any scheduled_;
  std::vector<PartitionSync*> due_;
  std::vector<PartitionSync*> under_way_;
  std::condition_variable_any done_;
  std::chrono::steady_clock::time_point first_scheduled_;
  std::jthread thread_;
};

}  // namespace framespool::broker::embedded
