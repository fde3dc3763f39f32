#pragma once

#include <optional>
#include <string>

#include <base/outcome.h>
#include <config/common_config.h>
#include <config/config_report.h>
#include <plugins/manifest.h>

namespace framespool::config {

/// Of a connector: what reads topics is a sink, also a view.
ConnectorType TypeOf(const plugins::PluginClass& plugin);

/// Common keys first, then the plugin's own; one that both declare is the plugin's. Each with its place in its group.
std::vector<ConfigReport::Key> KeysOf(const plugins::PluginClass& plugin);

/// Checks every key by itself. No I/O.
ConfigReport CheckKeys(const plugins::PluginClass& plugin, const RawConfig& config);

/// Says `error` of its key, whether somebody declares that or not.
void AddError(ConfigReport& report, const Problem& error);

/// Connect's sentence for a config with errors, or nothing when there are none.
std::optional<base::Refusal> Complaint(const ConfigReport& report);

/// The same of errors in keys that no plugin declares.
base::Refusal ComplaintOf(std::vector<Problem> problems);

/// What is wrong with a connector's name, or nothing.
std::optional<Problem> NameProblem(const std::string& name);

}  // namespace framespool::config
