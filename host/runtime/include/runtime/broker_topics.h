#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <broker/broker.h>

/// What connectors are told of the broker's topics. Both may wait for I/O, and throw as the broker does.
namespace framespool::runtime {

/// How many partitions `topic` has; 0 when there is no such topic.
std::int32_t PartitionsOf(broker::Broker& broker, const std::string& topic);

/// The topics that a pattern may take, with their partitions: those that nobody keeps for himself, as Kafka's consumers
/// leave out internal ones.
std::map<std::string, std::int32_t> TopicsForPatterns(broker::Broker& broker);

}  // namespace framespool::runtime
