#include "config_changes.h"

#include <set>
#include <string_view>
#include <utility>

#include <base/secrets.h>
#include <config/passwords.h>

namespace framespool::herder {

namespace {

constexpr std::string_view kHidden = base::Secrets::kHidden;

void Hide(ConfigChanges& changes, const std::set<std::string>& passwords) {
  for (auto& [key, change] : changes) {
    if (!passwords.contains(key)) continue;
    if (change.from) change.from = std::string(kHidden);
    if (change.to) change.to = std::string(kHidden);
  }
}

}  // namespace

ConfigChanges ChangesBetween(const RawConfig& before, const RawConfig& after, const plugins::PluginRegistry& plugins) {
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
  for (const RawConfig* config : {&before, &after}) Hide(changes, config::PasswordKeys(*config, plugins));
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
    auto changes = ChangesBetween(is_new ? RawConfig{} : found->second.stored.config, named, plugins);
    const Action action = is_new ? Action::kCreate : changes.empty() ? Action::kNone : Action::kUpdate;
    plan.push_back({.action = action, .name = name, .changes = std::move(changes)});
  }
  for (const auto& [name, connector] : connectors) {
    if (!prune || wanted.contains(name)) continue;
    plan.push_back(
        {.action = Action::kDelete, .name = name, .changes = ChangesBetween(connector.stored.config, {}, plugins)});
  }
  return plan;
}

}  // namespace framespool::herder
