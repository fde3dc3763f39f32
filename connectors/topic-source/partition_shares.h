#pragma once

#include <vector>

#include "framespool/record.h"

namespace framespool::topic_source {

using Partitions = std::vector<TopicPartition>;  // in order, each once

/// `partitions` over at most `tasks` shares, none of them empty, whose sizes differ by one at most. Of the shares
/// `before` as few lose or get one as that allows, and each stays in its place as long as there are as many.
std::vector<Partitions> SharesOf(const Partitions& partitions, int tasks, const std::vector<Partitions>& before);

}  // namespace framespool::topic_source
