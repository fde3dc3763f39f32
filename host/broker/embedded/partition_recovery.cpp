#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include <base/log.h>
#include "partition.h"

namespace framespool::broker::embedded {

namespace {

using namespace std::chrono_literals;

std::string Offsets(std::int64_t first, std::int64_t end) {
  return end - first == 1 ? "the record at offset " + std::to_string(first)
                          : std::to_string(end - first) + " records at offsets " + std::to_string(first) + " to " +
                                std::to_string(end - 1);
}

}  // namespace

std::string Partition::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void Partition::NoteTrouble(const std::string& what, int error) {
  const std::string message =
      what + ": " + ErrorText(error) + ": " + Name() +
      " takes no records for now, and those of the last moments may be lost if the machine stops; they are written "
      "again every second until that works: check the disk";
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = std::exchange(trouble_, message).empty();
  }
  services_.problems.Put(Name(), {.subject = "topic " + id_.topic,
                                  .kind = IsLackOfSpace(error) ? "disk-full" : "sync-failed",
                                  .message = message,
                                  .blocks_storing = true});
  if (!is_new) return;
  log::Error("broker", message);
  services_.retention_due();
}

void Partition::Fail(const std::string& what, int error) {
  NoteTrouble(what, error);
  throw RetriableError(trouble());
}

void Partition::Recover() {
  const Stillness still = KeepStill();
  std::vector<std::shared_ptr<Segment>> unsealed;
  {
    const std::lock_guard lock(mutex_);
    if (trouble_.empty()) return;
    for (auto segment = segments_.rbegin(); segment != segments_.rend() && !(*segment)->sealed(); ++segment) {
      unsealed.push_back(*segment);
    }
  }
  std::reverse(unsealed.begin(), unsealed.end());
  SyncFound();
  std::vector<LostRecords> lost;
  for (const auto& segment : unsealed) {
    if (const int error = segment->WriteAgain(lost); error != 0) {
      Fail("cannot write again, and sync, what was not synced of " + segment->paths().log.string(), error);
    }
  }
  if (const int error = SyncDirectory(services_.files, directory_); error != 0) {
    Fail("cannot sync " + directory_.string(), error);
  }
  bool schedule = false;
  {
    const std::lock_guard lock(mutex_);
    trouble_.clear();
    new_files_ = false;
    unsynced_bytes_ = 0;
    schedule = !std::exchange(sync_scheduled_, true);
  }
  for (const LostRecords& gone : lost) NoteLoss(gone.first, gone.end, gone.problem + ", after a failed sync");
  services_.problems.Clear(Name(), "sync-failed");
  services_.problems.Clear(Name(), "disk-full");
  if (schedule) services_.schedule_sync(*this);
  log::Info("broker", Name() + " takes records again: what had not been synced was written again and is durable");
}

// What an earlier worker wrote and had no time to sync: a checkpoint counts it as durable.
void Partition::SyncFound() {
  std::vector<std::shared_ptr<Segment>> found;
  {
    const std::lock_guard lock(mutex_);
    found = unsynced_found_;
  }
  for (const auto& segment : found) {
    const auto log = segment->OpenLog();
    if (log && services_.files.SyncData(log->fd()) != 0) Fail("cannot sync " + segment->paths().log.string(), errno);
  }
  const std::lock_guard lock(mutex_);
  unsynced_found_.clear();
}

void Partition::NoteLackOfSpace(const std::string& message, std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    lacking_bytes_ = bytes;
    lacking_since_ = std::chrono::steady_clock::now();
  }
  const bool is_new = services_.problems.Put(
      Name(), {.subject = "topic " + id_.topic, .kind = "disk-full", .message = message, .blocks_storing = true});
  if (is_new) services_.retention_due();
}

// Whoever was refused tries again within seconds; when nobody does any more, there being room is enough.
void Partition::LookForSpace() {
  std::uint64_t bytes = 0;
  {
    const std::lock_guard lock(mutex_);
    if (lacking_bytes_ == 0 || std::chrono::steady_clock::now() - lacking_since_ < 5s) return;
    bytes = lacking_bytes_;
  }
  if (services_.files.Space(directory_).available <= bytes + (64u << 10)) return;
  {
    const std::lock_guard lock(mutex_);
    lacking_bytes_ = 0;
  }
  services_.problems.Clear(Name(), "disk-full");
}

void Partition::NoteLoss(std::int64_t first, std::int64_t end, const std::string& why) {
  std::int64_t records = 0;
  std::size_t gaps = 0;
  {
    const std::lock_guard lock(mutex_);
    auto after = lost_.upper_bound(first);
    if (after != lost_.begin() && std::prev(after)->second >= end) return;  // said before
    auto from = after;
    if (after != lost_.begin() && std::prev(after)->second >= first) from = std::prev(after);
    std::int64_t merged_end = end;
    std::int64_t merged_first = from == after ? first : from->first;
    for (after = from; after != lost_.end() && after->first <= merged_end; ++after) {
      merged_end = std::max(merged_end, after->second);
    }
    lost_.erase(from, after);
    lost_[merged_first] = merged_end;
    gaps = lost_.size();
    for (const auto& [begin, stop] : lost_) records += stop - begin;
  }
  std::string message = Name() + ": " + Offsets(first, end) + (end - first == 1 ? " is lost: " : " are lost: ") + why +
                        "; readers go on behind, nothing was removed. Check the disk, or restore the file from a copy";
  log::Warn("broker", message);
  if (gaps > 1) {
    message += " (" + std::to_string(records) + " records in " + std::to_string(gaps) + " places in all)";
  }
  services_.problems.Put(Name(), {.subject = "topic " + id_.topic, .kind = "data-lost", .message = std::move(message)});
}

void Partition::RaiseEnd(std::int64_t end) {
  const std::unique_lock turn(append_turn_);
  std::int64_t found = 0;
  {
    const std::lock_guard lock(mutex_);
    if (end_ >= end) return;
    found = std::exchange(end_, end);
  }
  NoteLoss(found, end,
           "the store's checkpoint says that " + directory_.string() + " had them; the next record gets offset " +
               std::to_string(end) + ", so that stored positions stay right");
}

}  // namespace framespool::broker::embedded
