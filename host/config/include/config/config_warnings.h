#pragma once

#include <vector>

#include <config/config_report.h>
#include <plugins/plugin_registry.h>

namespace framespool::config {

/// What is odd about keys of `config`: those that neither `plugin` nor the worker reads, nor Kafka Connect knows, each
/// with the nearest one that is read; and what a sink says of its dead letters to no effect.
std::vector<ConfigWarning> KeyWarnings(const plugins::PluginClass& plugin, const RawConfig& config);

}  // namespace framespool::config
