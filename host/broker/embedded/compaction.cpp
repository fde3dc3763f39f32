#include "compaction.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <base/private_files.h>

#include "compaction_plan.h"
#include "open_broker.h"
#include "topic_config.h"

namespace framespool::broker::embedded {

namespace fs = std::filesystem;

namespace {

/// Offsets that are removed within a file cost an entry of its index each; so many cost more than another file.
constexpr std::int64_t kMostInAFile = 4096;

void Check(int error, const std::string& what) {
  if (error != 0) ThrowError(what, error);
}

/// Writes records to files of a folder that nobody reads yet. A file ends when it is full, and before a place where
/// many offsets are removed.
class DraftLog {
 public:
  DraftLog(FileOps& files, fs::path folder, std::uint64_t segment_bytes)
      : files_(files), folder_(std::move(folder)), segment_bytes_(segment_bytes) {}

  void Write(const LyingRecord& record) {
    const std::int64_t offset = record.head.offset;
    const bool first = end_ < 0;
    const std::int64_t removed = first ? 0 : offset - end_;
    if (log_ && (removed >= kMostInAFile || position_ + record.bytes.size() > segment_bytes_)) Finish();
    if (!log_) {
      base_ = offset;
      log_ = OpenFile(SegmentPaths(folder_, base_).log, O_WRONLY | O_CREAT | O_EXCL);
      max_timestamp_ = kNoTimestamp;
      last_write_ = record.file->last_write;
    }
    for (std::int64_t gone = base_ + static_cast<std::int64_t>(entries_.size()); gone < offset; ++gone)
      entries_.push_back(MakeEntry(gone, position_, max_timestamp_, 0));
    bytes_.assign(record.bytes.begin(), record.bytes.end());
    // What was removed before the first one is not there for anybody.
    SetRemovedBefore(std::span(bytes_).first(record.head.front_size()), removed);
    iovec part{bytes_.data(), bytes_.size()};
    Check(WriteAll(files_, log_, &part, 1, position_), "cannot write " + SegmentPaths(folder_, base_).log.string());
    max_timestamp_ = std::max(max_timestamp_, record.head.timestamp);
    entries_.push_back(MakeEntry(offset, position_, max_timestamp_, static_cast<std::uint32_t>(bytes_.size()),
                                 record.head.sync_point()));
    position_ += bytes_.size();
    const timespec& time = record.file->last_write;
    if (std::pair(time.tv_sec, time.tv_nsec) > std::pair(last_write_.tv_sec, last_write_.tv_nsec)) last_write_ = time;
    end_ = offset + 1;
  }

  /// Makes durable what there is.
  void Finish() {
    if (!log_) return;
    const SegmentPaths paths(folder_, base_);
    const std::string what = "cannot finish " + paths.log.string();
    const timespec times[] = {last_write_, last_write_};
    Check(futimens(log_.fd(), times) == 0 ? 0 : errno, what);
    Check(files_.SyncData(log_.fd()) == 0 ? 0 : errno, what);
    const File index = OpenFile(paths.index, O_WRONLY | O_CREAT | O_EXCL);
    Check(WriteEntries(files_, index, 0, entries_), what);
    Check(WriteSeal(files_, index, MakeSeal(base_, entries_.size(), position_, max_timestamp_)), what);
    Check(files_.SyncData(index.fd()) == 0 ? 0 : errno, what);
    log_ = File();
    entries_.clear();
    position_ = 0;
  }

