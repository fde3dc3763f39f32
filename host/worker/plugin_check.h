#pragma once

#include <broker/broker.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <plugins/plugin_registry.h>
#include <worker/herder.h>

#include "detached_calls.h"

namespace framespool::worker {

/// Opens the plugin's library and runs the checks that only the connector can make: its rules over several fields, and
/// Check(), which may look at files and ports. A source's Sample() is held against `limit`. On a thread of its own,
/// which is left behind when it does not answer in `timeout`; `call` lasts until the plugin is through. The report has
/// the errors found; a Refusal when the library cannot be used or the check failed by itself.
Outcome<ConfigReport> CheckWithPlugin(plugins::PluginRegistry& plugins, const plugins::PluginClass& plugin,
                                      const std::string& connector, const RawConfig& config, ConfigReport report,
                                      const std::optional<broker::RecordLimit>& limit,
                                      std::chrono::milliseconds timeout, DetachedCalls::Call call);

/// What the source's own CheckOffset() says of `entries`, in the same way; nothing when it has none.
std::optional<Refusal> CheckOffsetsWithPlugin(plugins::PluginRegistry& plugins, const plugins::PluginClass& plugin,
                                              const ConnectorInfo& connector, const std::vector<OffsetEntry>& entries,
                                              std::chrono::milliseconds timeout, DetachedCalls::Call call);

}  // namespace framespool::worker
