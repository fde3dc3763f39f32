#pragma once

#include <chrono>
#include <string>
#include <utility>

#include <base/detached_calls.h>
#include <base/outcome.h>
#include <broker/broker.h>
#include <config/file_access.h>
#include <herder/herder.h>
#include <plugins/plugin_registry.h>
#include <store/config_store.h>

#include "plugin_check.h"

namespace framespool::herder {

/// Decides which connectors may be stored. Owned by the herder.
class Admission {
 public:
  /// `check_timeout` is for what only the connector itself can check.
  Admission(plugins::PluginRegistry& plugins, broker::Broker& broker, std::chrono::milliseconds check_timeout,
            config::FileAccess files)
      : plugins_(plugins), broker_(broker), check_timeout_(check_timeout), files_(std::move(files)) {}

  /// The connector as it is to be stored, or why not. On the herder's thread: it may wait for the plugin.
  base::Outcome<store::StoredConnector> Accept(const std::string& name, const RawConfig& config,
                                               store::TargetState target);

  /// Checks every key by itself, and where its paths lead: may wait for the file system. Any thread.
  config::ConfigReport CheckConfig(const plugins::PluginClass& plugin, const RawConfig& config) const;

  /// Why `config` cannot be a connector of `plugin`, or nothing. `named` has its name. With `ask_plugin` the connector
  /// itself is asked too, which may wait. Any thread.
  std::optional<base::Refusal> Problem(const plugins::PluginClass& plugin, const RawConfig& named,
                                       bool ask_plugin) const;

  /// Why `entries` cannot be offsets of a source of `plugin`, in its own words, or nothing. May wait for the plugin.
  std::optional<base::Refusal> OffsetsProblem(const plugins::PluginClass& plugin,
                                              const runtime::ConnectorInfo& connector,
                                              const std::vector<OffsetEntry>& entries) const {
    return CheckOffsetsWithPlugin(plugins_, plugin, connector, entries, check_timeout_, calls_.Begin());
  }

  /// Says that there is no such class, which there are, and what could not be loaded. Any thread.
  std::string UnknownClass(const std::string& name) const;

  /// How many checks still run in their plugin. Any thread.
  int running() const { return calls_.running(); }

 private:
  plugins::PluginRegistry& plugins_;
  broker::Broker& broker_;
  const std::chrono::milliseconds check_timeout_;
  const config::FileAccess files_;
  const base::DetachedCalls calls_;
};

}  // namespace framespool::herder
