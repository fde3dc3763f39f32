#pragma once

#include <cstdint>
#include <string_view>

namespace framespool::broker::embedded {

/// The hash of Kafka's Java client (Utils.murmur2), and the partition its default partitioner gives a key.
std::int32_t Murmur2(std::string_view key);
std::int32_t PartitionOfKey(std::string_view key, std::int32_t partitions);

}  // namespace framespool::broker::embedded
