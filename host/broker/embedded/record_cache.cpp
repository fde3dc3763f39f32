#include "record_cache.h"

#include <algorithm>

namespace framespool::broker::embedded {

RecordCache::~RecordCache() { total_bytes_ -= recent_bytes_; }

void RecordCache::Remember(const std::vector<std::shared_ptr<const StoredRecord>>& records) {
  std::vector<std::shared_ptr<const StoredRecord>> forgotten;  // payloads die outside of the lock
  const std::lock_guard lock(mutex_);
  for (const auto& record : records) {
    recent_.push_back(record);
    recent_bytes_ += record->appended.size();
    total_bytes_ += record->appended.size();
  }
  while (!recent_.empty() && (recent_bytes_ > kRecentBytes || recent_.size() > kRecentRecords ||
                              (total_bytes_ > kTotalBytes && recent_.size() > 1))) {
    ForgetOldest(forgotten);
  }
  SweepIfLarge();
}

std::shared_ptr<const StoredRecord> RecordCache::Find(std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  if (!recent_.empty() && offset >= recent_.front()->offset) {
    const auto index = static_cast<std::size_t>(offset - recent_.front()->offset);
    return index < recent_.size() ? recent_[index] : nullptr;
  }
  const auto held = held_.find(offset);
  return held == held_.end() ? nullptr : held->second.lock();
}

std::shared_ptr<const StoredRecord> RecordCache::Share(std::shared_ptr<const StoredRecord> record) {
  const std::lock_guard lock(mutex_);
  std::weak_ptr<const StoredRecord>& held = held_[record->offset];
  if (auto faster = held.lock()) return faster;
  held = record;
  SweepIfLarge();
  return record;
}

void RecordCache::DropBefore(std::int64_t offset) {
  std::vector<std::shared_ptr<const StoredRecord>> forgotten;
  const std::lock_guard lock(mutex_);
  while (!recent_.empty() && recent_.front()->offset < offset) ForgetOldest(forgotten);
}

void RecordCache::ForgetOldest(std::vector<std::shared_ptr<const StoredRecord>>& forgotten) {
  std::shared_ptr<const StoredRecord>& oldest = recent_.front();
  recent_bytes_ -= oldest->appended.size();
  total_bytes_ -= oldest->appended.size();
  if (oldest.use_count() > 1) held_[oldest->offset] = oldest;
  forgotten.push_back(std::move(oldest));
  recent_.pop_front();
}

void RecordCache::SweepIfLarge() {
  if (held_.size() < sweep_at_) return;
  std::erase_if(held_, [](const auto& entry) { return entry.second.expired(); });
  sweep_at_ = std::max<std::size_t>(1024, 2 * held_.size());
}

}  // namespace framespool::broker::embedded
