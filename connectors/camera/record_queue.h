#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <iterator>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "framespool/record.h"

namespace framespool::camera {

/// Records on their way from the thread that reads the camera to the task's own. Both may wait, each until its stop.
/// What does not fit is not thrown away: the camera waits. Any thread.
class RecordQueue {
 public:
  static constexpr std::size_t kMostBytes = 64 << 20;
  static constexpr std::size_t kMostRecords = 4096;

  /// Waits for room; false, and the record is not taken, at a stop.
  bool Push(SourceRecord record, const std::stop_token& stop) {
    const std::size_t size = record.value.size();
    std::unique_lock lock(mutex_);
    const auto has_room = [&] {
      return records_.empty() || (bytes_ + size <= kMostBytes && records_.size() < kMostRecords);
    };
    if (!changed_.wait(lock, stop, has_room)) return false;
    bytes_ += size;
    records_.push_back(std::move(record));
    changed_.notify_all();
    return true;
  }

  /// All there are, once there is one; none when `wait` is over before, or at a stop.
  std::vector<SourceRecord> TakeAll(std::chrono::milliseconds wait, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, wait, [&] { return !records_.empty(); });
    std::vector<SourceRecord> taken(std::make_move_iterator(records_.begin()), std::make_move_iterator(records_.end()));
    records_.clear();
    bytes_ = 0;
    changed_.notify_all();
    return taken;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<SourceRecord> records_;
  std::size_t bytes_ = 0;
};

}  // namespace framespool::camera
