#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include <framespool/connector.h>

#include "partition.h"

namespace framespool::broker::embedded {

/// One position in a topic partition. Records that cannot be read are passed at once and noted by the partition; a disk
/// that gives none of those behind them either is waited for. Owned and used by one thread at a time; Interrupt() from
/// any.
class Reader final : public TopicReader {
 public:
  explicit Reader(std::shared_ptr<Partition> partition);

  const TopicPartition& source() const noexcept override { return partition_.id(); }
  Extent extent() override { return partition_.offsets().extent(); }
  void Seek(std::int64_t offset) override;
  std::int64_t OffsetAt(Timestamp time) override { return partition_.offsets().OffsetAt(time); }
  std::optional<std::int64_t> SyncPointAtOrBefore(std::int64_t offset) override {
    return partition_.offsets().SyncPointAtOrBefore(offset);
  }
  std::int64_t position() const noexcept override { return position_; }
  std::vector<SinkRecord> Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                               std::stop_token stop) override;
  std::vector<RecordBeginning> ReadBeginnings(std::size_t max_records, std::size_t value_bytes,
                                              std::chrono::milliseconds wait, std::stop_token stop) override;
  void Interrupt() override;

 private:
  /// Records that cannot be read: up to the offset `end`, where the next one may stand.
  struct Gap {
    std::int64_t first = 0;
    std::int64_t end = 0;
    std::string why;
    bool disk = false;  // the disk refused to tell: it may another time
  };
  using Records = std::vector<std::shared_ptr<const StoredRecord>>;
  /// Of each value at least `value_bytes`.
  Records ReadStored(std::size_t max_records, std::size_t max_bytes, std::size_t value_bytes,
                     std::chrono::milliseconds wait, const std::stop_token& stop);
  /// Null when there is none to be read; `gap` says why and how far.
  std::shared_ptr<const StoredRecord> Fetch(std::int64_t offset, std::size_t value_bytes, Gap& gap);
  void Leave();
  const IndexEntry* FindEntry(std::int64_t offset);
  /// Null, with `why`, when what stands there is not the record.
  std::shared_ptr<const StoredRecord> ReadFromDisk(const IndexEntry& entry, std::int64_t offset,
                                                   std::size_t value_bytes, std::string& why);

  const std::shared_ptr<Partition> owner_;
  Partition& partition_;
  std::int64_t position_;
  std::atomic<bool> interrupted_{false};
  // Where the last record came from. The segment's file stays open, and thus readable, when retention drops it.
  std::shared_ptr<Segment> segment_;
  std::shared_ptr<const File> log_;
  std::vector<IndexEntry> entries_;
  std::int64_t entries_first_ = 0;
};

}  // namespace framespool::broker::embedded
