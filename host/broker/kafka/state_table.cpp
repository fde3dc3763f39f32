#include "state_table.h"

#include <algorithm>

namespace framespool::broker {

void StateTable::Take(StateRecord record, Place place, bool read) {
  const auto found = entries_.find(record.key);
  const bool known = found != entries_.end() && place.offset <= found->second.offset;
  if (!known) {
    // A key has one partition, so its offsets say what came later. A number of this process's own stays as it is,
    // unless what is before it in the topic has a higher one.
    const std::uint64_t before = found == entries_.end() ? 0 : found->second.record.sequence;
    const std::uint64_t own = record.own ? record.written_sequence.value_or(0) : 0;
    record.sequence = own > before ? own : sequence_.Next();
    const std::string key = record.key;
    entries_.insert_or_assign(key, Entry{.record = std::move(record), .offset = place.offset});
    if (!read || keeps_tombstones_) return;
    const auto now = entries_.find(key);
    if (!now->second.record.value) entries_.erase(now);
    return;
  }
  // What was written here has been read, too: no record before it can come back.
  if (read && !keeps_tombstones_ && !found->second.record.value && place.offset == found->second.offset)
    entries_.erase(found);
}

std::optional<StateRecord> StateTable::Find(const std::string& key) const {
  const auto found = entries_.find(key);
  if (found == entries_.end() || (!found->second.record.value && !keeps_tombstones_)) return std::nullopt;
  return found->second.record;
}

std::vector<StateRecord> StateTable::All(const std::string& prefix) const {
  std::vector<StateRecord> all;
  for (auto entry = entries_.lower_bound(prefix); entry != entries_.end() && entry->first.starts_with(prefix);
       ++entry) {
    if (entry->second.record.value || keeps_tombstones_) all.push_back(entry->second.record);
  }
  return all;
}

std::vector<std::pair<std::int64_t, const StateRecord*>> StateTable::ByPlace() const {
  std::vector<std::pair<std::int64_t, const StateRecord*>> all;
  for (const auto& [key, entry] : entries_) {
    if (entry.record.value) all.emplace_back(entry.offset, &entry.record);
  }
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace framespool::broker
