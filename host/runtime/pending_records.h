#pragma once

#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <framespool/record.h>

namespace framespool::runtime {

/// The records of a source as it made them, until it can be told of them: those on their way to the topic, and those
/// that were left out behind one that is. Each source partition keeps its order. Owned by the task's runner, used on
/// its thread.
class PendingRecords {
 public:
  /// The source made `record`, and it is to go into the topic.
  void Sent(SourceRecord record) { Add(std::move(record), State::kSent); }
  /// The source made it, and the chain has left it out.
  void Filtered(SourceRecord record) { Add(std::move(record), State::kFiltered); }
  /// The topic has it. `record` is what was made of it; its source partition and offset are still the source's.
  void Acknowledged(const SourceRecord& record) { Settle(record, State::kAcknowledged); }
  /// The topic will never have it, and errors.tolerance lets it go.
  void LeftOut(const SourceRecord& record) { Settle(record, State::kLeftOut); }

  struct Settled {
    /// In the topic or filtered, with all before them, in order: the source may be told.
    std::vector<SourceRecord> records;
    /// Source partition and offset of records that were left out, and before which nothing is under way: what the
    /// topic has says less than this.
    std::vector<std::pair<Fields, Fields>> passed;
  };
  Settled Take();

 private:
  enum class State { kSent, kAcknowledged, kFiltered, kLeftOut };
  struct Entry {
    SourceRecord record;
    State state;
  };
  void Add(SourceRecord record, State state);
  void Settle(const SourceRecord& record, State state);

  std::map<Fields, std::deque<Entry>> partitions_;
};

}  // namespace framespool::runtime
