// config.action.reload: tasks begin anew when what config providers say has changed.
#include <utility>

#include <base/log.h>

#include "standalone_herder.h"

namespace framespool::herder {

void StandaloneHerder::NoteResolution(const store::StoredConnector& connector, const config::Resolution& resolution) {
  if (resolution.values.empty()) return;
  if (config::CommonConfigOf(resolution.config).config_action_reload == config::ReloadAction::kRestart)
    reload_.Watch(connector.name, resolution.values);
  queue_.Post([this, name = connector.name, written = connector.config, resolved = resolution.config] {
    HerdedConnector* found = herd_.Find(name);
    if (found != nullptr && found->stored.config == written) herd_.Change([&] { found->resolved = resolved; });
  });
}

void StandaloneHerder::Reload(const std::string& name, const std::set<config::Variable>& changed) {
  Post("config.action.reload", [this, name, changed] { RestartForReload(name, changed); });
}

void StandaloneHerder::RestartForReload(const std::string& name, const std::set<config::Variable>& changed) {
  HerdedConnector* connector = herd_.Find(name);
  if (stopping_ || connector == nullptr || (connector->tasks.empty() && !connector->runner)) return;
  // It may have been given another config meanwhile, and has begun with the new values then.
  const std::set<config::Variable> used = config::ConfigProviders::VariablesOf(connector->stored.config);
  std::string variables;
  for (const config::Variable& variable : changed) {
    if (used.contains(variable)) variables += (variables.empty() ? "" : ", ") + ToText(variable);
  }
  if (variables.empty()) return;
  log::Info("herder", name + ": what stands behind " + variables +
                          " has changed: its tasks restart (config.action.reload = restart)");
  store_.NoteChange(Noted(name, "RESTARTED"));
  RestartRunner(*connector);
  for (std::size_t i = 0; i < connector->tasks.size(); ++i) {
    if (connector->tasks[i]) ReplaceTask(*connector, i);
  }
}

}  // namespace framespool::herder
