#include "retention.h"

#include <algorithm>

#include <base/log.h>

namespace framespool::broker::embedded {

namespace {

constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours(1);

}  // namespace

void Retention::Start(std::uint64_t total_bytes) {
  total_bytes_ = total_bytes;
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

void Retention::Wake() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(wake_, true)) return;
  }
  woken_.notify_one();
}

void Retention::NoteGrowth(std::uint64_t bytes) {
  if (grown_.fetch_add(bytes) + bytes > room_) Wake();
}

void Retention::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Retention::Run(const std::stop_token& stop) {
  log::NameThread("log-retention");
  std::unique_lock lock(mutex_);
  std::optional<WallClock::time_point> next;
  while (!stop.stop_requested()) {
    const auto woken = [this] { return wake_; };
    if (next) {
      // Not until a time of day: a clock that is set back must not make this thread wait for that long.
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*next - WallClock::now());
      woken_.wait_for(lock, stop,
                      std::clamp<std::chrono::milliseconds>(left + std::chrono::milliseconds(1),
                                                            std::chrono::milliseconds(1), kLongestWait),
                      woken);
    } else {
      woken_.wait(lock, stop, woken);
    }
    if (stop.stop_requested()) return;
    wake_ = false;
    lock.unlock();
    next = Pass();
    lock.lock();
  }
}

std::optional<WallClock::time_point> Retention::Pass() {
  const auto now = WallClock::now();
  std::optional<WallClock::time_point> next;
  const auto look_again = [&](WallClock::time_point at) { next = next ? std::min(*next, at) : at; };
  for (const auto& partition : topics_.AllPartitions()) {
    try {
      if (const auto at = partition->LookAfter(now)) look_again(*at);
    } catch (const std::exception& error) {
      log::Warn("broker", partition->Name() + ": retention: " + error.what() + "; tried again in a minute");
      look_again(now + std::chrono::minutes(1));
    }
  }
  EnforceTotal();
  try {
    if (!space_.LookAgain()) look_again(now + std::chrono::seconds(1));
  } catch (const std::exception& error) {
    log::Warn("broker", error.what());
    look_again(now + std::chrono::minutes(1));
  }
  return next;
}

void Retention::EnforceTotal() {
  if (total_bytes_ == 0) return;
  const auto partitions = topics_.AllPartitions();
  for (;;) {
    grown_ = 0;  // before they are counted: what grows meanwhile counts twice rather than not at all
    std::uint64_t bytes = 0;
    Partition* oldest = nullptr;
    WallClock::time_point oldest_write;
    for (const auto& partition : partitions) {
      bytes += partition->segments().disk_bytes();
      const auto last_write = partition->retention().OldestDroppable();
      if (last_write && (oldest == nullptr || *last_write < oldest_write)) {
        oldest = partition.get();
        oldest_write = *last_write;
      }
    }
    if (bytes <= total_bytes_) {
      room_ = total_bytes_ - bytes;
      if (grown_ <= room_) return;
    } else if (oldest == nullptr || !oldest->retention().DropOldest("the total of all topics")) {
      room_ = std::numeric_limits<std::uint64_t>::max();  // until a segment is sealed, and then the sync thread calls
      return;
    }
  }
}

}  // namespace framespool::broker::embedded
