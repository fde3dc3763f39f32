#pragma once

#include <vector>

#include <plugins/plugin_registry.h>
#include <worker/herder.h>

namespace framespool::worker {

/// The keys of `config` that neither `plugin` nor the worker reads, nor Kafka Connect knows, each with the nearest one
/// that is read.
std::vector<ConfigWarning> UnknownKeysOf(const plugins::PluginClass& plugin, const RawConfig& config);

}  // namespace framespool::worker
