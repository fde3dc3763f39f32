#pragma once

#include <vector>

#include <config/config_report.h>
#include <plugins/plugin_registry.h>

namespace framespool::config {

/// The keys of `config` that neither `plugin` nor the worker reads, nor Kafka Connect knows, each with the nearest one
/// that is read.
std::vector<ConfigWarning> UnknownKeysOf(const plugins::PluginClass& plugin, const RawConfig& config);

}  // namespace framespool::config
