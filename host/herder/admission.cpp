#include "admission.h"

#include <base/log.h>
#include <base/outcome.h>
#include <config/client_settings.h>
#include <config/config_warnings.h>
#include <config/connector_config.h>
#include <config/topic_creation.h>

namespace framespool::herder {

base::Outcome<store::StoredConnector> Admission::Accept(const std::string& name, const RawConfig& config,
                                                        store::TargetState target) {
  if (auto problem = config::NameProblem(name)) return base::Refusal{400, *problem};
  RawConfig named = config;
  named["name"] = name;
  const auto connector_class = config.find("connector.class");
  if (connector_class == config.end() || connector_class->second.empty()) {
    return base::Refusal{400, "Connector config {" + name +
                                  "} contains no connector type; set connector.class, see GET /connector-plugins"};
  }
  const auto* plugin = plugins_.Find(connector_class->second);
  if (plugin == nullptr) return base::Refusal{400, UnknownClass(connector_class->second)};
  // One that is to stay stopped may name a file or a port that is not there yet.
  if (auto refusal = Problem(*plugin, named, target != store::TargetState::kStopped)) return std::move(*refusal);
  for (const config::ConfigWarning& warning : config::UnknownKeysOf(*plugin, named))
    log::Warn("herder", name + ": " + warning.field + " " + warning.message);
  return store::StoredConnector{name, std::move(named), target};
}

config::ConfigReport Admission::CheckConfig(const plugins::PluginClass& plugin, const RawConfig& config) const {
  config::ConfigReport report = config::CheckKeys(plugin, config);
  if (config::TypeOf(plugin) == config::ConnectorType::kSource) {
    for (const FieldError& error : config::TopicSettingProblems(config, broker_)) config::AddError(report, error);
  }
  for (const FieldError& error : files_.Problems(plugin.fields, config)) config::AddError(report, error);
  return report;
}

std::optional<base::Refusal> Admission::Problem(const plugins::PluginClass& plugin, const RawConfig& named,
                                                bool ask_plugin) const {
  config::ConfigReport report = CheckConfig(plugin, named);
  if (auto complaint = config::Complaint(report)) return base::Refusal{400, *complaint};
  if (const auto errors = broker_.CheckConnector(named); !errors.empty())
    return base::Refusal{400, config::ComplaintOf(errors)};
  std::optional<broker::RecordLimit> limit;
  try {
    const auto topic = config::ConfiguredTopic(named);
    if (ask_plugin && topic && config::TypeOf(plugin) == config::ConnectorType::kSource) {
      limit = broker_.LargestRecord(*topic, config::ProducerSettingsOf(named.at("name"), named));
    }
  } catch (const ConfigError& error) {
    return base::Refusal{400, std::string("Connector configuration is invalid: ") + error.what()};
  }
  if (!ask_plugin) return std::nullopt;
  auto checked = CheckWithPlugin(plugins_, plugin, named.at("name"), named, std::move(report), limit, check_timeout_,
                                 calls_.Begin());
  if (auto* refusal = std::get_if<base::Refusal>(&checked)) return std::move(*refusal);
  if (auto complaint = config::Complaint(std::get<config::ConfigReport>(checked)))
    return base::Refusal{400, *complaint};
  return std::nullopt;
}

std::string Admission::UnknownClass(const std::string& name) const {
  std::string known;
  for (const auto* plugin : plugins_.Classes()) {
    if (plugin->IsConnector()) known += (known.empty() ? "" : ", ") + plugin->class_name;
  }
  std::string message = "Failed to find any class that implements Connector and which name matches " + name +
                        ", available connectors are: " + (known.empty() ? "none; check plugin.path" : known);
  for (const std::string& refusal : plugins_.refusals()) message += "\n" + refusal;
  return message;
}

}  // namespace framespool::herder
