#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <broker/state_topics.h>
#include <framespool/record.h>
#include <store/offset_retention.h>

namespace framespool::store {

/// The positions of named groups that nobody has used for long, or that are too many of one sink, as tombstones.
/// `connectors`: one may have a name that looks like a group of another, and its position stays.
std::vector<broker::StateWrite> ExpiredPositions(const broker::StateTopics& topics, const std::string& own_topic,
                                                 const std::vector<std::string>& connectors,
                                                 const OffsetRetention& retention, Timestamp now);

}  // namespace framespool::store
