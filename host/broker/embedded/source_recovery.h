#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "partition.h"

namespace framespool::broker::embedded {

/// The newest source offset of each connector's source partition.
using NewestOffsets = std::map<std::pair<std::string, Fields>, SourceOffset>;

/// Collects the source offsets of the records at and behind `from`, without reading their values. What cannot be read
/// is logged and left out. The highest sequence found.
std::uint64_t CollectSourceOffsets(Partition& partition, std::int64_t from, NewestOffsets& newest);

}  // namespace framespool::broker::embedded
