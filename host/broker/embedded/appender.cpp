#include "appender.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

#include <framespool/errors.h>

namespace framespool::broker::embedded {

namespace {

constexpr std::size_t kMostAtOnce = 512;  // records a write: two parts each, IOV_MAX is 1024
// How much larger a segment may get where no reader can begin: retention drops whole segments, and what is left should
// begin with a sync point.
constexpr std::uint64_t kMostStretch = 2;

/// True when a segment of `bytes` is full in front of `record`.
bool IsFull(std::uint64_t bytes, const EncodedRecord& record, const TopicLimits& limits) {
  const bool stretches = record.source().sync_point == SyncPoint::kBefore;
  return bytes > 0 && bytes + record.size() > limits.segment_bytes * (stretches ? kMostStretch : 1);
}

}  // namespace

std::unique_lock<std::mutex> Appender::TakeTurn() {
  std::unique_lock turn(turn_);
  staged_end_ = segments_.window().end;
  return turn;
}

void Appender::Stage(std::span<EncodedRecord> run, std::uint64_t first_sequence) {
  health_.ThrowIfClosed();
  while (!run.empty()) {
    StagedSegment& staged = StagingSegment(run.front());
    std::size_t count = 1;
    std::uint64_t bytes = run.front().size();
    while (count < run.size() && count < kMostAtOnce &&
           !IsFull(staged.log_bytes + bytes, run[count], context_.limits)) {
      bytes += run[count++].size();
    }
    Write(staged, run.first(count), first_sequence);
    first_sequence += count;
    run = run.subspan(count);
  }
}

StagedSegment& Appender::StagingSegment(const EncodedRecord& next) {
  if (staged_.empty()) {
    if (const SegmentPtr active = segments_.Open(staged_end_)) {
      const auto age = context_.limits.SegmentAge();
      const bool old = age.count() > 0 && active->count() > 0 && next.source().sync_point != SyncPoint::kBefore &&
                       WallClock::now() - active->first_write() > age;
      if (!old && !IsFull(active->log_bytes(), next, context_.limits)) {
        staged_.push_back({active, false, active->log_bytes(), active->published_max_timestamp(), {}});
      }
    }
  }
  if (staged_.empty() || IsFull(staged_.back().log_bytes, next, context_.limits)) {
    staged_.push_back(
        {Segment::Create(context_.services.files, context_.directory, staged_end_), true, 0, kNoTimestamp, {}});
  }
  return staged_.back();
}

void Appender::Write(StagedSegment& staged, std::span<EncodedRecord> records, std::uint64_t first_sequence) {
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
  const int error = WriteAll(context_.services.files, *log, parts.data(), parts.size(), from);
  staged.log_bytes = position;
  if (error == 0) return;
  const std::string what = "cannot append " + std::to_string(position - from) + " bytes to " +
                           staged.segment->paths().log.string() + " at position " + std::to_string(from);
  if (!IsLackOfSpace(error)) health_.Fail(what, error);
  const std::string message =
      what + ": " + ErrorText(error) + "; " +
      (error == EFBIG ? std::string("raise the limit of file sizes (ulimit -f)")
                      : std::to_string(context_.services.files.Space(context_.directory).available) +
                            " bytes are free there: free some space, or lower retention.bytes or retention.ms of a "
                            "topic");
  health_.NoteLackOfSpace(message, position - from);
  throw RetriableError(Problem{.message = message, .kind = kind::kDiskFull});
}

void Appender::SyncStaged() {
  bool created = false;
  for (const StagedSegment& staged : staged_) {
    created |= staged.created;
    if (const int error = staged.segment->SyncData(context_.services.sync_times); error != 0) {
      health_.Fail("cannot sync " + staged.segment->paths().log.string(), error);
    }
  }
  if (!created) return;
  if (const int error = SyncDirectory(context_.services.files, context_.directory); error != 0) {
    health_.Fail("cannot sync " + context_.directory.string(), error);
  }
}

void Appender::Commit() {
  if (staged_.empty()) return;
  cache_.Remember(staged_records_);
  const SegmentList::Growth growth = segments_.Publish(staged_, staged_end_);
  offsets_.NoteLast(staged_end_ - 1, staged_records_.back()->timestamp);
  health_.NoteWritten();
  staged_.clear();
  staged_records_.clear();
  sync_.Schedule();
  if (growth.first_of_segment) context_.services.retention_due();
  context_.services.grown(growth.bytes);
}

void Appender::Unstage(std::int64_t from) noexcept {
  while (!staged_.empty()) {
    StagedSegment& staged = staged_.back();
    const std::int64_t first = staged_end_ - static_cast<std::int64_t>(staged.entries.size());
    const auto keep = static_cast<std::size_t>(std::max<std::int64_t>(from - first, 0));
    if (!staged.entries.empty() && keep >= staged.entries.size()) return;
    if (staged.created && keep == 0) {
      staged.segment->RemoveFiles();
    } else {
      const std::uint64_t size = staged.entries.empty() ? staged.log_bytes : staged.entries[keep].position;
      const auto log = staged.segment->OpenLog();
      if (context_.services.files.Truncate(log->fd(), static_cast<off_t>(size)) != 0) {
        health_.NoteTrouble(
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

// An idle topic's last segment expires as any other; an empty one behind it remembers the offset.
void Appender::RollIf(const std::function<bool(const Segment&)>& due) {
  const auto turn = TakeTurn();
  const SegmentPtr last = segments_.Last();
  if (!last || !health_.trouble().empty() || last->count() == 0 || !due(*last)) return;
  segments_.Add(Segment::Create(context_.services.files, context_.directory, staged_end_));
  sync_.Schedule();
}

std::optional<std::int64_t> Appender::RaiseEnd(std::int64_t end) {
  const auto turn = TakeTurn();
  return segments_.RaiseEnd(end);
}

}  // namespace framespool::broker::embedded
