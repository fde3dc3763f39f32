#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <vector>

#include <base/secrets.h>
#include <framespool/config_def.h>
#include <inspect/inspection.h>
#include <plugins/plugin.h>
#include <plugins/plugin_registry.h>

namespace framespool::inspect {

/// What the transforms and converters of `config` make of the first records of a source, as far as they come until
/// `deadline`; nothing where it names none. Writes nothing. On the thread of who asks, which a plugin may hold up.
std::optional<ChainReport> LookAtChain(const plugins::Plugin& plugin, const RawConfig& config,
                                       plugins::PluginRegistry& plugins, std::vector<SourceRecord> records,
                                       std::chrono::steady_clock::time_point deadline, const std::stop_token& stop);

/// No text of it shows one of `secrets` any more.
void Hide(ChainReport& report, const base::Secrets& secrets);

}  // namespace framespool::inspect
