#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <base/detached_calls.h>
#include <base/outcome.h>
#include <broker/broker.h>
#include <config/config_providers.h>
#include <config/file_access.h>
#include <config/listening.h>
#include <herder/herder.h>
#include <plugins/plugin_registry.h>
#include <store/config_store.h>

#include "plugin_check.h"

namespace framespool::herder {

/// Decides which connectors may be stored. Owned by the herder.
class Admission {
 public:
  /// `check_timeout` is for what only the connector itself can check, `override_policy` as in BrokerProblems().
  Admission(plugins::PluginRegistry& plugins, broker::Broker& broker, config::ConfigProviders providers,
            std::chrono::milliseconds check_timeout, config::FileAccess files, config::Listening listening,
            std::string override_policy)
      : plugins_(plugins),
        providers_(std::move(providers)),
        broker_(broker),
        check_timeout_(check_timeout),
        files_(std::move(files)),
        listening_(listening),
        override_policy_(std::move(override_policy)) {}

  struct Accepted {
    store::StoredConnector connector;                  // as it is to be stored
    RawConfig resolved = {};                           // its config with what providers say
    base::Secrets secrets = {};                        // of that
    std::vector<config::ConfigWarning> warnings = {};  // of what the keys do not say by themselves
  };
  /// The connector, or why not. On the herder's thread: it may wait for the plugin.
  base::Outcome<Accepted> Accept(const std::string& name, const RawConfig& config, store::TargetState target);

  /// Checks every key by itself, where its paths lead, and where it listens; of transforms, predicates and converters
  /// also the rules of their classes, and what they see by looking outside. May wait for the file system, for those and
  /// for config providers, whose values it does not show. Any thread.
  base::Outcome<config::ConfigReport> CheckConfig(const plugins::PluginClass& plugin, const RawConfig& config) const;

  struct Checked {
    std::vector<config::ConfigWarning> warnings = {};  // of the plugin's check
    RawConfig resolved = {};
    base::Secrets secrets = {};  // of that
  };
  /// Whether `named`, which has its name, can be a connector of `plugin`. With `ask_plugin` the connector
  /// itself is asked too, which may wait, and may have warnings. Any thread.
  base::Outcome<Checked> Check(const plugins::PluginClass& plugin, const RawConfig& named, bool ask_plugin) const;

  /// Whether `entries` can be offsets of a source of `plugin`, by its own words. May wait for the plugin.
  base::Outcome<void> CheckOffsets(const plugins::PluginClass& plugin, const runtime::ConnectorInfo& connector,
                                   const std::vector<OffsetEntry>& entries) const;

  /// `config` with what providers say, as far as they do. Any thread; may wait for them.
  config::Resolution Resolve(const RawConfig& config) const {
    constexpr std::chrono::milliseconds kPatience{5000};
    return providers_.Resolve(config, std::min(kPatience, check_timeout_));
  }

  /// That there is no such class, which there are, and what could not be loaded. Any thread.
  Problem UnknownClass(const std::string& name) const;

  /// How many checks still run in their plugin. Any thread.
  int running() const { return calls_.running(); }

 private:
  /// The same of a config whose variables are resolved.
  base::Outcome<config::ConfigReport> CheckResolved(const plugins::PluginClass& plugin, const RawConfig& config,
                                                    bool may_look) const;
  base::Outcome<std::vector<config::ConfigWarning>> CheckResolved(const plugins::PluginClass& plugin,
                                                                  const RawConfig& named,
                                                                  const config::Resolution& resolution,
                                                                  bool ask_plugin) const;
  /// Counts a plugin's call, in which nothing of `resolution` is logged.
  base::DetachedCalls::Call Begin(const std::string& connector, const config::Resolution& resolution) const;

  plugins::PluginRegistry& plugins_;
  const config::ConfigProviders providers_;
  broker::Broker& broker_;
  const std::chrono::milliseconds check_timeout_;
  const config::FileAccess files_;
  const config::Listening listening_;
  const std::string override_policy_;
  const base::DetachedCalls calls_;
};

}  // namespace framespool::herder
