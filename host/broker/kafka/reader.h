#pragma once

#include <broker/broker.h>

#include <atomic>
#include <memory>
#include <string>

#include "client.h"
#include "extents.h"

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
  std::size_t read_ahead_bytes = 0;  // queued.max.messages.kbytes
};

/// Reads one partition from a position of its own, without a consumer group: it starts at once, whatever became of its
/// predecessor. Has a client of its own, which lives on while any of its records does. librdkafka reads ahead as far as
/// queued.max.messages.kbytes.
class KafkaReader final : public TopicReader {
 public:
  /// `extents` watches `source` already, and is told to forget it.
  KafkaReader(TopicPartition source, ReaderSettings settings, std::shared_ptr<Client> client, Extents& extents,
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

 private:
  struct MessageCloser {
    void operator()(rd_kafka_message_t* message) const noexcept { rd_kafka_message_destroy(message); }
  };
  using Clock = std::chrono::steady_clock;
  using Message = std::unique_ptr<rd_kafka_message_t, MessageCloser>;

  /// Makes librdkafka fetch from position_; false when there is nothing to fetch there yet.
  bool Play();
  void StopFetching();
  /// librdkafka 2.0, once it has read as far ahead as it may, looks only every second whether there is room again. This
  /// asks it at once for what is behind the last record, when all that it had is taken: of `queued_bytes`, about, and
  /// of what came meanwhile, `taken_bytes`.
  void ReadOn(std::size_t queued_bytes, std::size_t taken_bytes);
  /// Adds the record that a message is; the rest is dealt with here, or thrown.
  void Take(Message message, std::vector<SinkRecord>& records);
  SinkRecord RecordOf(Message message);
  void OutOfRange();
  /// All records of the offsets [first, end); the position is then anywhere. Interrupt() is the next Read()'s.
  std::vector<SinkRecord> ReadRange(std::int64_t first, std::int64_t end, Clock::time_point deadline);
  std::string Place() const { return source_.topic + "-" + std::to_string(source_.partition); }

  const TopicPartition source_;
  const ReaderSettings settings_;
  const std::shared_ptr<Client> client_;
  Extents& extents_;
  Cluster& cluster_;
  TopicHandle topic_;
  rd_kafka_queue_t* queue_ = nullptr;
  std::int64_t position_ = 0;
  std::int64_t fetching_ = -1;   // the offset that the next message should have; -1: not fetching
  std::size_t usual_bytes_ = 0;  // of a record, about
  bool full_ = false;            // librdkafka may have stopped reading ahead
  bool beyond_end_ = false;      // stands at an offset that the topic has not reached
  std::atomic<bool> interrupted_ = false;
};

}  // namespace framespool::broker
