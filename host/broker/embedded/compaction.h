#pragma once

#include "broker_embedded/log_compaction.h"
#include "file_ops.h"

namespace framespool::broker::embedded {

/// CompactTopic() on `files`. For tests.
std::vector<CompactedPartition> Compact(FileOps& files, const std::filesystem::path& log, const std::string& topic,
                                        const CompactionOptions& options);

}  // namespace framespool::broker::embedded
