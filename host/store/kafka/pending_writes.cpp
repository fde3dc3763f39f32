#include "pending_writes.h"

namespace framespool::store {

using broker::StateWrite;

void PendingWrites::Put(StateWrite write) {
  const auto key = std::pair(write.topic, write.key);
  writes_.insert_or_assign(key, Entry{.write = std::move(write), .number = ++count_});
}

std::optional<std::string> PendingWrites::Find(const std::string& topic, const std::string& key) const {
  const auto found = writes_.find({topic, key});
  return found == writes_.end() ? std::nullopt : found->second.write.value;
}

std::vector<StateWrite> PendingWrites::All(const std::string& topic, const std::string& prefix) const {
  std::vector<StateWrite> all;
  for (auto entry = writes_.lower_bound({topic, prefix});
       entry != writes_.end() && entry->first.first == topic && entry->first.second.starts_with(prefix); ++entry) {
    all.push_back(entry->second.write);
  }
  return all;
}

PendingWrites::Taken PendingWrites::Some(std::size_t most) const {
  Taken taken{.writes = {}, .count = count_};
  for (const auto& [key, entry] : writes_) {
    if (taken.writes.size() >= most) break;
    taken.writes.push_back(entry.write);
  }
  return taken;
}

void PendingWrites::Written(const Taken& taken) {
  for (const StateWrite& write : taken.writes) {
    const auto found = writes_.find({write.topic, write.key});
    if (found != writes_.end() && found->second.number <= taken.count) writes_.erase(found);
  }
}

void PendingWrites::Forget(const std::string& topic, const std::function<bool(const std::string& key)>& is_meant) {
  std::erase_if(writes_, [&](const auto& entry) { return entry.first.first == topic && is_meant(entry.first.second); });
}

}  // namespace framespool::store
