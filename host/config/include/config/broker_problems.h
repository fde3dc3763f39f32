#pragma once

#include <string>
#include <vector>

#include <broker/broker.h>
#include <framespool/config_def.h>
#include <framespool/problem.h>

namespace framespool::config {

/// What in a connector's config `broker` cannot do, or the worker does not let connectors say of its clients: each with
/// its key. `override_policy` is connector.client.config.override.policy: All, Principal or None. No I/O.
std::vector<Problem> BrokerProblems(const RawConfig& config, const broker::Broker& broker,
                                    const std::string& override_policy);

}  // namespace framespool::config
