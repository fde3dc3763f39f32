#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>

#include <broker/broker.h>

namespace framespool::broker {

/// Defaults are chosen so that a forgotten worker cannot fill a disk. 0 means no limit where a limit is meant.
struct EmbeddedOptions {
  std::filesystem::path directory;               // e.g. data.dir/topics; created
  std::chrono::milliseconds sync_interval{100};  // fdatasync at most this far behind an append; 0: before each ack
  std::int32_t default_partitions = 1;
  std::uint64_t segment_bytes = 64ull << 20;
  std::uint64_t retention_bytes = 4ull << 30;  // per partition
  std::chrono::milliseconds retention_time = std::chrono::hours(24 * 7);
  std::uint64_t total_bytes = 0;                  // all topics together; 0: half of the file system's space at start
  std::uint64_t free_space_floor = 512ull << 20;  // appends are refused (RetriableError) below it
  std::uint64_t max_record_bytes = 64ull << 20;
  bool keeps_all = false;  // nothing is dropped for its age or size, whatever topics say: for who only looks
};

/// Opens or creates the log directory. Throws BrokerError naming the path and the reason. Owns two threads: "log-sync"
/// and "log-retention".
std::unique_ptr<Broker> OpenEmbeddedBroker(const EmbeddedOptions& options);

}  // namespace framespool::broker
