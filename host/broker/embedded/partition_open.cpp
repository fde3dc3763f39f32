#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include <log/log.h>
#include "partition.h"

namespace framespool::broker::embedded {

namespace fs = std::filesystem;

namespace {

WallClock::time_point ToWallClock(const timespec& time) {
  return WallClock::time_point(std::chrono::duration_cast<WallClock::duration>(std::chrono::seconds(time.tv_sec) +
                                                                               std::chrono::nanoseconds(time.tv_nsec)));
}

std::optional<std::int64_t> BaseOf(const fs::path& file) {
  const std::string stem = file.stem().string();
  std::int64_t base = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), base);
  if (error != std::errc{} || end != stem.data() + stem.size() || base < 0) return std::nullopt;
  return base;
}

}  // namespace

// Costs a directory listing, one stat a segment, and the reading of one seal: segments are sealed in order, so all
// before the last one with a seal have theirs, and are not looked at until somebody reads them.
void Partition::Open() {
  const std::vector<FoundSegment> found = ListSegments();
  std::size_t tail = found.size();
  std::uint64_t last_count = 0;
  for (; tail > 0; --tail) {
    const FoundSegment& segment = found[tail - 1];
    const auto seal = ReadSeal(SegmentPaths(directory_, segment.base).index, segment.base);
    if (seal && (tail < found.size() || seal->log_bytes <= segment.log_bytes)) {
      last_count = seal->count;
      break;
    }
  }
  for (std::size_t i = 0; i < tail; ++i) {
    const std::uint64_t count =
        i + 1 < found.size() ? static_cast<std::uint64_t>(found[i + 1].base - found[i].base) : last_count;
    segments_.push_back(Segment::OpenSealed(services_.files, directory_, found[i], count));
  }
  end_ = segments_.empty() ? (found.empty() ? 0 : found.front().base) : segments_.back()->end();
  OpenTail(found, tail);
  if (const auto head = end_ > window().first ? HeadAt(end_ - 1) : std::nullopt) sequence_at_open_ = head->sequence;
  if (tail < found.size()) {
    sync_scheduled_ = true;
    services_.schedule_sync(*this);
  }
}

std::vector<FoundSegment> Partition::ListSegments() {
  std::error_code error;
  fs::create_directories(directory_, error);
  std::vector<FoundSegment> found;
  std::vector<fs::path> others;
  for (fs::directory_iterator entry(directory_, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& path = entry->path();
    const auto base = BaseOf(path);
    if (!base || path.extension() != ".log") {
      if (path.extension() == ".index" || path.extension() == ".tmp") others.push_back(path);
      continue;
    }
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) throw BrokerError("cannot open " + path.string() + ": " + ErrorText(errno));
    found.push_back({*base, static_cast<std::uint64_t>(status.st_size), ToWallClock(status.st_mtim)});
  }
  if (error) throw BrokerError("cannot open " + directory_.string() + ": " + error.message());
  const auto by_base = [](const FoundSegment& a, const FoundSegment& b) { return a.base < b.base; };
  std::sort(found.begin(), found.end(), by_base);
  for (const fs::path& path : others) {
    const auto base = path.extension() == ".index" ? BaseOf(path) : std::nullopt;
    if (!base || !std::binary_search(found.begin(), found.end(), FoundSegment{*base, 0, {}}, by_base)) {
      fs::remove(path, error);  // left over from a removal or a rewrite that was interrupted
    }
  }
  return found;
}

void Partition::OpenTail(const std::vector<FoundSegment>& found, std::size_t from) {
  for (std::size_t i = from; i < found.size(); ++i) {
    const SegmentPaths paths(directory_, found[i].base);
    std::string problem = "its segment begins at offset " + std::to_string(found[i].base);
    std::uint64_t good = 0;
    if (found[i].base == end_) {
      TailScan scan = ScanTail(paths, found[i].base, found[i].log_bytes);
      problem = scan.problem;
      good = scan.log_bytes;
      segments_.push_back(Segment::OpenTail(services_.files, directory_, found[i], std::move(scan)));
      end_ = segments_.back()->end();
      if (problem.empty()) continue;
    }
    const std::size_t kept = found[i].base <= end_ && !segments_.empty() && segments_.back()->base() == found[i].base;
    std::uint64_t dropped = found[i].log_bytes - good;
    std::size_t files = 0;
    // From the end, so that an interruption leaves no gap.
    for (std::size_t later = found.size(); later-- > i + kept; ++files) {
      dropped += later == i ? 0 : found[later].log_bytes;
      const SegmentPaths gone(directory_, found[later].base);
      std::error_code error;
      fs::remove(gone.log, error);
      if (error) throw BrokerError("cannot remove " + gone.log.string() + ": " + error.message());
      fs::remove(gone.index, error);
    }
    log::Warn("broker", Name() + ": cut at offset " + std::to_string(end_) + ", where no whole record stands in " +
                            paths.log.string() + " at position " + std::to_string(good) + ": " + problem + "; " +
                            std::to_string(dropped) + " bytes dropped, " + std::to_string(files) +
                            " later segments removed");
    return;
  }
}

}  // namespace framespool::broker::embedded
