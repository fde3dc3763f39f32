#include <algorithm>
#include <cerrno>
#include <limits>

#include <base/log.h>
#include "partition.h"

namespace framespool::broker::embedded {

namespace {

constexpr std::size_t kMostAtOnce = 512;  // records a write: two parts each, IOV_MAX is 1024

}  // namespace

std::unique_lock<std::mutex> Partition::TakeTurn() {
  std::unique_lock turn(append_turn_);
  staged_end_ = window().end;
  return turn;
}

void Partition::Stage(std::span<EncodedRecord> run, std::uint64_t first_sequence) {
  ThrowIfClosed();
  while (!run.empty()) {
    Staged& staged = StagingSegment(run.front().size());
    std::size_t count = 1;
    std::uint64_t bytes = run.front().size();
    while (count < run.size() && count < kMostAtOnce &&
           staged.log_bytes + bytes + run[count].size() <= limits_.segment_bytes) {
      bytes += run[count++].size();
    }
    Write(staged, run.first(count), first_sequence);
    first_sequence += count;
    run = run.subspan(count);
  }
}

Partition::Staged& Partition::StagingSegment(std::uint64_t record_size) {
  if (staged_.empty()) {
    std::shared_ptr<Segment> active;
    {
      const std::lock_guard lock(mutex_);
      if (!segments_.empty() && segments_.back()->open() && segments_.back()->end() == staged_end_) {
        active = segments_.back();
      }
    }
    if (active) {
      const auto age = limits_.SegmentAge();
      const bool old = age.count() > 0 && active->count() > 0 && WallClock::now() - active->first_write() > age;
      const bool full = active->log_bytes() > 0 && active->log_bytes() + record_size > limits_.segment_bytes;
      if (!old && !full) {
        staged_.push_back({active, false, active->log_bytes(), active->published_max_timestamp(), {}});
      }
    }
  }
  const bool full = !staged_.empty() && staged_.back().log_bytes > 0 &&
                    staged_.back().log_bytes + record_size > limits_.segment_bytes;
  if (staged_.empty() || full) {
    staged_.push_back({Segment::Create(services_.files, directory_, staged_end_), true, 0, kNoTimestamp, {}});
  }
  return staged_.back();
}

void Partition::Write(Staged& staged, std::span<EncodedRecord> records, std::uint64_t first_sequence) {
  std::vector<iovec> parts;
  parts.reserve(2 * records.size());
  const std::uint64_t from = staged.log_bytes;
  std::uint64_t position = from;
  for (EncodedRecord& record : records) {
    record.Place(staged_end_, first_sequence++);
    parts.push_back({record.front().data(), record.front().size()});
    const auto value = record.value().bytes();
    if (!value.empty()) parts.push_back({const_cast<std::byte*>(value.data()), value.size()});
    const SourceRecord& source = record.source();
    staged.max_timestamp = std::max(staged.max_timestamp, std::int64_t{source.timestamp.time_since_epoch().count()});
    staged.entries.push_back(MakeEntry(staged_end_, position, staged.max_timestamp,
                                       static_cast<std::uint32_t>(record.size()), source.sync_point));
    auto stored = std::make_shared<StoredRecord>();
    stored->offset = staged_end_;
    stored->timestamp = source.timestamp;
    stored->key = source.key;
    stored->headers = source.headers;
    stored->sync_point = source.sync_point;
    stored->null_value = source.value.is_null();
    stored->appended = record.value();
    stored->value_size = record.value().size();
    staged_records_.push_back(std::move(stored));
    position += record.size();
    ++staged_end_;
  }
  const auto log = staged.segment->OpenLog();
  const int error = WriteAll(services_.files, *log, parts.data(), parts.size(), from);
  staged.log_bytes = position;
  if (error == 0) return;
  const std::string what = "cannot append " + std::to_string(position - from) + " bytes to " +
                           staged.segment->paths().log.string() + " at position " + std::to_string(from);
  if (!IsLackOfSpace(error)) Fail(what, error);
  const std::string message =
      what + ": " + ErrorText(error) + "; " +
      (error == EFBIG ? std::string("raise the limit of file sizes (ulimit -f)")
                      : std::to_string(services_.files.Space(directory_).available) +
                            " bytes are free there: free some space, or lower retention.bytes or retention.ms of a "
                            "topic");
  NoteLackOfSpace(message, position - from);
  throw RetriableError(message);
}

void Partition::SyncStaged() {
  bool created = false;
  for (const Staged& staged : staged_) {
    created |= staged.created;
    if (const int error = staged.segment->SyncData(); error != 0) {
      Fail("cannot sync " + staged.segment->paths().log.string(), error);
    }
  }
  if (!created) return;
  if (const int error = SyncDirectory(services_.files, directory_); error != 0) {
    Fail("cannot sync " + directory_.string(), error);
  }
}

void Partition::Commit() {
  if (staged_.empty()) return;
  cache_.Remember(staged_records_);
  bool first_of_segment = false;
  bool schedule = false;
  bool lacked = false;
  std::uint64_t grown = 0;
  {
    const std::lock_guard lock(mutex_);
    for (const Staged& staged : staged_) {
      if (staged.created) segments_.push_back(staged.segment);
      new_files_ |= staged.created;
      first_of_segment |= staged.segment->count() == 0;
      unsynced_bytes_ += staged.log_bytes - staged.segment->log_bytes();
      const std::uint64_t before = staged.segment->disk_bytes();
      staged.segment->Publish(staged.entries, staged.log_bytes, staged.max_timestamp);
      grown += staged.segment->disk_bytes() - before;
    }
    end_ = staged_end_;
    last_time_ = {end_ - 1, staged_records_.back()->timestamp};
    schedule = !std::exchange(sync_scheduled_, true);
    lacked = std::exchange(lacking_bytes_, 0) > 0;
  }
  if (lacked) services_.problems.Clear(Name(), "disk-full");
  grown_.notify_all();
  staged_.clear();
  staged_records_.clear();
  if (schedule) services_.schedule_sync(*this);
  if (first_of_segment) services_.retention_due();
  services_.grown(grown);
}

void Partition::Unstage(std::int64_t from) noexcept {
  while (!staged_.empty()) {
    Staged& staged = staged_.back();
    const std::int64_t first = staged_end_ - static_cast<std::int64_t>(staged.entries.size());
    const auto keep = static_cast<std::size_t>(std::max<std::int64_t>(from - first, 0));
    if (!staged.entries.empty() && keep >= staged.entries.size()) return;
    if (staged.created && keep == 0) {
      staged.segment->RemoveFiles();
    } else {
      const std::uint64_t size = staged.entries.empty() ? staged.log_bytes : staged.entries[keep].position;
      const auto log = staged.segment->OpenLog();
      if (services_.files.Truncate(log->fd(), static_cast<off_t>(size)) != 0) {
        NoteTrouble(
            "cannot cut " + staged.segment->paths().log.string() + " back to " + std::to_string(size) + " bytes",
            errno);
      }
      staged.log_bytes = size;
    }
    staged_records_.resize(staged_records_.size() - (staged.entries.size() - keep));
    staged_end_ -= static_cast<std::int64_t>(staged.entries.size() - keep);
    staged.entries.resize(keep);
    if (keep > 0) return;
    staged_.pop_back();
  }
}

}  // namespace framespool::broker::embedded
