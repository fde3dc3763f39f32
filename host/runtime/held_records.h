#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include <framespool/record.h>

#include "record_stages.h"

namespace framespool::runtime {

/// A record of a source in its chain.
struct ChainedRecord {
  enum class State { kGoesOn, kHeld, kLeftOut };
  SourceRecord record;
  SourceRecord original;  // as the source made it
  RecordWay way;
  State state = State::kGoesOn;
  std::chrono::steady_clock::time_point since{};  // held, or behind one that is
};

/// Records that a transform holds back, and those behind them of their source partition, which keep their order. Owned
/// by the task's runner, used on its thread.
class HeldRecords {
 public:
  bool empty() const noexcept { return partitions_.empty(); }
  void Clear() { partitions_.clear(); }
  void Add(ChainedRecord record, std::chrono::steady_clock::time_point now) {
    auto& line = partitions_[record.original.source_partition];
    record.since = now;
    line.push_back(std::move(record));
  }
  /// Leaves out what has been held back for too long, or before too many: how many records.
  std::size_t Expire(std::chrono::steady_clock::time_point now);
  /// The one that the transform at `stage` holds back under `number`; null when there is none. Valid until the next
  /// Add() or Take().
  ChainedRecord* Find(std::size_t stage, std::uint64_t number);
  /// Those before which nothing is held back, in their order.
  std::vector<ChainedRecord> Take();

 private:
  std::map<Fields, std::deque<ChainedRecord>> partitions_;
};

}  // namespace framespool::runtime
