#include "admission.h"

#include <utility>

#include <base/log.h>
#include <base/outcome.h>
#include <config/broker_problems.h>
#include <config/client_settings.h>
#include <config/config_warnings.h>
#include <config/connector_config.h>
#include <config/parts.h>
#include <config/topic_creation.h>

#include "part_check.h"

namespace framespool::herder {

base::Outcome<Admission::Accepted> Admission::Accept(const std::string& name, const RawConfig& config,
                                                     store::TargetState target) {
  if (auto problem = config::NameProblem(name)) return base::Refuse(base::Reason::kInvalid, std::move(*problem));
  RawConfig named = config;
  named["name"] = name;
  const std::string connector_class = config::CommonConfigOf(config).connector_class;
  if (connector_class.empty()) {
    return base::Refuse(base::Reason::kInvalid,
                        {.message = "Connector config {" + name +
                                    "} contains no connector type; set connector.class, see GET /connector-plugins",
                         .kind = "no-connector-class"});
  }
  const auto* plugin = plugins_.Find(connector_class);
  if (plugin == nullptr) return base::Refuse(base::Reason::kInvalid, UnknownClass(connector_class));
  // One that is to stay stopped may name a file or a port that is not there yet.
  auto checked = Check(*plugin, named, target != store::TargetState::kStopped);
  if (!checked) return base::PassOn(checked);
  for (const auto& warnings :
       {config::UnknownKeysOf(*plugin, named), config::PartWarnings(*plugin, named, plugins_), *checked}) {
    for (const config::ConfigWarning& warning : warnings)
      log::Warn("herder", name + ": " + warning.field + " " + warning.message);
  }
  return Accepted{{name, std::move(named), target}, *std::move(checked)};
}

base::Outcome<config::ConfigReport> Admission::CheckConfig(const plugins::PluginClass& plugin, const RawConfig& config,
                                                           bool may_look) const {
  config::ConfigReport report = config::CheckKeys(plugin, config);
  config::Parts parts;
  if (plugin.IsConnector()) {
    config::CheckParts(report, plugin, config, plugins_);
    parts = config::PartsOf(config, plugins_);
  } else {
    parts.value_converter = config::Part{.alias = "", .prefix = "", .plugin = &plugin, .config = config};
  }
  if (config::TypeOf(plugin) == config::ConnectorType::kSource) {
    for (const Problem& error : config::TopicSettingProblems(config, broker_)) config::AddError(report, error);
  }
  auto checked = CheckPartsWithPlugins(plugins_, parts, files_, may_look, report, check_timeout_, calls_.Begin());
  if (!checked) return base::PassOn(checked);
  if (plugin.IsConnector()) {
    for (const Problem& error : files_.Problems(plugin.fields, config)) config::AddError(report, error);
  }
  return report;
}

base::Outcome<std::vector<config::ConfigWarning>> Admission::Check(const plugins::PluginClass& plugin,
                                                                   const RawConfig& named, bool ask_plugin) const {
  const std::string name = config::CommonConfigOf(named).name;
  auto by_itself = CheckConfig(plugin, named, ask_plugin);
  if (!by_itself) return base::PassOn(by_itself);
  config::ConfigReport& report = *by_itself;
  if (auto complaint = config::Complaint(report)) return base::Refused(std::move(*complaint));
  if (auto problems = config::BrokerProblems(named, broker_, override_policy_); !problems.empty())
    return base::Refused(config::ComplaintOf(std::move(problems)));
  std::optional<broker::RecordLimit> limit;
  try {
    const auto topic = config::ConfiguredTopic(named);
    if (ask_plugin && topic && config::TypeOf(plugin) == config::ConnectorType::kSource) {
      limit = broker_.LargestRecord(*topic, config::ProducerSettingsOf(name, named));
    }
  } catch (const ConfigError& error) {
    return base::Refuse(base::Reason::kInvalid, std::string("Connector configuration is invalid: ") + error.what(),
                        error.problems());
  }
  if (!ask_plugin) return std::vector<config::ConfigWarning>();
  report.warnings.clear();  // those of the keys are told apart
  auto checked =
      CheckWithPlugin(plugins_, plugin, name, named, std::move(report), limit, check_timeout_, calls_.Begin());
  if (!checked) return base::PassOn(checked);
  if (auto complaint = config::Complaint(*checked)) return base::Refused(std::move(*complaint));
  return std::move(checked->warnings);
}

Problem Admission::UnknownClass(const std::string& name) const {
  std::string known;
  for (const auto* plugin : plugins_.Classes()) {
    if (plugin->IsConnector()) known += (known.empty() ? "" : ", ") + plugin->class_name;
  }
  std::string message = "Failed to find any class that implements Connector and which name matches " + name +
                        ", available connectors are: " + (known.empty() ? "none; check plugin.path" : known);
  for (const std::string& refusal : plugins_.refusals()) message += "\n" + refusal;
  return {.message = std::move(message), .kind = "no-such-plugin", .facts = {{"class", name}}};
}

}  // namespace framespool::herder
