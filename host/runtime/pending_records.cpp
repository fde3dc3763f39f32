#include "pending_records.h"

#include <algorithm>

namespace framespool::runtime {

void PendingRecords::Add(SourceRecord record, State state) {
  auto& entries = partitions_[record.source_partition];
  entries.push_back({std::move(record), state});
}

void PendingRecords::Settle(const SourceRecord& record, State state) {
  const auto found = partitions_.find(record.source_partition);
  if (found == partitions_.end()) return;
  // Nearly always the first that is under way: the topic takes a source partition's records in their order.
  const auto entry = std::find_if(found->second.begin(), found->second.end(), [&](const Entry& each) {
    return each.state == State::kSent && each.record.source_offset == record.source_offset;
  });
  if (entry != found->second.end()) entry->state = state;
}

PendingRecords::Settled PendingRecords::Take() {
  Settled settled;
  for (auto& [partition, entries] : partitions_) {
    // What is in the topic has its offset there; a later one that is under way will have.
    std::optional<Fields> passed;
    while (!entries.empty() && entries.front().state != State::kSent) {
      Entry& entry = entries.front();
      passed = entry.state == State::kAcknowledged ? std::nullopt : std::optional(entry.record.source_offset);
      if (entry.state != State::kLeftOut) settled.records.push_back(std::move(entry.record));
      entries.pop_front();
    }
    if (passed && entries.empty()) settled.passed.emplace_back(partition, std::move(*passed));
  }
  std::erase_if(partitions_, [](const auto& partition) { return partition.second.empty(); });
  return settled;
}

}  // namespace framespool::runtime
