#pragma once

#include <map>
#include <optional>
#include <string>

#include <plugins/plugin_registry.h>

namespace framespool::herder {

/// Why a connector `name` of `plugin` with `config` cannot answer where it wants to (Role::kHost, kPort, kUrlPath):
/// which of `others`, by name, answers there. Nothing when it wants no place, or that is free. The connector itself
/// only sees who listens already; this sees who is about to. No I/O.
std::optional<Problem> TakenPlace(const plugins::PluginRegistry& plugins, const plugins::PluginClass& plugin,
                                  const std::string& name, const RawConfig& config,
                                  const std::map<std::string, RawConfig>& others);

/// Whether both configs of a connector want the same place.
bool IsSamePlace(const plugins::PluginClass& plugin, const RawConfig& one, const RawConfig& other);

}  // namespace framespool::herder
