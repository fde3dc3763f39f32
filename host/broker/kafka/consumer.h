#pragma once

#include <broker/consumer.h>

#include <memory>
#include <vector>

#include "reader.h"

namespace framespool::broker {

/// Reads all partitions of a task through one client, which asks each of their leaders for all of its own at once.
class KafkaConsumer final : public Consumer {
 public:
  /// `readers` fetch into `queue`; there is at least one.
  KafkaConsumer(std::shared_ptr<FetchQueue> queue, std::vector<std::unique_ptr<KafkaReader>> readers);

  Extent ExtentOf(const TopicPartition& source) override { return ReaderOf(source).extent(); }
  void Seek(const TopicPartition& source, std::int64_t offset) override { ReaderOf(source).Seek(offset); }
  std::vector<SinkRecord> Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                               std::stop_token stop) override;

 private:
  KafkaReader& ReaderOf(const TopicPartition& source);

  const std::shared_ptr<FetchQueue> queue_;
  const std::vector<std::unique_ptr<KafkaReader>> readers_;
  std::vector<KafkaReader*> all_;
  std::vector<TopicPartition> sources_;
};

}  // namespace framespool::broker
