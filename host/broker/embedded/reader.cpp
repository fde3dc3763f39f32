#include "reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace framespool::broker::embedded {

namespace {

constexpr std::size_t kEntriesAtOnce = 128;

}  // namespace

Reader::Reader(std::shared_ptr<Partition> partition)
    : owner_(std::move(partition)), partition_(*owner_), position_(partition_.window().first) {}

void Reader::Seek(std::int64_t offset) { position_ = std::max<std::int64_t>(offset, 0); }

void Reader::Interrupt() {
  interrupted_ = true;
  partition_.WakeReaders();
}

std::vector<SinkRecord> Reader::Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                                     std::stop_token stop) {
  if (interrupted_.exchange(false) || stop.stop_requested()) return {};
  const Partition::Window window = partition_.WaitFor(position_, wait, stop, interrupted_);
  if (interrupted_.exchange(false) || stop.stop_requested()) return {};

  std::vector<SinkRecord> records;
  std::size_t bytes = 0;
  position_ = std::max(position_, window.first);
  while (position_ < window.end && records.size() < std::max<std::size_t>(max_records, 1) &&
         (records.empty() || bytes < max_bytes)) {
    std::shared_ptr<const StoredRecord> record;
    try {
      record = Fetch(position_);
    } catch (const std::exception&) {
      if (records.empty()) throw;
      break;  // first what could be read; the next call meets it again
    }
    if (!record) {
      position_ = partition_.window().first;
      continue;
    }
    bytes += record->value().size();
    records.push_back(ToSinkRecord(record, partition_.id()));
    ++position_;
  }
  // Who has caught up and lives on the cache must not keep a file that retention has dropped from being freed.
  if (segment_ && position_ >= segment_->end()) Leave();
  return records;
}

std::shared_ptr<const StoredRecord> Reader::Fetch(std::int64_t offset) {
  if (auto known = partition_.cache().Find(offset)) return known;
  if (const IndexEntry* entry = FindEntry(offset)) return partition_.cache().Share(ReadFromDisk(*entry, offset));
  Leave();
  if (partition_.window().first > offset) return nullptr;
  throw BrokerError(partition_.Name() + ": the file of offset " + std::to_string(offset) +
                    " is missing, though retention has not dropped it; somebody removed it. Restart the worker, and "
                    "seek behind it");
}

void Reader::Leave() {
  entries_.clear();
  log_.reset();
  segment_.reset();
}

const IndexEntry* Reader::FindEntry(std::int64_t offset) {
  if (!segment_ || offset < segment_->base() || offset >= segment_->end()) {
    Leave();
    segment_ = partition_.SegmentOf(offset);
    if (segment_) log_ = segment_->OpenLog();
    if (!log_) return nullptr;
  }
  const auto in_block = [&] {
    return offset >= entries_first_ && offset < entries_first_ + static_cast<std::int64_t>(entries_.size());
  };
  if (!in_block()) {
    entries_.resize(kEntriesAtOnce);
    entries_.resize(segment_->Entries(static_cast<std::uint64_t>(offset - segment_->base()), entries_));
    entries_first_ = offset;
  }
  return in_block() ? &entries_[static_cast<std::size_t>(offset - entries_first_)] : nullptr;
}

std::shared_ptr<const StoredRecord> Reader::ReadFromDisk(const IndexEntry& entry, std::int64_t offset) {
  if (entry.length == 0) ThrowUnreadable(offset, entry.position, "its header is damaged");
  auto record = std::make_shared<StoredRecord>();
  record->read = partition_.buffers().Take(entry.length);
  const std::size_t got = ReadAt(*log_, segment_->paths().log, record->read.data(), entry.length, entry.position);
  if (got != entry.length) {
    ThrowUnreadable(
        offset, entry.position,
        "the file ends after " + std::to_string(got) + " of its " + std::to_string(entry.length) + " bytes");
  }
  RecordHead head;
  std::memcpy(&head, record->read.data(), sizeof head);
  if (head.magic != kRecordMagic || head.size() != entry.length) {
    ThrowUnreadable(offset, entry.position, "its header is damaged");
  }
  const std::string_view front(reinterpret_cast<const char*>(record->read.data()), head.front_size());
  if (const std::string problem = FrontProblem(head, offset, front); !problem.empty()) {
    ThrowUnreadable(offset, entry.position, problem);
  }
  if (!IsValueGood(head, record->read.bytes())) ThrowUnreadable(offset, entry.position, "its value's CRC is wrong");
  DecodeFront(head, front, *record);
  return record;
}

void Reader::ThrowUnreadable(std::int64_t offset, std::uint64_t position, const std::string& problem) const {
  throw BrokerError(partition_.Name() + ": the record at offset " + std::to_string(offset) + " cannot be read from " +
                    segment_->paths().log.string() + " at position " + std::to_string(position) + ": " + problem +
                    "; check the disk, and seek to offset " + std::to_string(offset + 1) + " to go on behind it");
}

}  // namespace framespool::broker::embedded
