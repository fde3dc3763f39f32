#pragma once

#include <broker/broker.h>

#include <chrono>
#include <string>

#include <plugins/plugin_registry.h>
#include <store/config_store.h>
#include <worker/herder.h>

#include "detached_calls.h"

namespace framespool::worker {

/// Decides which connectors may be stored. Owned by the herder.
class Admission {
 public:
  /// `check_timeout` is for what only the connector itself can check.
  Admission(plugins::PluginRegistry& plugins, broker::Broker& broker, std::chrono::milliseconds check_timeout)
      : plugins_(plugins), broker_(broker), check_timeout_(check_timeout) {}

  /// The connector as it is to be stored, or why not. On the herder's thread: it may wait for the plugin.
  Outcome<store::StoredConnector> Accept(const std::string& name, const RawConfig& config, store::TargetState target);

  /// Why `config` cannot be a connector of `plugin`, or nothing. `named` has its name. With `ask_plugin` the connector
  /// itself is asked too, which may wait. Any thread.
  std::optional<Refusal> Problem(const plugins::PluginClass& plugin, const RawConfig& named, bool ask_plugin) const;

  /// Says that there is no such class, which there are, and what could not be loaded. Any thread.
  std::string UnknownClass(const std::string& name) const;

  /// How many checks still run in their plugin. Any thread.
  int running() const { return calls_.running(); }

 private:
  plugins::PluginRegistry& plugins_;
  broker::Broker& broker_;
  const std::chrono::milliseconds check_timeout_;
  const DetachedCalls calls_;
};

}  // namespace framespool::worker
