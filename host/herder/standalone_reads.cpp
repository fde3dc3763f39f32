// What the herder says without changing anything.
#include <utility>

#include <base/outcome.h>
#include <config/config_warnings.h>
#include <config/connector_config.h>
#include <config/parts.h>
#include <runtime/task_metrics.h>

#include "connector_offsets.h"
#include "standalone_herder.h"

namespace framespool::herder {

WorkerInfo StandaloneHerder::Info() const {
  return {options_.version, options_.commit, broker_.ClusterId(), herd_.worker_id()};
}

ClusterInfo StandaloneHerder::Cluster() const {
  const std::string id = herd_.worker_id();
  ClusterInfo info{.group = {}, .worker = id, .leader = id, .workers = {}, .tasks = {}, .moves = {}};
  ClusterInfo::Worker self{.id = id,
                           .session = {},
                           .version = options_.version,
                           .started = begun_,
                           .labels = {},
                           .classes = {},
                           .is_there = true};
  for (const auto* plugin : plugins_.Classes()) {
    if (plugin->IsConnector()) self.classes[plugin->class_name].insert(plugin->version);
  }
  for (const runtime::ConnectorView& view : *herd_.Views()) {
    for (const runtime::TaskStatus& task : view.status->tasks)
      info.tasks.push_back({.connector = view.status->name, .status = task, .cause = {}, .from = {}});
  }
  self.tasks = static_cast<int>(info.tasks.size());
  info.workers.push_back(std::move(self));
  return info;
}

Health StandaloneHerder::GetHealth() const {
  Health health{Health::Status::kHealthy, "Worker has completed startup and is ready to handle requests."};
  if (!started_) health = {Health::Status::kStarting, "Worker is still starting up."};
  if (stopping_) health = {Health::Status::kUnhealthy, "Worker is stopping."};
  health = health_.Get(std::move(health), *herd_.Views());
  for (base::StandingProblem& problem : options_.other_problems()) health.problems.push_back(std::move(problem));
  health.message = options_.providers.secrets().Hidden(health.message);
  for (base::StandingProblem& problem : health.problems)
    problem.message = options_.providers.secrets().Hidden(problem.message);
  return health;
}

std::vector<PluginInfo> StandaloneHerder::Plugins() const {
  std::vector<PluginInfo> plugins;
  for (const auto* plugin : plugins_.Classes()) plugins.push_back({plugin->class_name, plugin->kind, plugin->version});
  return plugins;
}

base::Outcome<std::vector<MetricSpec>> StandaloneHerder::PluginMetrics(const std::string& name) const {
  const auto* plugin = plugins_.FindAny(name);
  if (plugin == nullptr) return base::Refuse(base::Reason::kNotFound, admission_.UnknownClass(name));
  if (!plugin->IsConnector()) return std::vector<MetricSpec>();
  return runtime::MetricsOf(*plugin);
}

base::Outcome<std::vector<config::ConfigReport::Key>> StandaloneHerder::PluginConfig(const std::string& name) const {
  const auto* plugin = plugins_.FindAny(name);
  if (plugin == nullptr) return base::Refuse(base::Reason::kNotFound, admission_.UnknownClass(name));
  return config::KeysOf(*plugin);
}

std::string StandaloneHerder::PluginVersion(const std::string& name) const {
  const auto* plugin = plugins_.FindAny(name);
  return plugin == nullptr ? "" : plugin->version;
}

base::Outcome<config::ConfigReport> StandaloneHerder::Validate(const std::string& name, const RawConfig& config) {
  const auto* plugin = plugins_.FindAny(name);
  if (plugin == nullptr) return base::Refuse(base::Reason::kNotFound, admission_.UnknownClass(name));
  // The keys of a part stand below an alias: it has no connector.class of its own.
  if (!plugin->IsConnector()) return admission_.CheckConfig(*plugin, config);
  const std::string given = config::CommonConfigOf(config).connector_class;
  if (given.empty())
    return base::Refuse(base::Reason::kInvalid,
                        {.message = "The config contains no connector type; set connector.class to " + name,
                         .kind = "no-connector-class"});
  if (plugins_.Find(given) != plugin) {
    return base::Refuse(base::Reason::kInvalid,
                        {.message = "Included connector type " + given + " does not match request type " + name});
  }
  return admission_.CheckConfig(*plugin, config);
}

std::vector<config::ConfigWarning> StandaloneHerder::Warnings(const RawConfig& config) const {
  const auto* plugin = plugins_.Find(config::CommonConfigOf(config).connector_class);
  if (plugin == nullptr) return {};
  auto warnings = config::KeyWarnings(*plugin, config);
  if (config::NamesParts(config)) return warnings;
  for (auto& warning : config::PartWarnings(*plugin, config, plugins_)) warnings.push_back(std::move(warning));
  return warnings;
}

base::Outcome<std::vector<OffsetEntry>> StandaloneHerder::Offsets(const std::string& name) {
  const auto info = Connector(name);
  if (!info) return NoSuchConnector(name);
  auto entries = OffsetsOf(*info, offsets_, store_);
  if (info->type == config::ConnectorType::kSource && config::HasVariables(info->config)) {
    const config::Resolution resolution = admission_.Resolve(info->config);
    for (OffsetEntry& entry : entries)
      entry.partition = config::WithVariables(std::move(entry.partition), info->config, resolution);
  }
  return entries;
}

base::Outcome<std::vector<HistoryEntry>> StandaloneHerder::History(const std::string& name, int most) {
  std::vector<HistoryEntry> entries;
  for (const auto& change : store_.History(name, most)) entries.push_back(FromStored(change));
  if (entries.empty() && !Connector(name)) return NoSuchConnector(name);
  return entries;
}

base::Outcome<void> StandaloneHerder::AdmitProbe(const std::string& name, const RawConfig& config) {
  const auto* plugin = plugins_.Find(name);
  if (plugin == nullptr) return base::Refuse(base::Reason::kNotFound, admission_.UnknownClass(name));
  if (config::TypeOf(*plugin) != config::ConnectorType::kSource)
    return base::Refuse(base::Reason::kInvalid,
                        {.message = plugin->class_name + " is a sink: only a source has frames to show"});
  if (auto checked = admission_.Check(*plugin, config, true); !checked) return base::PassOn(checked);
  return {};
}

}  // namespace framespool::herder
