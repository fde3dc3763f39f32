#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker_embedded/log_compaction.h"
#include "log_scan.h"

namespace framespool::broker::embedded {

/// A file of records and when it was last written to.
struct LogFile {
  std::int64_t base = 0;
  std::uint64_t bytes = 0;
  timespec last_write{};
};

/// A record where it lies; valid until the next one.
struct LyingRecord {
  RecordHead head;
  std::string_view front;
  std::span<const std::byte> bytes;  // front and value; empty unless asked for
  const LogFile* file = nullptr;
};

/// The records of a partition's folder that nobody has open, from the first to the last. Throws BrokerError where one
/// is lost or damaged, with its offset; a record whose bytes are asked for is read whole and checked.
class LyingLog {
 public:
  explicit LyingLog(std::filesystem::path folder);
  const std::vector<LogFile>& files() const noexcept { return files_; }
  std::uint64_t disk_bytes() const noexcept { return disk_bytes_; }
  void ForEach(const std::function<bool(const RecordHead&)>& wants_bytes,
               const std::function<void(const LyingRecord&)>& each) const;

 private:
  std::filesystem::path folder_;
  std::vector<LogFile> files_;
  std::uint64_t disk_bytes_ = 0;
};

/// When compactions have met a partition's records: those before `end` by `time` at the latest (ms). Kept in a file
/// beside the records, for how long their tombstones stay.
struct CompactionPass {
  std::int64_t end = 0;
  std::int64_t time = 0;
};
inline constexpr char kPassesFile[] = "compacted";
std::vector<CompactionPass> ReadPasses(const std::filesystem::path& folder);
std::string ToText(const std::vector<CompactionPass>& passes);

/// Which records of a partition stay.
struct CompactionPlan {
  std::vector<std::int64_t> kept;      // their offsets, rising
  std::vector<CompactionPass> passes;  // with this one
  CompactedPartition counts;           // but for `bytes`
};

CompactionPlan PlanCompaction(const std::filesystem::path& folder, const LyingLog& log,
                              const CompactionOptions& options);

}  // namespace framespool::broker::embedded