 private:
  FileOps& files_;
  const fs::path folder_;
  const std::uint64_t segment_bytes_;
  File log_;
  std::int64_t base_ = 0;
  std::uint64_t position_ = 0;
  std::int64_t max_timestamp_ = kNoTimestamp;
  timespec last_write_{};
  std::vector<IndexEntry> entries_;
  std::vector<std::byte> bytes_;
  std::int64_t end_ = -1;
};

/// Whether a file of a partition's folder is one that the draft makes for itself.
bool IsOurs(const fs::path& file) {
  const fs::path name = file.extension() == ".tmp" ? file.stem() : file.filename();
  if (name == kPassesFile) return true;
  return SegmentPaths::BaseOf(name) && (name.extension() == ".log" || name.extension() == ".index");
}

/// What was set aside, and what is somebody else's.
void KeepOthers(const fs::path& from, const fs::path& to) {
  std::error_code error;
  for (fs::directory_iterator entry(from, error), end; !error && entry != end; entry.increment(error)) {
    if (IsOurs(entry->path())) continue;
    if (::link(entry->path().c_str(), (to / entry->path().filename()).c_str()) != 0)
      throw BrokerError("cannot keep " + entry->path().string() +
                        ", which is none of the log's own files: " + ErrorText(errno) + "; move it away");
  }
  if (error) ThrowError("cannot list " + from.string(), error.value());
}

std::uint64_t Rewrite(FileOps& files, const fs::path& folder, const LyingLog& log, const CompactionPlan& plan,
                      std::uint64_t segment_bytes) {
  const fs::path draft = folder.string() + kDraftSuffix;
  fs::remove_all(draft);
  if (const std::error_code error = base::MakePrivateFolder(draft))
    ThrowError("cannot create " + draft.string(), error.value());
  DraftLog written(files, draft, segment_bytes);
  auto next = plan.kept.begin();
  const auto stays = [&](const RecordHead& head) { return next != plan.kept.end() && *next == head.offset; };
  log.ForEach(stays, [&](const LyingRecord& record) {
    if (record.bytes.empty()) return;
    written.Write(record);
    ++next;
  });
  written.Finish();
  KeepOthers(folder, draft);
  ReplaceFile(files, draft / kPassesFile, ToText(plan.passes));  // syncs the folder's names as well
  const std::uint64_t bytes = LyingLog(draft).disk_bytes();
  if (::renameat2(AT_FDCWD, draft.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) != 0) {
    throw BrokerError("cannot exchange " + draft.string() + " and " + folder.string() + ": " + ErrorText(errno) +
                      "; this one is as it was. Where a file system cannot do that, copy data.dir to another");
  }
  Check(SyncDirectory(files, folder.parent_path()), "cannot sync " + folder.parent_path().string());
  return bytes;
}

}  // namespace

std::vector<CompactedPartition> Compact(FileOps& files, const fs::path& log, const std::string& topic,
                                        const CompactionOptions& options) {
  RequireTopicName(topic);
  const File lock = LockDirectory(log);
  const auto meta = ReadTopicMeta(log / topic);
  if (!meta) throw BrokerError("topic " + topic + " has no " + std::string(kMetaFile) + " that can be read");
  const std::uint64_t segment_bytes = LimitsOf(topic, meta->config, {}).segment_bytes;
  std::vector<std::pair<LyingLog, CompactionPlan>> plans;
  for (std::int32_t partition = 0; partition < meta->partitions; ++partition) {
    const fs::path folder = log / topic / std::to_string(partition);
    LyingLog lying(folder);
    CompactionPlan plan = PlanCompaction(folder, lying, options);
    plans.emplace_back(std::move(lying), std::move(plan));
  }
  std::vector<CompactedPartition> done;
  for (std::size_t partition = 0; partition < plans.size(); ++partition) {
    auto& [lying, plan] = plans[partition];
    const fs::path folder = log / topic / std::to_string(partition);
    plan.counts.bytes = plan.counts.bytes_before;
    const fs::path draft = folder.string() + kDraftSuffix;
    try {
      if (plan.counts.changed && !options.only_counts) {
        plan.counts.bytes = Rewrite(files, folder, lying, plan, segment_bytes);
      } else if (plan.counts.tombstones > 0 && !options.only_counts) {
        ReplaceFile(files, folder / kPassesFile, ToText(plan.passes));
      }
    } catch (const std::exception&) {
      std::error_code unknown;
      fs::remove_all(draft, unknown);
      throw;
    }
    std::error_code later;  // who opens the topic next tries again
    fs::remove_all(draft, later);
    done.push_back(plan.counts);
  }
  return done;
}

}  // namespace framespool::broker::embedded

namespace framespool::broker {

std::vector<CompactedPartition> CompactTopic(const std::filesystem::path& log, const std::string& topic,
                                             const CompactionOptions& options) {
  return embedded::Compact(embedded::FileOps::Real(), log, topic, options);
}

}  // namespace framespool::broker
