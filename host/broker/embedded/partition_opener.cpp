#include "partition_opener.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <base/log.h>
#include <base/private_files.h>

namespace framespool::broker::embedded {

namespace fs = std::filesystem;

namespace {

WallClock::time_point ToWallClock(const timespec& time) {
  return WallClock::time_point(std::chrono::duration_cast<WallClock::duration>(std::chrono::seconds(time.tv_sec) +
                                                                               std::chrono::nanoseconds(time.tv_nsec)));
}

}  // namespace

// Segments are sealed in order, so all before the last one with a seal have theirs, and are not looked at until
// somebody reads them. Nor are full ones without a seal: the next one's name says where they end, and their index is
// rebuilt from the log.
OpenedSegments PartitionOpener::Open() {
  std::vector<FoundSegment> found = List();
  std::size_t tail = found.size();
  std::uint64_t last_count = 0;
  for (; tail > 0; --tail) {
    const FoundSegment& segment = found[tail - 1];
    if (!segment.has_index) continue;
    std::optional<IndexSeal> seal;
    try {
      seal = ReadSeal(SegmentPaths(context_.directory, segment.base).index, segment.base);
    } catch (const BrokerError&) {  // an index that cannot be read is rebuilt
    }
    // A last segment in whose seal there is no record cannot be gone on behind: the next one would have its name.
    if (seal && (tail < found.size() || (seal->log_bytes == segment.log_bytes && seal->count > 0))) {
      last_count = seal->count;
      break;
    }
  }
  for (std::size_t i = 0; i < found.size(); ++i) {
    // A segment is as young as any before it: the clock may have been wrong when it was written.
    if (i > 0) found[i].last_write = std::max(found[i].last_write, found[i - 1].last_write);
    const bool is_last = i + 1 == found.size();
    if (is_last && tail <= i) {
      OpenLast(found[i]);
      continue;
    }
    const std::uint64_t most = is_last ? last_count : static_cast<std::uint64_t>(found[i + 1].base - found[i].base);
    opened_.segments.push_back(Segment::OpenSealed(context_.services.files, context_.directory, found[i], most));
    if (i >= tail) opened_.unsynced.push_back(opened_.segments.back());
    if (i >= tail || !found[i].has_index) opened_.without_index.push_back(opened_.segments.back());
  }
  if (!opened_.segments.empty()) opened_.end = opened_.segments.back()->end();
  opened_.unsealed = tail < found.size();
  return std::move(opened_);
}

std::vector<FoundSegment> PartitionOpener::List() {
  std::error_code error = base::MakePrivateFolder(context_.directory);
  if (error) ThrowError("cannot create " + context_.directory.string(), error.value());
  std::vector<FoundSegment> found;
  std::vector<fs::path> not_files;
  std::vector<std::int64_t> indexes;
  for (fs::directory_iterator entry(context_.directory, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    const bool draft = path.extension() == ".tmp";
    const auto base = SegmentPaths::BaseOf(draft ? path.stem() : path);
    if (!base || (path.extension() != ".log" && path.extension() != ".index" && !draft)) continue;
    std::error_code unknown;
    if (!entry->is_regular_file(unknown)) {
      not_files.push_back(path);
    } else if (draft) {
      fs::remove(path, unknown);  // of an index, whose writing was interrupted
    } else if (path.extension() == ".index") {
      indexes.push_back(*base);
    } else {
      struct stat status {};
      if (stat(path.c_str(), &status) != 0) ThrowError("cannot open " + path.string(), errno);
      found.push_back({*base, static_cast<std::uint64_t>(status.st_size), ToWallClock(status.st_mtim)});
    }
  }
  if (error) ThrowError("cannot list " + context_.directory.string(), error.value());
  for (const fs::path& path : not_files) NoteSetAside(SetAside(path, "no-plain-file"), "it is no plain file");
  std::sort(found.begin(), found.end(), [](const FoundSegment& a, const FoundSegment& b) { return a.base < b.base; });
  std::sort(indexes.begin(), indexes.end());
  for (FoundSegment& segment : found) {
    segment.has_index = std::binary_search(indexes.begin(), indexes.end(), segment.base);
  }
  for (const std::int64_t base : indexes) {
    if (!found.empty() && base >= found.front().base) break;
    if (!found.empty()) fs::remove(SegmentPaths(context_.directory, base).index, error);  // retention was interrupted
  }
  return found;
}

void PartitionOpener::OpenLast(const FoundSegment& found) {
  const SegmentPaths paths(context_.directory, found.base);
  const auto set_aside = [&](const std::string& reason, const std::string& problem) {
    opened_.end = found.base;
    NoteSetAside(SetAside(paths.log, reason), problem);
  };
  TailScan scan;
  try {
    scan = ScanTail(paths, found.base, found.log_bytes);
  } catch (const BrokerError& error) {
    return set_aside("cannot-be-read", error.what());
  }
  const std::int64_t end = found.base + static_cast<std::int64_t>(scan.indexed + scan.scanned.size());
  for (const LostRecords& lost : scan.lost) {
    losses_.Note(lost.first, lost.end,
                 paths.log.string() + " at position " + std::to_string(lost.position) + ": " + lost.problem);
  }
  if (!scan.problem.empty() && !scan.unfinished && end == found.base) return set_aside("no-record", scan.problem);
  const std::uint64_t behind = found.log_bytes - scan.log_bytes;
  const std::string where = context_.Name() + ": no whole record stands in " + paths.log.string() + " at position " +
                            std::to_string(scan.log_bytes) + ": " + scan.problem + "; ";
  if (!scan.problem.empty() && scan.unfinished) {
    log::Warn("broker", where + "a write that never ended: " + std::to_string(behind) + " bytes cut off at offset " +
                            std::to_string(end));
  } else if (!scan.problem.empty()) {
    const std::string message = where + std::to_string(behind) + " bytes are left there as they are, and the next " +
                                "record, of offset " + std::to_string(end) + ", begins a new segment";
    log::Warn("broker", message);
    context_.PutProblem("damaged-tail", message);
  }
  opened_.segments.push_back(Segment::OpenTail(context_.services.files, context_.directory, found, std::move(scan)));
}

void PartitionOpener::NoteSetAside(const fs::path& path, const std::string& why) {
  const std::string message = context_.Name() + ": set aside as " + path.string() + ": " + why +
                              "; the topic goes on without it. Look at it, then remove it";
  log::Warn("broker", message);
  context_.PutProblem("set-aside", message);
}

}  // namespace framespool::broker::embedded
