#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include <framespool/connector.h>

#include "record_stages.h"

namespace framespool::runtime {

/// A reader whose records pass a chain that decides by the record alone. What the chain leaves out is passed over;
/// offsets and times to seek by are the topic's. Owned and used as its reader is.
class TransformingReader final : public TopicReader {
 public:
  TransformingReader(std::unique_ptr<TopicReader> reader, RecordStages stages);

  const TopicPartition& source() const noexcept override { return reader_->source(); }
  Extent extent() override { return reader_->extent(); }
  void Seek(std::int64_t offset) override;
  std::int64_t OffsetAt(Timestamp time) override { return reader_->OffsetAt(time); }
  std::optional<std::int64_t> SyncPointAtOrBefore(std::int64_t offset) override {
    return reader_->SyncPointAtOrBefore(offset);
  }
  std::int64_t position() const noexcept override;
  /// Throws UnusableRecord for one that passes only with an error, RetriableError where a transform says so; what stood
  /// before it has been delivered.
  std::vector<SinkRecord> Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                               std::stop_token stop) override;
  void Interrupt() override { reader_->Interrupt(); }

 private:
  /// The first of `read_`, transformed; nothing where it is left out.
  std::optional<SinkRecord> Transformed();

  std::unique_ptr<TopicReader> reader_;
  RecordStages stages_;
  std::deque<SinkRecord> read_;  // and not yet transformed
};

}  // namespace framespool::runtime
