#include "segment_list.h"

#include <algorithm>
#include <utility>

namespace framespool::broker::embedded {

namespace {

bool BeginsBehind(std::int64_t offset, const SegmentPtr& segment) { return offset < segment->base(); }

}  // namespace

SegmentList::Window SegmentList::LockedWindow() const {
  return {segments_.empty() ? end_ : segments_.front()->base(), end_};
}

SegmentList::Window SegmentList::window() const {
  const std::lock_guard lock(mutex_);
  return LockedWindow();
}

SegmentPtr SegmentList::At(std::int64_t offset) const {
  const std::lock_guard lock(mutex_);
  if (segments_.empty() || offset < segments_.front()->base() || offset >= end_) return nullptr;
  return *std::prev(std::upper_bound(segments_.begin(), segments_.end(), offset, BeginsBehind));
}

std::int64_t SegmentList::NextBase(std::int64_t offset) const {
  const std::lock_guard lock(mutex_);
  const auto next = std::upper_bound(segments_.begin(), segments_.end(), offset, BeginsBehind);
  return next == segments_.end() ? end_ : (*next)->base();
}

std::vector<SegmentPtr> SegmentList::All() const {
  const std::lock_guard lock(mutex_);
  return segments_;
}

SegmentPtr SegmentList::First() const {
  const std::lock_guard lock(mutex_);
  return segments_.empty() ? nullptr : segments_.front();
}

SegmentPtr SegmentList::Last() const {
  const std::lock_guard lock(mutex_);
  return segments_.empty() ? nullptr : segments_.back();
}

std::uint64_t SegmentList::disk_bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& segment : segments_) bytes += segment->disk_bytes();
  return bytes;
}

std::uint64_t SegmentList::unsynced_bytes() const {
  const std::lock_guard lock(mutex_);
  return unsynced_bytes_;
}

SegmentList::Window SegmentList::WaitFor(std::int64_t offset, std::chrono::milliseconds wait,
                                         const std::stop_token& stop, const std::atomic<bool>& interrupted) {
  // A wait of "for ever" would overflow the clock.
  wait = std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds(0), std::chrono::hours(24 * 365));
  std::unique_lock lock(mutex_);
  if (end_ <= offset && wait.count() > 0) {
    grown_.wait_for(lock, stop, wait, [&] { return end_ > offset || interrupted.load(); });
  }
  return LockedWindow();
}

void SegmentList::WakeReaders() {
  // The lock orders the caller's flag before the sleeper's next look at it.
  { const std::lock_guard lock(mutex_); }
  grown_.notify_all();
}

void SegmentList::Fill(std::vector<SegmentPtr> segments, std::int64_t end) {
  const std::lock_guard lock(mutex_);
  segments_ = std::move(segments);
  end_ = end;
}

SegmentPtr SegmentList::Open(std::int64_t next) const {
  const std::lock_guard lock(mutex_);
  const bool open = !segments_.empty() && segments_.back()->open() && segments_.back()->end() == next;
  return open ? segments_.back() : nullptr;
}

SegmentList::Growth SegmentList::Publish(std::span<const StagedSegment> staged, std::int64_t end) {
  Growth growth;
  {
    const std::lock_guard lock(mutex_);
    for (const StagedSegment& part : staged) {
      if (part.created) segments_.push_back(part.segment);
      new_files_ |= part.created;
      growth.first_of_segment |= part.segment->count() == 0;
      unsynced_bytes_ += part.log_bytes - part.segment->log_bytes();
      const std::uint64_t before = part.segment->disk_bytes();
      part.segment->Publish(part.entries, part.log_bytes, part.max_timestamp);
      growth.bytes += part.segment->disk_bytes() - before;
    }
    end_ = end;
  }
  grown_.notify_all();
  return growth;
}

void SegmentList::Add(SegmentPtr segment) {
  const std::lock_guard lock(mutex_);
  segments_.push_back(std::move(segment));
  new_files_ = true;
}

std::optional<std::int64_t> SegmentList::RaiseEnd(std::int64_t end) {
  const std::lock_guard lock(mutex_);
  if (end_ >= end) return std::nullopt;
  return std::exchange(end_, end);
}

SegmentList::Unsynced SegmentList::TakeUnsynced() {
  Unsynced unsynced;
  const std::lock_guard lock(mutex_);
  unsynced.new_files = std::exchange(new_files_, false);
  unsynced.bytes = std::exchange(unsynced_bytes_, 0);
  for (auto segment = segments_.rbegin(); segment != segments_.rend() && !(*segment)->sealed(); ++segment) {
    const bool full = segment != segments_.rbegin() || !(*segment)->open() || (*segment)->end() != end_;
    unsynced.segments.push_back({*segment, (*segment)->count(), full});
  }
  std::reverse(unsynced.segments.begin(), unsynced.segments.end());
  return unsynced;
}

void SegmentList::PutBack(const Unsynced& unsynced) {
  const std::lock_guard lock(mutex_);
  new_files_ |= unsynced.new_files;
  unsynced_bytes_ += unsynced.bytes;
}

SegmentPtr SegmentList::Droppable() const {
  const std::lock_guard lock(mutex_);
  return segments_.size() < 2 || !segments_.front()->sealed() ? nullptr : segments_.front();
}

SegmentPtr SegmentList::DropFirst() {
  const std::lock_guard lock(mutex_);
  if (segments_.size() < 2 || !segments_.front()->sealed()) return nullptr;
  SegmentPtr dropped = std::move(segments_.front());
  segments_.erase(segments_.begin());
  return dropped;
}

std::vector<SegmentPtr> SegmentList::Unsealed() const {
  std::vector<SegmentPtr> unsealed;
  const std::lock_guard lock(mutex_);
  for (auto segment = segments_.rbegin(); segment != segments_.rend() && !(*segment)->sealed(); ++segment) {
    unsealed.push_back(*segment);
  }
  std::reverse(unsealed.begin(), unsealed.end());
  return unsealed;
}

void SegmentList::NoteAllSynced() {
  const std::lock_guard lock(mutex_);
  new_files_ = false;
  unsynced_bytes_ = 0;
}

void SegmentList::Clear() {
  std::vector<SegmentPtr> dropped;  // their files are closed outside of the lock
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(segments_);
    new_files_ = false;
    unsynced_bytes_ = 0;
  }
  grown_.notify_all();
}

}  // namespace framespool::broker::embedded
