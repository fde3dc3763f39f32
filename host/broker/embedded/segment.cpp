#include "segment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include <base/log.h>
#include <base/private_files.h>
#include <broker/broker.h>

namespace framespool::broker::embedded {

std::shared_ptr<Segment> Segment::Create(FileOps& files, const std::filesystem::path& directory, std::int64_t base) {
  std::shared_ptr<Segment> segment(new Segment(files, directory, base));
  segment->log_ = std::make_shared<const File>(OpenFile(segment->paths_.log, O_RDWR | O_CREAT | O_EXCL));
  segment->first_write_ = segment->last_write_ = WallClock::now();
  segment->written_here_ = std::chrono::steady_clock::now();
  segment->loaded_ = true;
  return segment;
}

std::shared_ptr<Segment> Segment::OpenSealed(FileOps& files, const std::filesystem::path& directory,
                                             const FoundSegment& found, std::uint64_t count) {
  std::shared_ptr<Segment> segment(new Segment(files, directory, found.base));
  segment->count_ = segment->written_ = count;
  segment->log_bytes_ = found.log_bytes;
  segment->first_write_ = segment->last_write_ = found.last_write;
  segment->sealed_ = true;
  return segment;
}

std::shared_ptr<Segment> Segment::OpenTail(FileOps& files, const std::filesystem::path& directory,
                                           const FoundSegment& found, TailScan scan) {
  std::shared_ptr<Segment> segment(new Segment(files, directory, found.base));
  segment->log_ = std::make_shared<const File>(OpenFile(segment->paths_.log, O_RDWR));
  const auto cut = [&](const File& file, const std::filesystem::path& path, std::uint64_t size) {
    if (files.Truncate(file.fd(), static_cast<off_t>(size)) == 0) return;
    ThrowError("cannot cut " + path.string() + " to " + std::to_string(size) + " bytes", errno);
  };
  if (auto index = OpenFile(segment->paths_.index, O_RDWR)) {
    segment->index_ = std::make_shared<const File>(std::move(index));
    cut(*segment->index_, segment->paths_.index, scan.indexed * sizeof(IndexEntry));
  }
  if (scan.log_bytes < found.log_bytes && scan.unfinished) {
    cut(*segment->log_, segment->paths_.log, scan.log_bytes);
    if (files.SyncData(segment->log_->fd()) != 0) ThrowError("cannot sync " + segment->paths_.log.string(), errno);
  } else if (scan.log_bytes < found.log_bytes) {
    scan.log_bytes = found.log_bytes;
    segment->closed_ = true;
  }
  segment->count_ = scan.indexed + scan.scanned.size();
  segment->written_ = scan.indexed;
  segment->unindexed_ = std::move(scan.scanned);
  segment->log_bytes_ = scan.log_bytes;
  segment->max_timestamp_ = scan.max_timestamp;
  segment->first_write_ = segment->last_write_ = found.last_write;
  segment->loaded_ = true;
  return segment;
}

std::int64_t Segment::end() const { return base_ + static_cast<std::int64_t>(count()); }

std::uint64_t Segment::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::uint64_t Segment::log_bytes() const {
  const std::lock_guard lock(mutex_);
  return log_bytes_;
}

std::uint64_t Segment::disk_bytes() const {
  const std::lock_guard lock(mutex_);
  return log_bytes_ + count_ * sizeof(IndexEntry) + (count_ > 0 ? sizeof(IndexSeal) : 0);
}

bool Segment::sealed() const {
  const std::lock_guard lock(mutex_);
  return sealed_;
}

bool Segment::open() const {
  const std::lock_guard lock(mutex_);
  return !sealed_ && !closed_;
}

bool Segment::has_unindexed() const {
  const std::lock_guard lock(mutex_);
  return !unindexed_.empty();
}

WallClock::time_point Segment::first_write() const {
  const std::lock_guard lock(mutex_);
  return first_write_;
}

WallClock::time_point Segment::last_write() const {
  const std::lock_guard lock(mutex_);
  return last_write_;
}

WallClock::duration Segment::Age(WallClock::time_point now) const {
  const std::lock_guard lock(mutex_);
  const auto age = now - last_write_;
  if (!written_here_) return age;
  return std::min<WallClock::duration>(
      age, std::chrono::duration_cast<WallClock::duration>(std::chrono::steady_clock::now() - *written_here_));
}

std::int64_t Segment::published_max_timestamp() const {
  const std::lock_guard lock(mutex_);
  return max_timestamp_;
}

std::shared_ptr<const File> Segment::OpenLog() {
  {
    const std::lock_guard lock(mutex_);
    if (log_) return log_;
    if (auto open = log_of_readers_.lock()) return open;
  }
  auto opened = std::make_shared<const File>(OpenFile(paths_.log, O_RDONLY));
  if (!*opened) return nullptr;
  const std::lock_guard lock(mutex_);
  log_of_readers_ = opened;
  return opened;
}

std::size_t Segment::Entries(std::uint64_t first, std::span<IndexEntry> to) {
  Load();
  for (bool repaired = false;; repaired = true) {
    std::shared_ptr<const File> index;
    bool sealed = false;
    {
      const std::lock_guard lock(mutex_);
      if (first >= count_) return 0;
      to = to.first(std::min<std::uint64_t>(to.size(), count_ - first));
      if (first >= written_) {
        std::copy_n(unindexed_.begin() + static_cast<std::ptrdiff_t>(first - written_), to.size(), to.begin());
        return to.size();
      }
      to = to.first(std::min<std::uint64_t>(to.size(), written_ - first));
      if (!repaired_.empty()) {
        std::copy_n(repaired_.begin() + static_cast<std::ptrdiff_t>(first), to.size(), to.begin());
        return to.size();
      }
      index = index_;
      sealed = sealed_;
    }
    try {
      if (!index) index = std::make_shared<const File>(OpenFile(paths_.index, O_RDONLY));
      if (*index && ReadEntries(*index, paths_.index, first, to) == to.size()) {
        std::int64_t offset = base_ + static_cast<std::int64_t>(first);
        if (std::all_of(to.begin(), to.end(), [&](const IndexEntry& entry) { return IsGood(entry, offset++); })) {
          return to.size();
        }
      }
    } catch (const BrokerError&) {  // one that cannot be read is a damaged one
    }
    if (!sealed || repaired) {
      throw BrokerError(paths_.index.string() + " is damaged: the entry of offset " +
                        std::to_string(base_ + static_cast<std::int64_t>(first)) +
                        " or one after it has a wrong CRC; it is rebuilt when the worker starts again");
    }
    if (!Rebuild()) return 0;
  }
}

std::int64_t Segment::MaxTimestamp() {
  Load();
  const std::lock_guard lock(mutex_);
  return max_timestamp_;
}

void Segment::Load() {
  {
    const std::lock_guard turn(load_turn_);
    if (loaded_) return;
    std::optional<IndexSeal> seal;
    try {
      seal = ReadSeal(paths_.index, base_);
    } catch (const BrokerError&) {  // it is rebuilt
    }
    const std::lock_guard lock(mutex_);
    if (seal && seal->count <= count_ && seal->log_bytes == log_bytes_) {
      count_ = written_ = seal->count;
      max_timestamp_ = seal->max_timestamp;
      loaded_ = true;
      return;
    }
  }
  Rebuild();
}

bool Segment::Rebuild() {
  const std::lock_guard turn(load_turn_);
  const File log = OpenFile(paths_.log, O_RDONLY);
  if (!log) return false;
  const std::uint64_t most = this->count();
  const std::uint64_t bytes = log_bytes();
  std::vector<IndexEntry> entries = ScanDamaged(log, paths_, base_, most, bytes);
  const auto found = std::count_if(entries.begin(), entries.end(), [](const IndexEntry& e) { return e.length > 0; });
  const std::uint64_t lost = most - static_cast<std::uint64_t>(found);
  const std::uint64_t count = entries.size();
  const std::int64_t max_timestamp = entries.empty() ? kNoTimestamp : entries.back().max_timestamp;
  log::Write(lost > 0 ? LogLevel::kWarn : LogLevel::kInfo, "broker",
             paths_.index.string() + " was missing or damaged: rebuilt from " + std::to_string(bytes) +
                 " bytes of the log, " + std::to_string(found) + " records found, " + std::to_string(lost) +
                 " of those up to the next segment are not there");
  const IndexSeal seal = MakeSeal(base_, count, bytes, max_timestamp);
  std::string text(reinterpret_cast<const char*>(entries.data()), entries.size() * sizeof(IndexEntry));
  text.append(reinterpret_cast<const char*>(&seal), sizeof seal);
  bool written = true;
  try {
    ReplaceFile(files_, paths_.index, text);
  } catch (const std::exception& error) {
    written = false;
    log::Warn("broker", std::string(error.what()) + "; the index stays in memory (" + std::to_string(text.size()) +
                            " bytes) until then");
  }
  const std::lock_guard lock(mutex_);
  count_ = written_ = count;
  max_timestamp_ = max_timestamp;
  repaired_ = written ? std::vector<IndexEntry>() : std::move(entries);
  loaded_ = true;
  return true;
}

void Segment::Publish(std::span<const IndexEntry> entries, std::uint64_t log_bytes, std::int64_t max_timestamp) {
  const auto now = WallClock::now();
  const std::lock_guard lock(mutex_);
  unindexed_.insert(unindexed_.end(), entries.begin(), entries.end());
  if (count_ == 0) first_write_ = now;
  last_write_ = now;
  written_here_ = std::chrono::steady_clock::now();
  count_ += entries.size();
  log_bytes_ = log_bytes;
  max_timestamp_ = max_timestamp;
}

int Segment::SyncData(base::Histogram& times) {
  std::shared_ptr<const File> log;
  {
    const std::lock_guard lock(mutex_);
    log = log_;
  }
  const base::Timing timing(times);
  return !log || files_.SyncData(log->fd()) == 0 ? 0 : errno;
}

std::string Segment::ProblemOfRecord(const File& log, const IndexEntry& entry, std::int64_t offset,
                                     std::vector<std::byte>& record) const {
  record.resize(entry.length);
  if (ReadAt(files_, log, paths_.log, record.data(), record.size(), entry.position) != record.size()) {
    return "the file ends within it";
  }
  RecordHead head;
  std::memcpy(&head, record.data(), sizeof head);
  if (head.magic != kRecordMagic || head.size() != entry.length) return "its header is damaged";
  const std::string_view front(reinterpret_cast<const char*>(record.data()), head.front_size());
  if (std::string problem = FrontProblem(head, offset, front); !problem.empty()) return problem;
  return IsValueGood(head, record) ? "" : "its value's CRC is wrong";
}

int Segment::WriteAgain(std::vector<LostRecords>& lost) {
  // A file that was opened before the disk failed may belong to a file system that is gone.
  const auto log = std::make_shared<const File>(::open(paths_.log.c_str(), O_RDWR | O_CLOEXEC));
  if (!*log) return errno;
  std::vector<IndexEntry> entries;
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  {
    const std::lock_guard lock(mutex_);
    entries = unindexed_;
    first = written_;
    end = log_bytes_;
  }
  struct stat status {};
  if (fstat(log->fd(), &status) != 0) return errno;
  if (static_cast<std::uint64_t>(status.st_size) > end && files_.Truncate(log->fd(), static_cast<off_t>(end)) != 0) {
    return errno;
  }
  std::vector<std::byte> record;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    IndexEntry& entry = entries[i];
    if (entry.length == 0) continue;
    const std::int64_t offset = base_ + static_cast<std::int64_t>(first + i);
    std::string problem;
    try {
      problem = ProblemOfRecord(*log, entry, offset, record);
    } catch (const BrokerError&) {
      return EIO;
    }
    if (!problem.empty()) {
      lost.push_back({offset, offset + 1, entry.position, problem});
      entry = MakeEntry(offset, entry.position, entry.max_timestamp, 0);
      continue;
    }
    iovec part{record.data(), record.size()};
    if (const int error = WriteAll(files_, *log, &part, 1, entry.position); error != 0) return error;
  }
  if (files_.SyncData(log->fd()) != 0) return errno;
  const std::lock_guard lock(mutex_);
  unindexed_ = std::move(entries);
  log_ = log;
  return 0;
}

