#pragma once

#include <optional>
#include <string>

namespace framespool::broker {

/// What Kafka would refuse in a topic config, `partitions` or `replication.factor`, as a sentence without its name. A
/// name that is not known here may be one of a newer Kafka, or of another vendor's: that is left to the cluster.
std::optional<std::string> KafkaTopicSettingProblem(const std::string& setting, const std::string& value);

}  // namespace framespool::broker
