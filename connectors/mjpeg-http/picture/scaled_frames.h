#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "picture/doorbell.h"
#include "topic/frame.h"

namespace framespool::mjpeg {

/// Pictures at other widths: each (frame, width) made once, on two threads of its own, and shared by everyone who asks
/// while it is fresh. Keeps the last 32 MB of them.
class ScaledFrames {
 public:
  /// A picture that is made, or being made.
  class Order {
   public:
    bool done() const { return done_.load(std::memory_order_acquire); }
    /// Once it is done.
    const FramePtr& frame() const { return frame_; }

   private:
    friend class ScaledFrames;
    std::atomic<bool> done_ = false;
    FramePtr frame_;
  };
  using OrderPtr = std::shared_ptr<const Order>;

  ScaledFrames() = default;
  /// Stops and joins; what is not made then stays undone.
  ~ScaledFrames();
  ScaledFrames(const ScaledFrames&) = delete;
  ScaledFrames& operator=(const ScaledFrames&) = delete;

  /// `frame` of `topic`, `width` pixels wide; as it is when it is no wider or cannot be scaled. Any thread, does not
  /// wait: `bell` rings when the order is done, if it is not at once. An order for which no bell is left may never be
  /// done.
  OrderPtr Get(const std::string& topic, const FramePtr& frame, int width, const std::shared_ptr<Doorbell>& bell);
  /// How many pictures were made so far.
  std::int64_t made() const { return made_.load(); }

 private:
  struct Key {
    std::string topic;
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    Timestamp timestamp;  // a topic that was made anew has other frames at the same offsets
    int width = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Entry {
    std::shared_ptr<Order> order;
    FramePtr frame;                                // until it is done
    std::vector<std::weak_ptr<Doorbell>> waiting;  // until it is done
  };
  void Run(std::stop_token stop);
  void Keep(const Key& key, const Order& order);

  std::mutex mutex_;
  std::condition_variable_any ordered_;
  std::map<Key, Entry> entries_;
  std::deque<Key> to_make_;
  std::deque<Key> kept_;  // oldest first
  std::size_t kept_bytes_ = 0;
  std::atomic<std::int64_t> made_ = 0;
  std::vector<std::jthread> threads_;  // begun with the first order
};

/// The one that all sinks have together: made for the first of its owners, gone with the last. Any thread.
class SharedScaledFrames {
 public:
  std::shared_ptr<ScaledFrames> Get();

 private:
  std::mutex mutex_;
  std::weak_ptr<ScaledFrames> shared_;
};

}  // namespace framespool::mjpeg
