#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "partition_context.h"

namespace framespool::broker::embedded {

/// The records of a partition that cannot be read: each is logged once, and listed as a problem until retention drops
/// what is around it. Owned by its Partition; any thread.
class Losses {
 public:
  explicit Losses(const PartitionContext& context) : context_(context) {}

  /// Those at offsets [first, end).
  void Note(std::int64_t first, std::int64_t end, const std::string& why);
  /// The partition begins at `offset` now.
  void ForgetBefore(std::int64_t offset);

 private:
  const PartitionContext& context_;
  std::mutex mutex_;
  std::map<std::int64_t, std::int64_t> lost_;  // offsets [first, end)
};

}  // namespace framespool::broker::embedded
