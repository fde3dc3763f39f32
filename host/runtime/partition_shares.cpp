#include "partition_shares.h"

#include <algorithm>
#include <utility>

namespace framespool::runtime {

void PartitionShares::SetTasks(std::size_t tasks) {
  const std::lock_guard lock(mutex_);
  wanted_.resize(std::max<std::size_t>(tasks, 1));
  Even();
}

void PartitionShares::SetTasksEverywhere(std::size_t tasks) {
  const std::lock_guard lock(mutex_);
  everywhere_ = true;
  if (wanted_.size() == std::max<std::size_t>(tasks, 1) && revision_ > 1) return;
  wanted_.resize(std::max<std::size_t>(tasks, 1));
  Even();
}

void PartitionShares::SetPartitions(Partitions partitions) {
  const std::lock_guard lock(mutex_);
  if (partitions == partitions_) return;
  partitions_ = std::move(partitions);
  Even();
}

void PartitionShares::Even() {
  ++revision_;
  if (everywhere_) {
    for (Partitions& share : wanted_) share.clear();
    for (const TopicPartition& each : partitions_) {
      // Topics of one partition each are to be shared as well. No std::hash: it may differ between processes.
      std::size_t first = 0;
      for (const char letter : each.topic) first = first * 31 + static_cast<unsigned char>(letter);
      wanted_[(first + static_cast<std::size_t>(each.partition)) % wanted_.size()].insert(each);
    }
    return;
  }
  Partitions free = partitions_;
  for (Partitions& share : wanted_) {
    std::erase_if(share, [&](const TopicPartition& each) { return !partitions_.contains(each); });
    for (const TopicPartition& each : share) free.erase(each);
  }
  const std::size_t least = partitions_.size() / wanted_.size();
  std::size_t larger = partitions_.size() % wanted_.size();  // so many shares have one more
  std::vector<Partitions*> largest_first;
  for (Partitions& share : wanted_) largest_first.push_back(&share);
  std::stable_sort(largest_first.begin(), largest_first.end(),
                   [](const Partitions* a, const Partitions* b) { return a->size() > b->size(); });
  std::map<Partitions*, std::size_t> sizes;
  for (Partitions* share : largest_first) {
    sizes[share] = least + (larger > 0 ? 1 : 0);
    if (larger > 0) --larger;
    while (share->size() > sizes[share]) free.insert(share->extract(std::prev(share->end())));
  }
  for (Partitions& share : wanted_) {
    while (share.size() < sizes[&share]) share.insert(free.extract(free.begin()));
  }
}

PartitionShares::Partitions PartitionShares::Member::Wanted() const {
  const std::lock_guard lock(shares_.mutex_);
  return task_ < shares_.wanted_.size() ? shares_.wanted_[task_] : Partitions{};
}

void PartitionShares::Member::GiveUp(const Partitions& partitions) {
  const std::lock_guard lock(shares_.mutex_);
  Partitions kept;
  for (const TopicPartition& each : held_) {
    if (!partitions.contains(each)) {
      kept.insert(each);
      continue;
    }
    const auto holder = shares_.holders_.find(each);
    if (holder != shares_.holders_.end() && holder->second == &gate_) shares_.holders_.erase(holder);
  }
  held_ = std::move(kept);
  ++shares_.revision_;
}

PartitionShares::Partitions PartitionShares::Member::TakeUp() {
  const std::lock_guard lock(shares_.mutex_);
  Partitions taken;
  if (task_ >= shares_.wanted_.size()) return taken;
  for (const TopicPartition& each : shares_.wanted_[task_]) {
    const auto holder = shares_.holders_.find(each);
    // Whose gate is shut was left behind: nothing that it does with the partition counts any more.
    if (holder != shares_.holders_.end() && !holder->second->shut()) continue;
    shares_.holders_[each] = &gate_;
    taken.insert(each);
  }
  held_.insert(taken.begin(), taken.end());
  return taken;
}

}  // namespace framespool::runtime
