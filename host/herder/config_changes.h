#pragma once

#include <map>
#include <string>
#include <vector>

#include <herder/changes.h>
#include <herder/herder.h>
#include <plugins/plugin_registry.h>
#include <store/config_store.h>

#include "herded_connector.h"

namespace framespool::herder {

/// The keys that differ. Passwords come out hidden.
ConfigChanges ChangesBetween(const RawConfig& before, const RawConfig& after, const plugins::PluginRegistry& plugins);

store::StoredChange ToStored(std::string connector, std::string by, std::string action, const ConfigChanges& changes);
HistoryEntry FromStored(const store::StoredChange& change);

/// What it takes to have the connectors of `wanted`, and with `prune` no others.
std::vector<PlannedChange> PlanOf(const std::map<std::string, HerdedConnector>& connectors,
                                  const std::map<std::string, RawConfig>& wanted, bool prune,
                                  const plugins::PluginRegistry& plugins);

}  // namespace framespool::herder
