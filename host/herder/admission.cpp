#include "admission.h"

#include <memory>
#include <utility>

#include <base/log.h>
#include <base/outcome.h>
#include <base/secrets.h>
#include <cluster/placement.h>
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
  const log::OnBehalf owner(name);
  const bool tells_parts = !config::NamesParts(named);
  for (const auto& warnings :
       {config::KeyWarnings(*plugin, named),
        tells_parts ? config::PartWarnings(*plugin, named, plugins_) : std::vector<config::ConfigWarning>(),
        checked->warnings}) {
    for (const config::ConfigWarning& warning : warnings)
      log::Warn("herder", name + ": " + warning.field + " " + warning.message);
  }
  return Accepted{.connector = {name, std::move(named), target},
                  .resolved = std::move(checked->resolved),
                  .secrets = std::move(checked->secrets),
                  .warnings = std::move(checked->warnings)};
}

namespace {

base::Refusal Hidden(base::Refusal refusal, const base::Secrets& secrets) {
  refusal.message = secrets.Hidden(refusal.message);
  refusal.problems = secrets.Hidden(std::move(refusal.problems));
  return refusal;
}

}  // namespace

base::DetachedCalls::Call Admission::Begin(const std::string& connector, const config::Resolution& resolution) const {
  return std::make_shared<const std::pair<base::DetachedCalls::Call, std::shared_ptr<const void>>>(
      calls_.Begin(), base::HideInLog(connector, resolution.secrets));
}

base::Outcome<config::ConfigReport> Admission::CheckConfig(const plugins::PluginClass& plugin,
                                                           const RawConfig& config) const {
  const config::Resolution resolution = Resolve(config);
  auto report = CheckResolved(plugin, resolution.config, true);
  if (!report) return base::Refused(Hidden(std::move(report.error()), resolution.secrets));
  config::ShowUnresolved(*report, config, resolution);
  return report;
}

base::Outcome<config::ConfigReport> Admission::CheckResolved(const plugins::PluginClass& plugin,
                                                             const RawConfig& config, bool may_look) const {
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
  const bool of_sink = plugin.kind == PluginKind::kSink || plugin.kind == PluginKind::kView;
  auto checked =
      CheckPartsWithPlugins(plugins_, parts, of_sink, files_, may_look, report, check_timeout_, calls_.Begin());
  if (!checked) return base::PassOn(checked);
  if (plugin.IsConnector()) {
    for (const Problem& error : files_.Problems(plugin.fields, config)) config::AddError(report, error);
    for (const Problem& error : listening_.Problems(plugin.fields, config)) config::AddError(report, error);
    const auto placement = cluster::Placement::Parse(config::CommonConfigOf(config).placement);
    if (!placement) config::AddError(report, placement.error().problems.front());
  }
  return report;
}

base::Outcome<Admission::Checked> Admission::Check(const plugins::PluginClass& plugin, const RawConfig& named,
                                                   bool ask_plugin) const {
  config::Resolution resolution = Resolve(named);
  auto warnings = CheckResolved(plugin, named, resolution, ask_plugin);
  if (!warnings) return base::Refused(Hidden(std::move(warnings.error()), resolution.secrets));
  for (config::ConfigWarning& warning : *warnings) warning.message = resolution.secrets.Hidden(warning.message);
  return Checked{.warnings = *std::move(warnings),
                 .resolved = std::move(resolution.config),
                 .secrets = std::move(resolution.secrets)};
}

base::Outcome<std::vector<config::ConfigWarning>> Admission::CheckResolved(const plugins::PluginClass& plugin,
                                                                           const RawConfig& named,
                                                                           const config::Resolution& resolution,
                                                                           bool ask_plugin) const {
  const RawConfig& config = resolution.config;
  const std::string name = config::CommonConfigOf(config).name;
  auto by_itself = CheckResolved(plugin, config, ask_plugin);
  if (!by_itself) return base::PassOn(by_itself);
  config::ConfigReport& report = *by_itself;
  config::ShowUnresolved(report, named, resolution);
  if (auto complaint = config::Complaint(report)) return base::Refused(std::move(*complaint));
  if (auto problems = config::BrokerProblems(config, broker_, override_policy_); !problems.empty())
    return base::Refused(config::ComplaintOf(std::move(problems)));
  std::optional<broker::RecordLimit> limit;
  try {
    const auto topic = config::ConfiguredTopic(config);
    if (ask_plugin && topic && config::TypeOf(plugin) == config::ConnectorType::kSource) {
      limit = broker_.LargestRecord(*topic, config::ProducerSettingsOf(name, config));
    }
  } catch (const ConfigError& error) {
    return base::Refuse(base::Reason::kInvalid, std::string("Connector configuration is invalid: ") + error.what(),
                        error.problems());
  }
  if (!ask_plugin) return std::vector<config::ConfigWarning>();
  report.warnings.clear();  // those of the keys are told apart
  auto checked = CheckWithPlugin(plugins_, plugin, name, config, std::move(report), limit, check_timeout_,
                                 Begin(name, resolution));
  if (!checked) return base::PassOn(checked);
  if (auto complaint = config::Complaint(*checked)) return base::Refused(std::move(*complaint));
  return std::move(checked->warnings);
}

base::Outcome<void> Admission::CheckOffsets(const plugins::PluginClass& plugin, const runtime::ConnectorInfo& connector,
                                            const std::vector<OffsetEntry>& entries) const {
  const config::Resolution resolution = Resolve(connector.config);
  if (!resolution.problems.empty()) {
    std::vector<Problem> problems;
    for (const auto& [key, problem] : resolution.problems) problems.push_back(problem);
    return base::Refused(config::ComplaintOf(std::move(problems)));
  }
  runtime::ConnectorInfo resolved = connector;
  resolved.config = resolution.config;
  auto checked =
      CheckOffsetsWithPlugin(plugins_, plugin, resolved, entries, check_timeout_, Begin(connector.name, resolution));
  if (!checked) return base::Refused(Hidden(std::move(checked.error()), resolution.secrets));
  return checked;
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
