#pragma once

#include <broker/state_topics.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sequence.h"

namespace framespool::broker {

/// The newest record of each key of one compacted topic. Records come twice, when they are written and when they are
/// read, and out of turn: the place in the topic decides. Not for several threads.
class StateTable {
 public:
  struct Place {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
  };

  /// `keeps_tombstones`: a key that was taken back is told of as such.
  StateTable(Sequence& sequence, bool keeps_tombstones) : sequence_(sequence), keeps_tombstones_(keeps_tombstones) {}

  /// `record.sequence` is given here. `read`: it comes from the topic, so nothing before it will come any more.
  void Take(StateRecord record, Place place, bool read);
  std::optional<StateRecord> Find(const std::string& key) const;
  std::vector<StateRecord> All(const std::string& prefix) const;
  /// Of all keys that have a value, by their places.
  std::vector<std::pair<std::int64_t, const StateRecord*>> ByPlace() const;

 private:
  struct Entry {
    StateRecord record;
    std::int64_t offset = 0;
  };

  Sequence& sequence_;
  const bool keeps_tombstones_;
  std::map<std::string, Entry> entries_;
};

}  // namespace framespool::broker
