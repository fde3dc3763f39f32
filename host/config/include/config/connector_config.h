#pragma once

#include <optional>
#include <string>

#include <config/config_report.h>
#include <plugins/manifest.h>

namespace framespool::config {

/// The keys that every connector of `type` has, by Kafka Connect's names.
std::span<const FieldSpec> CommonFields(ConnectorType type);

/// Of a connector: what reads topics is a sink, also a view.
ConnectorType TypeOf(const plugins::PluginClass& plugin);

/// Whether the connector's config names the topic: a source's `topic`, a sink's `topics`.
bool NamesTopic(ConnectorType type, const RawConfig& config, const std::string& topic);
/// A sink's `topics`, in order.
std::vector<std::string> TopicsOf(const RawConfig& config);
/// Common keys first, then the plugin's own; one that both declare is the plugin's. Each with its place in its group.
std::vector<ConfigReport::Key> KeysOf(const plugins::PluginClass& plugin);

/// Checks every key by itself. No I/O.
ConfigReport CheckKeys(const plugins::PluginClass& plugin, const RawConfig& config);

/// Says `error` of its key, whether somebody declares that or not.
void AddError(ConfigReport& report, const FieldError& error);

/// Connect's sentence for a config with errors, or nothing when there are none.
std::optional<std::string> Complaint(const ConfigReport& report);

/// The same of errors in keys that no plugin declares.
std::string ComplaintOf(const std::vector<FieldError>& errors);

/// What is wrong with a connector's name, or nothing.
std::optional<std::string> NameProblem(const std::string& name);

}  // namespace framespool::config
