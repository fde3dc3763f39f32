#include "admission.h"

#include <log/log.h>

#include "client_settings.h"
#include "config_warnings.h"
#include "connector_config.h"
#include "topic_creation.h"

namespace framespool::worker {

Outcome<store::StoredConnector> Admission::Accept(const std::string& name, const RawConfig& config,
                                                  store::TargetState target) {
  if (auto problem = NameProblem(name)) return Refusal{400, *problem};
  RawConfig named = config;
  named["name"] = name;
  const auto connector_class = config.find("connector.class");
  if (connector_class == config.end() || connector_class->second.empty()) {
    return Refusal{400, "Connector config {" + name +
                            "} contains no connector type; set connector.class, see GET /connector-plugins"};
  }
  const auto* plugin = plugins_.Find(connector_class->second);
  if (plugin == nullptr) return Refusal{400, UnknownClass(connector_class->second)};
  // One that is to stay stopped may name a file or a port that is not there yet.
  if (auto refusal = Problem(*plugin, named, target != store::TargetState::kStopped)) return std::move(*refusal);
  for (const ConfigWarning& warning : UnknownKeysOf(*plugin, named))
    log::Warn("herder", name + ": " + warning.field + " " + warning.message);
  return store::StoredConnector{name, std::move(named), target};
}

ConfigReport Admission::CheckConfig(const plugins::PluginClass& plugin, const RawConfig& config) const {
  ConfigReport report = CheckKeys(plugin, config);
  if (TypeOf(plugin) == ConnectorType::kSource) {
    for (const FieldError& error : TopicSettingProblems(config, broker_)) AddError(report, error);
  }
  for (const FieldError& error : files_.Problems(plugin.fields, config)) AddError(report, error);
  return report;
}

std::optional<Refusal> Admission::Problem(const plugins::PluginClass& plugin, const RawConfig& named,
                                          bool ask_plugin) const {
  ConfigReport report = CheckConfig(plugin, named);
  if (auto complaint = Complaint(report)) return Refusal{400, *complaint};
  if (const auto errors = broker_.CheckConnector(named); !errors.empty()) return Refusal{400, ComplaintOf(errors)};
  std::optional<broker::RecordLimit> limit;
  try {
    const auto topic = ConfiguredTopic(named);
    if (ask_plugin && topic && TypeOf(plugin) == ConnectorType::kSource) {
      limit = broker_.LargestRecord(*topic, ProducerSettingsOf(named.at("name"), named));
    }
  } catch (const ConfigError& error) {
    return Refusal{400, std::string("Connector configuration is invalid: ") + error.what()};
  }
  if (!ask_plugin) return std::nullopt;
  auto checked = CheckWithPlugin(plugins_, plugin, named.at("name"), named, std::move(report), limit, check_timeout_,
                                 calls_.Begin());
  if (auto* refusal = std::get_if<Refusal>(&checked)) return std::move(*refusal);
  if (auto complaint = Complaint(std::get<ConfigReport>(checked))) return Refusal{400, *complaint};
  return std::nullopt;
}

std::string Admission::UnknownClass(const std::string& name) const {
  std::string known;
  for (const auto* plugin : plugins_.Classes()) known += (known.empty() ? "" : ", ") + plugin->class_name;
  std::string message = "Failed to find any class that implements Connector and which name matches " + name +
                        ", available connectors are: " + (known.empty() ? "none; check plugin.path" : known);
  for (const std::string& refusal : plugins_.refusals()) message += "\n" + refusal;
  return message;
}

}  // namespace framespool::worker
