#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace framespool::broker {

struct LogCopyOptions {
  /// Full segments, which nothing writes to any more, may be hard links to those of the log: no time and no space, and
  /// as safe as that disk.
  bool links = true;
  std::chrono::milliseconds patience{30000};  // for a moment at which nobody writes
};

struct LogCopy {
  std::uint64_t topics = 0;
  std::uint64_t copied_bytes = 0;
  std::uint64_t linked_bytes = 0;
};

/// Copies the log directory `from`, which a broker of another process may have open and write to, into the empty folder
/// `to`: what a kill -9 at one moment would have left in all its partitions. So records have what stood before them,
/// in whatever partition, and source offsets go with them. What retention drops meanwhile may be missing at the front.
/// The copy is durable when this returns. The times of files are those of the log, since retention goes by them.
///
/// Nothing when a topic was deleted meanwhile: what was copied is of no use. BrokerError when no such moment came, and
/// for what cannot be read or written, naming it; RetriableError for lack of space. Any thread; waits for I/O.
std::optional<LogCopy> CopyLog(const std::filesystem::path& from, const std::filesystem::path& to,
                               const LogCopyOptions& options = {});

}  // namespace framespool::broker
