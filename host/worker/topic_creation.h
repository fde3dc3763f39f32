#pragma once

#include <broker/broker.h>

namespace framespool::worker {

/// Creates the source's topic as topic.creation.default.* of its config says (Connect's keys: partitions, and any topic
/// config such as retention.ms). Nothing where the config says nothing: the topic is then made on first use.
void CreateConfiguredTopic(const RawConfig& config, broker::Broker& broker);

}  // namespace framespool::worker
