#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <framespool/record.h>

namespace framespool::broker {

struct CompactionOptions {
  /// How long a tombstone stays from the first compaction on that met it, as Kafka's delete.retention.ms: a reader that
  /// begins at the first record, and comes to the end within that, learns of every deletion.
  std::chrono::milliseconds delete_retention = std::chrono::hours(24);
  bool only_counts = false;  // changes nothing
  Timestamp now;
};

/// What came of one partition, or would.
struct CompactedPartition {
  std::int64_t records_before = 0;
  std::int64_t records = 0;
  std::uint64_t bytes_before = 0;  // on disk, with the index
  std::uint64_t bytes = 0;
  std::int64_t tombstones = 0;     // of `records`
  std::int64_t without_a_key = 0;  // of `records`: nothing replaces them
  bool changed = false;            // else all of it is needed
};

/// Compacts the partitions of `topic` in the log directory `log`, which no broker may have open: of all records with
/// one key the newest stays, at its offset. So does the last record, one without a key, and the newest of each source
/// partition, whose source offset would go with it.
///
/// Each partition is written anew in a folder beside it, which takes its place at once when it is durable; so a kill at
/// any moment leaves the old one or the new one. Needs as much space as stays. Files get the time of the newest one
/// that they have records of, since retention goes by it; those that were set aside stay. Keys are held in memory.
///
/// Throws BrokerError, and has changed no partition then, when the log is in use, a record is lost or damaged, or
/// records need those before them (SyncPoint::kBefore); RetriableError for lack of space, and for what else fails while
/// it writes: the partitions before are compacted then, and this one is as it was. Any thread; waits for I/O.
std::vector<CompactedPartition> CompactTopic(const std::filesystem::path& log, const std::string& topic,
                                             const CompactionOptions& options);

}  // namespace framespool::broker