int Segment::WriteIndex(std::uint64_t count) {
  std::vector<IndexEntry> entries;
  std::shared_ptr<const File> index;
  std::uint64_t first = 0;
  {
    const std::lock_guard lock(mutex_);
    if (count <= written_) return 0;
    entries.assign(unindexed_.begin(), unindexed_.begin() + static_cast<std::ptrdiff_t>(count - written_));
    first = written_;
    index = index_;
  }
  if (!index) {
    const int fd = ::open(paths_.index.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, base::kPrivateFile);
    if (fd < 0) return errno;
    index = std::make_shared<const File>(fd);
  }
  const int error = WriteEntries(files_, *index, first, entries);
  const std::lock_guard lock(mutex_);
  index_ = index;
  if (error != 0) return error;
  unindexed_.erase(unindexed_.begin(), unindexed_.begin() + static_cast<std::ptrdiff_t>(entries.size()));
  written_ = count;
  return 0;
}

int Segment::WriteSeal() {
  std::shared_ptr<const File> index;
  IndexSeal seal;
  {
    const std::lock_guard lock(mutex_);
    index = index_;
    seal = MakeSeal(base_, count_, log_bytes_, max_timestamp_);
  }
  return index ? embedded::WriteSeal(files_, *index, seal) : ENOENT;
}

int Segment::SyncSeal() {
  std::shared_ptr<const File> index;
  {
    const std::lock_guard lock(mutex_);
    index = index_;
  }
  if (files_.SyncData(index->fd()) != 0) return errno;
  const std::lock_guard lock(mutex_);
  sealed_ = true;
  log_of_readers_ = log_;
  log_.reset();
  index_.reset();
  unindexed_ = {};
  return 0;
}

void Segment::RemoveFiles() noexcept {
  unlink(paths_.log.c_str());
  unlink(paths_.index.c_str());
}

}  // namespace framespool::broker::embedded
