#pragma once

#include <memory>

#include <broker/broker.h>
#include <config/worker_config.h>

namespace framespool {

/// Kafka where bootstrap.servers is set, the embedded broker where it is not. Throws ConfigError or BrokerError naming
/// what cannot work.
std::unique_ptr<broker::Broker> ChooseBroker(const config::WorkerConfig& config);

}  // namespace framespool
