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
  /// `check_timeout` is for what only the connector itself can check, `override_policy` as in BrokerProblems().
  Admission(plugins::PluginRegistry& plugins, broker::Broker& broker, std::chrono::milliseconds check_timeout,
            config::FileAccess files, std::string override_policy)
      : plugins_(plugins),
        broker_(broker),
        check_timeout_(check_timeout),
        files_(std::move(files)),
        override_policy_(std::move(override_policy)) {}

  struct Accepted {
    store::StoredConnector connector;                  // as it is to be stored
    std::vector<config::ConfigWarning> warnings = {};  // of the plugin's check
  };
  /// The connector, or why not. On the herder's thread: it may wait for the plugin.
  base::Outcome<Accepted> Accept(const std::string& name, const RawConfig& config, store::TargetState target);

  /// Checks every key by itself, and where its paths lead; of transforms, predicates and converters also the rules of
  /// their classes, and what they see by looking outside unless `may_look` is false. May wait for the file system and
  /// for those. Any thread.
  base::Outcome<config::ConfigReport> CheckConfig(const plugins::PluginClass& plugin, const RawConfig& config,
                                                  bool may_look = true) const;

  /// Whether `named`, which has its name, can be a connector of `plugin`. With `ask_plugin` the connector
  /// itself is asked too, which may wait, and may have warnings. Any thread.
  base::Outcome<std::vector<config::ConfigWarning>> Check(const plugins::PluginClass& plugin, const RawConfig& named,
                                                          bool ask_plugin) const;

  /// Whether `entries` can be offsets of a source of `plugin`, by its own words. May wait for the plugin.
  base::Outcome<void> CheckOffsets(const plugins::PluginClass& plugin, const runtime::ConnectorInfo& connector,
                                   const std::vector<OffsetEntry>& entries) const {
    return CheckOffsetsWithPlugin(plugins_, plugin, connector, entries, check_timeout_, calls_.Begin());
  }

  /// That there is no such class, which there are, and what could not be loaded. Any thread.
  Problem UnknownClass(const std::string& name) const;

  /// How many checks still run in their plugin. Any thread.
  int running() const { return calls_.running(); }

 private:
  plugins::PluginRegistry& plugins_;
  broker::Broker& broker_;
  const std::chrono::milliseconds check_timeout_;
  const config::FileAccess files_;
  const std::string override_policy_;
  const base::DetachedCalls calls_;
};

}  // namespace framespool::herder
