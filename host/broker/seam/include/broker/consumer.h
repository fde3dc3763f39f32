#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <utility>
#include <vector>

#include <framespool/connector.h>
#include <framespool/record.h>

namespace framespool::broker {

/// Reads all partitions that a task is given: the contract's own, since sources may ask for one.
using Consumer = TopicConsumer;

/// A Consumer for a broker whose readers cost nothing: it asks each in turn.
class ConsumerOfReaders final : public Consumer {
 public:
  /// At least one.
  explicit ConsumerOfReaders(std::vector<std::unique_ptr<TopicReader>> readers) : readers_(std::move(readers)) {
    for (const auto& reader : readers_) by_source_[reader->source()] = reader.get();
  }

  Extent ExtentOf(const TopicPartition& source) override { return by_source_.at(source)->extent(); }
  void Seek(const TopicPartition& source, std::int64_t offset) override { by_source_.at(source)->Seek(offset); }
  std::vector<SinkRecord> Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                               std::stop_token stop) override {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds kNoWait{0};
    // Of several, none is waited for so long that another's record has to wait with it.
    constexpr std::chrono::milliseconds kSlice{20};
    if (readers_.size() == 1) return readers_.front()->Read(max_records, max_bytes, wait, stop);
    const auto deadline = Clock::now() + wait;
    while (true) {
      for (std::size_t i = 0; i < readers_.size(); ++i) {
        TopicReader& reader = *readers_[std::exchange(next_, (next_ + 1) % readers_.size())];
        if (auto records = reader.Read(max_records, max_bytes, kNoWait, stop); !records.empty()) return records;
      }
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      if (left <= kNoWait || stop.stop_requested()) return {};
      auto records = readers_[next_]->Read(max_records, max_bytes, std::min(left, kSlice), stop);
      if (!records.empty()) return records;
    }
  }

 private:
  const std::vector<std::unique_ptr<TopicReader>> readers_;
  std::map<TopicPartition, TopicReader*> by_source_;
  std::size_t next_ = 0;
};

}  // namespace framespool::broker
