#include "partition_health.h"

#include <utility>

#include <base/log.h>
#include <framespool/errors.h>

namespace framespool::broker::embedded {

namespace {

using namespace std::chrono_literals;

constexpr ProblemKind kSyncFailed = "sync-failed";
constexpr ProblemKind kIndexBehind = "index-behind";

}  // namespace

void PartitionHealth::NoteTrouble(const std::string& what, int error) {
  const std::string message =
      what + ": " + ErrorText(error) + ": " + context_.Name() +
      " takes no records for now, and those of the last moments may be lost if the machine stops; they are written "
      "again every second until that works: check the disk";
  bool is_new = false;
  {
    const std::lock_guard lock(mutex_);
    is_new = std::exchange(trouble_, message).empty();
  }
  context_.PutProblem(IsLackOfSpace(error) ? kind::kDiskFull : kSyncFailed, message, true);
  if (!is_new) return;
  log::Error("broker", message);
  context_.services.retention_due();
}

void PartitionHealth::Fail(const std::string& what, int error) {
  NoteTrouble(what, error);
  throw RetriableError(trouble());
}

void PartitionHealth::NoteRecovered() {
  {
    const std::lock_guard lock(mutex_);
    trouble_.clear();
  }
  context_.ClearProblem(kSyncFailed);
  context_.ClearProblem(kind::kDiskFull);
}

std::string PartitionHealth::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

void PartitionHealth::ThrowIfInTrouble() const {
  const std::lock_guard lock(mutex_);
  if (!trouble_.empty()) throw RetriableError(trouble_);
}

void PartitionHealth::NoteLackOfSpace(const std::string& message, std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    lacking_bytes_ = bytes;
    lacking_since_ = std::chrono::steady_clock::now();
  }
  if (context_.PutProblem(kind::kDiskFull, message, true)) context_.services.retention_due();
}

void PartitionHealth::NoteWritten() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(lacking_bytes_, 0) == 0) return;
  }
  context_.ClearProblem(kind::kDiskFull);
}

// Whoever was refused tries again within seconds; when nobody does any more, there being room is enough.
void PartitionHealth::LookForSpace() {
  std::uint64_t bytes = 0;
  {
    const std::lock_guard lock(mutex_);
    if (lacking_bytes_ == 0 || std::chrono::steady_clock::now() - lacking_since_ < 5s) return;
    bytes = lacking_bytes_;
  }
  if (context_.services.files.Space(context_.directory).available <= bytes + (64u << 10)) return;
  NoteWritten();
}

void PartitionHealth::NoteIndexBehind(int error) {
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    first = !std::exchange(index_behind_, true);
  }
  const std::string message = context_.Name() + ": cannot write the index in " + context_.directory.string() + ": " +
                              ErrorText(error) + "; its records are safe, the index is written once that works again";
  context_.PutProblem(kIndexBehind, message);
  if (!first) return;
  log::Warn("broker", message);
  context_.services.retention_due();
}

void PartitionHealth::NoteIndexWritten() {
  {
    const std::lock_guard lock(mutex_);
    index_behind_ = false;
  }
  context_.ClearProblem(kIndexBehind);
}

bool PartitionHealth::index_behind() const {
  const std::lock_guard lock(mutex_);
  return index_behind_;
}

bool PartitionHealth::waits() const {
  const std::lock_guard lock(mutex_);
  return index_behind_ || !trouble_.empty() || lacking_bytes_ > 0;
}

void PartitionHealth::NoteAbandoned() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    index_behind_ = false;
    trouble_.clear();
    lacking_bytes_ = 0;
  }
  context_.services.problems.ClearAll(context_.Name());
}

void PartitionHealth::ThrowIfClosed() const {
  const std::lock_guard lock(mutex_);
  if (!trouble_.empty()) throw RetriableError(trouble_);
  if (abandoned_) throw RetriableError(context_.Name() + " was deleted just now");
}

}  // namespace framespool::broker::embedded
