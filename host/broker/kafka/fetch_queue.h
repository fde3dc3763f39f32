#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>

#include <broker/broker.h>

#include "client.h"

namespace framespool::broker {

/// One librdkafka consumer and the queue that it fetches all its partitions into. Used on one thread at a time; only
/// Interrupt() may come from another. librdkafka reads ahead as far as `read_ahead_bytes`, of all partitions together.
class FetchQueue {
 public:
  FetchQueue(std::shared_ptr<Client> client, std::size_t read_ahead_bytes);
  ~FetchQueue();
  FetchQueue(const FetchQueue&) = delete;
  FetchQueue& operator=(const FetchQueue&) = delete;

  /// Outlives the queue where a message does.
  const std::shared_ptr<Client>& client() const noexcept { return client_; }
  rd_kafka_queue_t* get() const noexcept { return queue_; }

  /// The next message of any partition, or none within `wait`.
  Message Next(std::chrono::milliseconds wait);
  /// Drops what is queued of a partition that is no longer fetched.
  void Drop(const std::string& topic, std::int32_t partition);

  /// librdkafka 2.0, once it has read as far ahead as it may, looks only every second whether there is room again. It
  /// looks when it has something to do, so this gives it something when half of that is taken: it asks the leaders of
  /// `sources` for an offset and does not wait for the answer. To be called before a batch is taken and behind it.
  void ReadOn(std::span<const TopicPartition> sources, std::size_t taken_bytes);
  void NoteSize(std::size_t bytes) { usual_bytes_ = usual_bytes_ == 0 ? bytes : (usual_bytes_ * 7 + bytes) / 8; }

  /// Ends the Next() under way. Any thread.
  void Interrupt();
  /// Whether it was called since the last TakeInterrupt().
  bool TakeInterrupt() { return interrupted_.exchange(false); }

 private:
  void Nudge(std::span<const TopicPartition> sources);

  const std::shared_ptr<Client> client_;
  const std::size_t read_ahead_bytes_;
  rd_kafka_queue_t* queue_;
  std::deque<Message> kept_;     // taken from queue_ already; they come first
  std::size_t usual_bytes_ = 0;  // of a record, about
  bool full_ = false;            // librdkafka may have stopped reading ahead
  bool nudged_ = false;          // and was given something to do, which it may have had when there was no room yet
  std::atomic<bool> interrupted_ = false;
};

}  // namespace framespool::broker
