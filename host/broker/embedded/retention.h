#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>

#include "space_guard.h"
#include "topic.h"

namespace framespool::broker::embedded {

/// The thread "log-retention": drops whole segments that are older or more than their topic keeps, and the oldest of
/// all while the topics together take more than `total_bytes` (0: no limit). Sleeps until time alone makes one due, or
/// until it is told that one was filled, or that the topics have grown beyond the total. Owned by the broker.
class Retention {
 public:
  Retention(Topics& topics, SpaceGuard& space) : topics_(topics), space_(space) {}
  void Start(std::uint64_t total_bytes);

  /// Something may be due. Any thread; returns at once.
  void Wake();
  /// A topic takes `bytes` more, which its disk_bytes() says already. Any thread; returns at once.
  void NoteGrowth(std::uint64_t bytes);
  void Stop();

 private:
  void Run(const std::stop_token& stop);
  std::optional<WallClock::time_point> Pass();
  void EnforceTotal();

  Topics& topics_;
  SpaceGuard& space_;
  std::uint64_t total_bytes_ = 0;
  std::atomic<std::uint64_t> grown_{0};                                         // since the topics were last counted
  std::atomic<std::uint64_t> room_{std::numeric_limits<std::uint64_t>::max()};  // how much they may grow unseen
  std::mutex mutex_;
  std::condition_variable_any woken_;
  bool wake_ = true;
  std::jthread thread_;
};

}  // namespace framespool::broker::embedded
