#pragma once

#include <broker/broker.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "extents.h"
#include "fetch_queue.h"

namespace framespool::broker {

/// What becomes of a reader whose offset the topic does not hold (any more).
enum class OffsetReset {
  kAsked,     // below: the first retained record; beyond the end: wait there, as every TopicReader does
  kEarliest,  // either way: the first retained record
  kLatest,    // either way: the end
  kNone,      // either way: an error
};

struct ReaderSettings {
  std::string owner;  // the connector, for the log
  OffsetReset reset = OffsetReset::kAsked;
};

/// Reads one partition from a position of its own, without a consumer group: it starts at once, whatever became of its
/// predecessor. Fetches into a queue, and so through a client, of its own or of a KafkaConsumer's; the client lives on
/// while any of its records does.
class KafkaReader final : public TopicReader {
 public:
  /// `extents` watches `source` already, and is told to forget it.
  KafkaReader(TopicPartition source, ReaderSettings settings, std::shared_ptr<FetchQueue> queue, Extents& extents,
              Cluster& cluster);
  ~KafkaReader() override;
  KafkaReader(const KafkaReader&) = delete;
  KafkaReader& operator=(const KafkaReader&) = delete;

  const TopicPartition& source() const noexcept override { return source_; }
  Extent extent() override;
  void Seek(std::int64_t offset) override;
  std::int64_t OffsetAt(Timestamp time) override;
  std::optional<std::int64_t> SyncPointAtOrBefore(std::int64_t offset) override;
  std::int64_t position() const noexcept override { return position_; }
  std::vector<SinkRecord> Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                               std::stop_token stop) override;
  void Interrupt() override;

  /// As Read(), from all `readers` of one queue: what comes first, each partition in its order.
  static std::vector<SinkRecord> ReadAny(FetchQueue& queue, std::span<KafkaReader* const> readers,
                                         std::span<const TopicPartition> sources, std::size_t max_records,
                                         std::size_t max_bytes, std::chrono::milliseconds wait,
                                         const std::stop_token& stop);

 private:
  using Clock = std::chrono::steady_clock;

  /// Makes librdkafka fetch from position_; false when there is nothing to fetch there yet.
  bool Play();
  void StopFetching();
  /// Adds the record that a message is; the rest is dealt with here, or thrown.
  void Take(Message message, std::vector<SinkRecord>& records);
  SinkRecord RecordOf(Message message);
  void OutOfRange();
  /// Whether the message is of this partition; what is of none is anybody's.
  bool Owns(const rd_kafka_message_t& message) const;
  /// All records of the offsets [first, end); the position is then anywhere. Interrupt() is the next Read()'s.
  std::vector<SinkRecord> ReadRange(std::int64_t first, std::int64_t end, Clock::time_point deadline);
  std::string Place() const { return source_.topic + "-" + std::to_string(source_.partition); }

  const TopicPartition source_;
  const ReaderSettings settings_;
  const std::shared_ptr<FetchQueue> queue_;
  Extents& extents_;
  Cluster& cluster_;
  TopicHandle topic_;
  std::int64_t position_ = 0;
  std::int64_t fetching_ = -1;     // the offset that the next message should have; -1: not fetching
  bool beyond_end_ = false;        // stands at an offset that the topic has not reached
  Clock::time_point next_look_{};  // whether it has reached it
};

}  // namespace framespool::broker
