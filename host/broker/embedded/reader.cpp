#include "reader.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

namespace framespool::broker::embedded {

namespace {

constexpr std::size_t kEntriesAtOnce = 128;
constexpr std::size_t kWhole = std::numeric_limits<std::size_t>::max();
// What stands before a value is rarely more.
constexpr std::size_t kUsualFront = 768;

}  // namespace

Reader::Reader(std::shared_ptr<Partition> partition)
    : owner_(std::move(partition)), partition_(*owner_), position_(partition_.segments().window().first) {}

void Reader::Seek(std::int64_t offset) { position_ = std::max<std::int64_t>(offset, 0); }

void Reader::Interrupt() {
  interrupted_ = true;
  partition_.segments().WakeReaders();
}

std::vector<SinkRecord> Reader::Read(std::size_t max_records, std::size_t max_bytes, std::chrono::milliseconds wait,
                                     std::stop_token stop) {
  std::vector<SinkRecord> records;
  for (const auto& record : ReadStored(max_records, max_bytes, kWhole, wait, stop)) {
    records.push_back(ToSinkRecord(record, partition_.id()));
  }
  return records;
}

std::vector<RecordBeginning> Reader::ReadBeginnings(std::size_t max_records, std::size_t value_bytes,
                                                    std::chrono::milliseconds wait, std::stop_token stop) {
  std::vector<RecordBeginning> beginnings;
  for (const auto& record : ReadStored(max_records, kWhole, value_bytes, wait, stop)) {
    beginnings.push_back({ToSinkRecord(record, partition_.id()), record->value_size});
  }
  return beginnings;
}

Reader::Records Reader::ReadStored(std::size_t max_records, std::size_t max_bytes, std::size_t value_bytes,
                                   std::chrono::milliseconds wait, const std::stop_token& stop) {
  if (interrupted_.exchange(false) || stop.stop_requested()) return {};
  const SegmentList::Window window = partition_.segments().WaitFor(position_, wait, stop, interrupted_);
  if (interrupted_.exchange(false) || stop.stop_requested()) return {};

  Records records;
  std::size_t bytes = 0;
  position_ = std::max(position_, window.first);
  std::optional<Gap> gap;  // just before position_
  const auto note = [&] {
    if (const auto lost = std::exchange(gap, std::nullopt)) partition_.losses().Note(lost->first, lost->end, lost->why);
  };
  while (position_ < window.end && records.size() < std::max<std::size_t>(max_records, 1) &&
         (records.empty() || bytes < max_bytes) && !stop.stop_requested()) {
    std::shared_ptr<const StoredRecord> record;
    Gap here;
    try {
      record = Fetch(position_, value_bytes, here);
    } catch (const RetriableError&) {
      if (records.empty()) throw;
      break;  // first what could be read; the next call meets it again
    }
    if (record) {
      // What compaction has removed in front of it is not lost.
      if (gap) gap->end = std::min(gap->end, record->offset - record->removed_before);
      if (gap && gap->end <= gap->first) gap.reset();
      note();
      bytes += record->value().size();
      records.push_back(std::move(record));
      ++position_;
    } else if (const std::int64_t first = partition_.segments().window().first; first > position_) {
      note();
      position_ = first;  // retention has removed it meanwhile
    } else {
      here.first = gap ? gap->first : position_;
      here.disk |= gap && gap->disk;
      position_ = here.end;
      if (gap) here.why = gap->why;
      gap = std::move(here);
    }
  }
  if (gap && stop.stop_requested()) {
    position_ = gap->first;  // whether it is one says the record behind it
  } else if (gap && gap->disk) {
    position_ = gap->first;
    if (records.empty()) {
      throw RetriableError(partition_.Name() + ": nothing can be read from offset " + std::to_string(position_) +
                           " on: " + gap->why + "; check the disk");
    }
  } else {
    note();
  }
  // Who has caught up and lives on the cache must not keep a file that retention has dropped from being freed.
  if (segment_ && position_ >= segment_->end()) Leave();
  return records;
}

std::shared_ptr<const StoredRecord> Reader::Fetch(std::int64_t offset, std::size_t value_bytes, Gap& gap) {
  if (auto known = partition_.cache().Find(offset)) return known;
  gap.end = offset + 1;
  try {
    if (const IndexEntry* entry = FindEntry(offset)) {
      if (entry->length > 0) {
        if (auto record = ReadFromDisk(*entry, offset, value_bytes, gap.why)) {
          return record->value().size() < record->value_size ? record : partition_.cache().Share(std::move(record));
        }
        gap.why = segment_->paths().log.string() + " at position " + std::to_string(entry->position) + ": " + gap.why;
        return nullptr;
      }
      gap.why = segment_->paths().log.string() + " at position " + std::to_string(entry->position) + " holds no record";
      for (const IndexEntry* last = &entries_.back(); entry < last && entry[1].length == 0; ++entry) ++gap.end;
      return nullptr;
    }
    gap.why = "no file holds them";
    if (segment_) gap.why = segment_->paths().log.string() + (log_ ? " ends before them" : " is missing");
  } catch (const BrokerError& error) {
    gap.why = error.what();
    gap.disk = true;
    // A file that can be read may have one bad place; of another nothing can be read.
    if (log_ && *log_ && !entries_.empty()) return nullptr;
  }
  gap.end = std::max(gap.end, partition_.segments().NextBase(offset));
  Leave();
  return nullptr;
}

void Reader::Leave() {
  entries_.clear();
  log_.reset();
  segment_.reset();
}

const IndexEntry* Reader::FindEntry(std::int64_t offset) {
  if (!log_ || offset < segment_->base() || offset >= segment_->end()) {
    Leave();
    segment_ = partition_.segments().At(offset);
    if (segment_) log_ = segment_->OpenLog();
  }
  if (!log_) return nullptr;
  const auto in_block = [&] {
    return offset >= entries_first_ && offset < entries_first_ + static_cast<std::int64_t>(entries_.size());
  };
  if (!in_block()) {
    std::vector<IndexEntry> block = std::exchange(entries_, {});  // stays empty when what follows throws
    block.resize(kEntriesAtOnce);
    block.resize(segment_->Entries(static_cast<std::uint64_t>(offset - segment_->base()), block));
    entries_ = std::move(block);
    entries_first_ = offset;
  }
  return in_block() ? &entries_[static_cast<std::size_t>(offset - entries_first_)] : nullptr;
}

std::shared_ptr<const StoredRecord> Reader::ReadFromDisk(const IndexEntry& entry, std::int64_t offset,
                                                         std::size_t value_bytes, std::string& why) {
  auto record = std::make_shared<StoredRecord>();
  const auto read = [&](std::size_t size) {
    record->read = partition_.services().buffers->Take(size);
    const std::size_t got =
        ReadAt(partition_.services().files, *log_, segment_->paths().log, record->read.data(), size, entry.position);
    if (got != size) {
      why = "the file ends after " + std::to_string(got) + " of its " + std::to_string(entry.length) + " bytes";
    }
    return got == size;
  };
  const std::size_t whole = entry.length;
  const bool rest_is_little = value_bytes >= whole || whole - value_bytes <= kUsualFront;
  if (!read(rest_is_little ? whole : value_bytes + kUsualFront)) return nullptr;
  RecordHead head;
  if (record->read.bytes().size() >= sizeof head) std::memcpy(&head, record->read.data(), sizeof head);
  if (head.magic != kRecordMagic || head.size() != whole) {
    why = "its header is damaged";
    return nullptr;
  }
  const std::size_t least = head.front_size() + std::min<std::size_t>(value_bytes, head.value_size);
  if (record->read.bytes().size() < least && !read(least)) return nullptr;
  const std::string_view front(reinterpret_cast<const char*>(record->read.data()), head.front_size());
  why = FrontProblem(head, offset, front);
  const bool has_all = record->read.bytes().size() == whole;
  if (why.empty() && has_all && !IsValueGood(head, record->read.bytes())) why = "its value's CRC is wrong";
  if (!why.empty()) return nullptr;
  DecodeFront(head, front, *record);
  return record;
}

}  // namespace framespool::broker::embedded
