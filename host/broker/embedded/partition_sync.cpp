#include "partition_sync.h"

#include <cerrno>
#include <string>
#include <utility>

#include <base/log.h>

namespace framespool::broker::embedded {

void PartitionSync::Schedule() {
  if (!scheduled_.exchange(true)) context_.services.schedule_sync(*this);
}

void PartitionSync::Sync() {
  const std::lock_guard turn(turn_);
  health_.ThrowIfInTrouble();
  scheduled_ = false;  // before it is looked at what there is: what comes later schedules the next one
  SyncFound();
  const SegmentList::Unsynced unsynced = segments_.TakeUnsynced();
  const auto fail = [&](const std::string& what, int error) {
    segments_.PutBack(unsynced);
    health_.Fail(what, error);
  };
  for (const SegmentList::Reached& reached : unsynced.segments) {
    if (!reached.segment->has_unindexed()) continue;
    if (const int error = reached.segment->SyncData(context_.services.sync_times); error != 0) {
      fail("cannot sync " + reached.segment->paths().log.string(), error);
    }
  }
  if (unsynced.new_files) {
    if (const int error = SyncDirectory(context_.services.files, context_.directory); error != 0) {
      fail("cannot sync " + context_.directory.string(), error);
    }
  }

  // The records are durable; what follows makes the next start quick and lets full segments go.
  bool sealed = false;
  for (const SegmentList::Reached& reached : unsynced.segments) {
    int error = reached.segment->WriteIndex(reached.count);
    if (error == 0 && reached.full) error = reached.segment->WriteSeal();
    if (error == 0 && reached.full) error = reached.segment->SyncSeal();
    if (error != 0) return health_.NoteIndexBehind(error);
    sealed |= reached.full;
  }
  health_.NoteIndexWritten();
  if (sealed) context_.services.retention_due();
}

void PartitionSync::WriteAgain(Losses& losses) {
  if (health_.trouble().empty()) return;
  SyncFound();
  std::vector<LostRecords> lost;
  for (const auto& segment : segments_.Unsealed()) {
    if (const int error = segment->WriteAgain(lost); error != 0) {
      health_.Fail("cannot write again, and sync, what was not synced of " + segment->paths().log.string(), error);
    }
  }
  if (const int error = SyncDirectory(context_.services.files, context_.directory); error != 0) {
    health_.Fail("cannot sync " + context_.directory.string(), error);
  }
  segments_.NoteAllSynced();
  for (const LostRecords& gone : lost) losses.Note(gone.first, gone.end, gone.problem + ", after a failed sync");
  health_.NoteRecovered();
  Schedule();
  log::Info("broker",
            context_.Name() + " takes records again: what had not been synced was written again and is durable");
}

// What an earlier worker wrote and had no time to sync: a checkpoint counts it as durable.
void PartitionSync::SyncFound() {
  for (const auto& segment : unsynced_found_) {
    const auto log = segment->OpenLog();
    if (log && context_.services.files.SyncData(log->fd()) != 0) {
      health_.Fail("cannot sync " + segment->paths().log.string(), errno);
    }
  }
  unsynced_found_.clear();
}

}  // namespace framespool::broker::embedded
