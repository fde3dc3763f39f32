#pragma once

#include <config/connector_config.h>
#include <config/parts.h>
#include <gtest/gtest.h>
#include <part_check.h>

#include <chrono>
#include <string>
#include <vector>

namespace framespool::runtime {

/// What a connector's config is told of its chain when it is sent: `config`, with a name, a class and a topic where it
/// has none. `may_look` as in herder::CheckPartsWithPlugins().
inline config::ConfigReport CheckChain(plugins::PluginRegistry& plugins, const RawConfig& config, PluginKind kind,
                                       const config::FileAccess& files = {}, bool may_look = true) {
  plugins::PluginClass connector;
  connector.class_name = "SomeConnector";
  connector.kind = kind;
  RawConfig all = config;
  all.insert({{"name", "c"}, {"connector.class", "SomeConnector"}, {"topics", "t"}});
  config::ConfigReport report = config::CheckKeys(connector, all);
  config::CheckParts(report, connector, all, plugins);
  EXPECT_TRUE(herder::CheckPartsWithPlugins(plugins, config::PartsOf(all, plugins), kind != PluginKind::kSource, files,
                                            may_look, report, std::chrono::minutes(1), base::DetachedCalls().Begin()));
  return report;
}

/// "key: error" of each.
inline std::vector<std::string> ErrorsIn(const config::ConfigReport& report) {
  std::vector<std::string> errors;
  for (const auto& key : report.keys) {
    for (const Problem& error : key.result.errors) errors.push_back(key.spec.name + ": " + error.message);
  }
  return errors;
}

}  // namespace framespool::runtime
