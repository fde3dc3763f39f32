#include "config_changes.h"

#include <utility>

#include <config/common_config.h>

namespace framespool::herder {

namespace {

constexpr const char* kHidden = "[hidden]";

void Hide(ConfigChanges& changes, const plugins::PluginClass* plugin) {
  if (plugin == nullptr) return;
  for (const FieldSpec& field : plugin->fields) {
    const auto found = changes.find(field.name);
    if (field.type != FieldType::kPassword || found == changes.end()) continue;
    if (found->second.from) found->second.from = kHidden;
    if (found->second.to) found->second.to = kHidden;
  }
}

const plugins::PluginClass* PluginOf(const RawConfig& config, const plugins::PluginRegistry& plugins) {
  return plugins.Find(config::CommonConfigOf(config).connector_class);
}

}  // namespace

ConfigChanges ChangesBetween(const RawConfig& before, const RawConfig& after, const plugins::PluginClass* plugin) {
  ConfigChanges changes;
  for (const auto& [key, value] : before) {
    const auto now = after.find(key);
    if (now == after.end())
      changes[key] = {.from = value, .to = std::nullopt};
    else if (now->second != value)
      changes[key] = {.from = value, .to = now->second};
  }
  for (const auto& [key, value] : after) {
    if (!before.contains(key)) changes[key] = {.from = std::nullopt, .to = value};
  }
  Hide(changes, plugin);
  return changes;
}

store::StoredChange ToStored(std::string connector, std::string by, std::string action, const ConfigChanges& changes) {
  store::StoredChange stored{
      .connector = std::move(connector), .by = std::move(by), .action = std::move(action), .before = {}, .after = {}};
  for (const auto& [key, change] : changes) {
    if (change.from) stored.before[key] = *change.from;
    if (change.to) stored.after[key] = *change.to;
  }
  return stored;
}

HistoryEntry FromStored(const store::StoredChange& change) {
  HistoryEntry entry{.time = change.time, .by = change.by, .action = change.action, .changes = {}};
  for (const auto& [key, value] : change.before) entry.changes[key].from = value;
  for (const auto& [key, value] : change.after) entry.changes[key].to = value;
  return entry;
}

std::vector<PlannedChange> PlanOf(const std::map<std::string, HerdedConnector>& connectors,
                                  const std::map<std::string, RawConfig>& wanted, bool prune,
                                  const plugins::PluginRegistry& plugins) {
  using Action = PlannedChange::Action;
  std::vector<PlannedChange> plan;
  for (const auto& [name, config] : wanted) {
    RawConfig named = config;
    named["name"] = name;
    const auto found = connectors.find(name);
    const bool is_new = found == connectors.end();
    auto changes = ChangesBetween(is_new ? RawConfig{} : found->second.stored.config, named, PluginOf(named, plugins));
    const Action action = is_new ? Action::kCreate : changes.empty() ? Action::kNone : Action::kUpdate;
    plan.push_back({.action = action, .name = name, .changes = std::move(changes)});
  }
  for (const auto& [name, connector] : connectors) {
    if (!prune || wanted.contains(name)) continue;
    plan.push_back({.action = Action::kDelete,
                    .name = name,
                    .changes = ChangesBetween(connector.stored.config, {}, connector.plugin)});
  }
  return plan;
}

}  // namespace framespool::herder
