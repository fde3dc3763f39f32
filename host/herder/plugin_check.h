#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <base/detached_calls.h>
#include <base/outcome.h>
#include <broker/broker.h>
#include <herder/herder.h>
#include <plugins/plugin_registry.h>

namespace framespool::herder {

/// Opens the plugin's library and runs the checks that only the connector can make: its rules over several fields, and
/// Check(), which may look at files and ports. A source's Sample() is held against `limit`. On a thread of its own,
/// which is left behind when it does not answer in `timeout`; `call` lasts until the plugin is through. The report has
/// the errors and the warnings found; refused when the library cannot be used or the check failed by itself.
base::Outcome<config::ConfigReport> CheckWithPlugin(plugins::PluginRegistry& plugins,
                                                    const plugins::PluginClass& plugin, const std::string& connector,
                                                    const RawConfig& config, config::ConfigReport report,
                                                    const std::optional<broker::RecordLimit>& limit,
                                                    std::chrono::milliseconds timeout, base::DetachedCalls::Call call);

/// What the source's own CheckOffset() says of `entries`, in the same way; nothing against them when it has none.
base::Outcome<void> CheckOffsetsWithPlugin(plugins::PluginRegistry& plugins, const plugins::PluginClass& plugin,
                                           const runtime::ConnectorInfo& connector,
                                           const std::vector<OffsetEntry>& entries, std::chrono::milliseconds timeout,
                                           base::DetachedCalls::Call call);

}  // namespace framespool::herder
