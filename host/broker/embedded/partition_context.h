#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <base/meters.h>

#include "buffer_pool.h"
#include "file_ops.h"
#include "problems.h"
#include "topic_config.h"

namespace framespool::broker::embedded {

class PartitionSync;

/// What the broker lends its partitions; outlives them.
struct PartitionServices {
  FileOps& files;
  std::shared_ptr<BufferPool> buffers;
  std::atomic<std::size_t>& recent_bytes;
  base::Histogram& sync_times;  // of the records' own syncs
  Problems& problems;
  std::function<void(PartitionSync&)> schedule_sync;  // returns at once
  std::function<void(PartitionSync&)> cancel_sync;    // waits until it is not under way
  std::function<void()> retention_due;                // returns at once
  std::function<void(std::uint64_t)> grown;           // by so many bytes on disk; returns at once
};

/// Which partition it is that the parts of a Partition have in common, and what they are lent. Never changes; owned by
/// the Partition, which outlives its parts.
struct PartitionContext {
  const PartitionServices& services;
  const TopicPartition id;
  const std::filesystem::path directory;
  const TopicLimits limits;

  std::string Name() const { return "topic " + id.topic + " partition " + std::to_string(id.partition); }
  /// Lists a problem of this partition's; true when it was not listed before.
  bool PutProblem(ProblemKind kind, std::string message, bool blocks_storing = false) const {
    return services.problems.Put(Name(), {.subject = "topic " + id.topic,
                                          .kind = kind,
                                          .message = std::move(message),
                                          .blocks_storing = blocks_storing});
  }
  void ClearProblem(ProblemKind kind) const { services.problems.Clear(Name(), kind); }
};

}  // namespace framespool::broker::embedded
