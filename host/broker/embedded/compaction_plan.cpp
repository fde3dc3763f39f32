#include "compaction_plan.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace framespool::broker::embedded {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostPassesText = 1u << 20;

struct Newest {
  std::int64_t offset = 0;
  bool tombstone = false;
};

}  // namespace

LyingLog::LyingLog(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const auto base = SegmentPaths::BaseOf(entry->path());
    if (!base) continue;
    struct stat status {};
    if (::stat(entry->path().c_str(), &status) != 0) ThrowError("cannot look at " + entry->path().string(), errno);
    const auto bytes = static_cast<std::uint64_t>(status.st_size);
    if (entry->path().extension() == ".log")
      files_.push_back({*base, bytes, status.st_mtim});
    else if (entry->path().extension() != ".index")
      continue;
    disk_bytes_ += bytes;
  }
  if (error) ThrowError("cannot list " + folder_.string(), error.value());
  std::sort(files_.begin(), files_.end(), [](const LogFile& a, const LogFile& b) { return a.base < b.base; });
}

void LyingLog::ForEach(const std::function<bool(const RecordHead&)>& wants_bytes,
                       const std::function<void(const LyingRecord&)>& each) const {
  std::optional<std::int64_t> next;
  for (const LogFile& file : files_) {
    const SegmentPaths paths(folder_, file.base);
    const auto refuse = [&](std::uint64_t position, const std::string& why) {
      throw BrokerError(paths.log.string() + " at position " + std::to_string(position) + ": " + why +
                        "; a topic with losses is not compacted, so that nothing of it goes that can still be saved. "
                        "Restore the file from a copy, or export the topic, and import that");
    };
    if (next && file.bytes == 0 && file.base != *next) refuse(0, "the records before it are lost");
    const File log = OpenFile(paths.log, O_RDONLY);
    LogWindow window(log, paths.log, file.bytes);
    LyingRecord record{.head = {}, .front = {}, .bytes = {}, .file = &file};
    for (std::uint64_t position = 0; position < file.bytes; position += record.head.size()) {
      const auto head = window.At(position, sizeof record.head);
      if (!head) refuse(position, "no whole record stands there");
      std::memcpy(&record.head, head->data(), sizeof record.head);
      if (auto why = window.Front(position, record.head.offset, record.head, record.front); !why.empty())
        refuse(position, why);
      const std::int64_t offset = record.head.offset;
      const std::int64_t expected = next.value_or(file.base);
      if (offset < expected || offset - record.head.removed_before() > expected)
        refuse(position, "the record of offset " + std::to_string(offset) + " stands where that of " +
                             std::to_string(expected) + " should");
      if (record.head.size() > file.bytes - position) refuse(position, "the file ends within its value");
      record.bytes = {};
      if (wants_bytes(record.head)) {
        record.bytes = *window.At(position, record.head.size());
        record.front = {reinterpret_cast<const char*>(record.bytes.data()), record.head.front_size()};
        if (!IsValueGood(record.head, record.bytes))
          refuse(position, "the value of the record of offset " + std::to_string(offset) + " is damaged");
      }
      each(record);
      next = offset + 1;
    }
  }
}

std::vector<CompactionPass> ReadPasses(const fs::path& folder) {
  std::vector<CompactionPass> passes;
  const auto text = ReadSmallFile(folder / kPassesFile, kMostPassesText);
  std::istringstream lines(text.value_or(""));
  for (CompactionPass pass; lines >> pass.end >> pass.time;) passes.push_back(pass);
  return passes;
}

std::string ToText(const std::vector<CompactionPass>& passes) {
  std::string text;
  for (const CompactionPass& pass : passes) text += std::to_string(pass.end) + " " + std::to_string(pass.time) + "\n";
  return text;
}

CompactionPlan PlanCompaction(const fs::path& folder, const LyingLog& log, const CompactionOptions& options) {
  std::unordered_map<std::string, Newest> newest;
  std::map<std::pair<std::string, Fields>, std::pair<std::int64_t, std::optional<std::string>>> sources;
  std::vector<std::int64_t> kept;
  CompactionPlan plan;
  std::int64_t last = -1;
  log.ForEach(
      [](const RecordHead&) { return false; },
      [&](const LyingRecord& record) {
        last = record.head.offset;
        ++plan.counts.records_before;
        if (record.head.sync_point() == SyncPoint::kBefore)
          throw BrokerError("the record of offset " + std::to_string(last) + " in " + folder.string() +
                            " needs those before it, as video does; such a topic is not compacted: let retention.ms or "
                            "retention.bytes make it smaller");
        const auto key = KeyOf(record.head, record.front);
        if (!key) {
          ++plan.counts.without_a_key;
          kept.push_back(last);
        } else {
          newest[std::string(*key)] = {last, (record.head.flags & kNullValue) != 0};
        }
        SourceOffset source = DecodeSource(record.head, record.front);
        if (source.connector.empty()) return;
        auto& [offset, its_key] = sources[{std::move(source.connector), std::move(source.partition)}];
        offset = last;
        its_key = key ? std::optional<std::string>(*key) : std::nullopt;
      });

  // Below `gone` tombstones have been met long enough ago.
  const std::int64_t now = options.now.time_since_epoch().count();
  std::int64_t gone = 0;
  std::vector<CompactionPass> passes = ReadPasses(folder);
  std::erase_if(passes, [&](const CompactionPass& pass) {
    const bool over = pass.time <= now - options.delete_retention.count();
    if (over) gone = std::max(gone, pass.end);
    return over;
  });
  // What a source has to find again stays, and where that is not the newest of its key the tombstone behind it, too: it
  // would come back to life.
  std::unordered_set<std::string> held;
  for (const auto& [source, place] : sources) {
    kept.push_back(place.first);
    if (place.second && newest[*place.second].offset != place.first) held.insert(*place.second);
  }
  for (const auto& [key, record] : newest) {
    if (record.tombstone && record.offset < gone && record.offset != last && !held.contains(key)) continue;
    if (record.tombstone) ++plan.counts.tombstones;
    kept.push_back(record.offset);
  }
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  plan.counts.records = static_cast<std::int64_t>(kept.size());
  plan.counts.bytes_before = log.disk_bytes();
  plan.counts.changed = plan.counts.records < plan.counts.records_before;
  plan.kept = std::move(kept);
  plan.passes = std::move(passes);
  if (gone > 0) plan.passes.push_back({gone, now - options.delete_retention.count()});
  plan.passes.push_back({last + 1, now});
  return plan;
}

}  // namespace framespool::broker::embedded
