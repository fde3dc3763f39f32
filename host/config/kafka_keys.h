#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <config/worker_config.h>

namespace framespool::config {

/// The keys of a worker that mean something with Kafka only.
void DeclareKafkaKeys(ConfigDef<WorkerConfig>& def);

/// Whether `key` sets a Kafka client: producer.*, consumer.*, admin.*, and security.*, sasl.*, ssl.* for all of them.
bool IsClientKey(std::string_view key);
/// The client's key that an environment variable names, without FRAMESPOOL_: PRODUCER_LINGER_MS is producer.linger.ms.
std::optional<std::string> ClientKeyOfVariable(std::string_view name);

}  // namespace framespool::config
