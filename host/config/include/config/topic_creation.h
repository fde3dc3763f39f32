#pragma once

#include <optional>
#include <vector>

#include <broker/broker.h>

namespace framespool::config {

/// What is wrong with topic.creation.GROUP.*, of each key by itself. No I/O.
std::vector<Problem> TopicCreationProblems(const RawConfig& config);

/// What of that, beyond the above, `broker` would refuse, as far as it knows without asking. No I/O.
std::vector<Problem> TopicSettingProblems(const RawConfig& config, const broker::Broker& broker);

/// The source's topic as topic.creation.* of its config wants it; nothing when the config names none.
std::optional<broker::TopicSpec> ConfiguredTopic(const RawConfig& config);

/// Creates the source's topic as topic.creation.default.* of its config says (Connect's keys: partitions, and any topic
/// config such as retention.ms). Nothing where the config says nothing: the topic is then made on first use.
void CreateConfiguredTopic(const RawConfig& config, broker::Broker& broker);

}  // namespace framespool::config
