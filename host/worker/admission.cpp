#include "admission.h"

#include <algorithm>
#include <vector>

#include <log/log.h>
#include <worker/properties.h>

#include "client_settings.h"
#include "connector_config.h"
#include "plugin_check.h"
#include "topic_creation.h"

namespace framespool::worker {

namespace {

void WarnOfUnknownKeys(const plugins::PluginClass& plugin, const RawConfig& config) {
  std::vector<std::string> known;
  for (const auto& key : KeysOf(plugin)) known.push_back(key.spec.name);
  for (const auto& [key, value] : config) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    if (key.starts_with("topic.creation.") || key.find(".override.") != std::string::npos) continue;
    const std::string nearest = Nearest(key, known);
    log::Warn("herder",
              config.at("name") + ": unknown key " + key + (nearest.empty() ? "" : ", did you mean " + nearest + "?"));
  }
}

}  // namespace

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
  WarnOfUnknownKeys(*plugin, named);
  return store::StoredConnector{name, std::move(named), target};
}

std::optional<Refusal> Admission::Problem(const plugins::PluginClass& plugin, const RawConfig& named,
                                          bool ask_plugin) const {
  ConfigReport report = CheckKeys(plugin, named);
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
