#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <worker/herder.h>

namespace framespool::rest {

/// Keeps the order of keys, so that answers read as Connect's do.
using Json = nlohmann::ordered_json;

/// Compact; bytes that are no UTF-8 are replaced.
std::string Dump(const Json& json);

Json ToJson(const worker::ConnectorInfo& info);
Json ToJson(const worker::ConnectorStatus& status);
Json ToJson(const worker::TaskStatus& task);
Json ToJson(const worker::PluginInfo& plugin);
Json ToJson(const worker::WorkerInfo& worker);
Json ToJson(const worker::HistoryEntry& entry);
Json ToJson(const worker::PlannedChange& change);
Json ToJson(const worker::ConfigReport& report);
/// Puts them under `warnings`, where there are any.
void AddWarnings(Json& json, const std::vector<worker::ConfigWarning>& warnings);
/// A key's definition alone, as GET /connector-plugins/{plugin}/config lists it.
Json DefinitionToJson(const worker::ConfigReport::Key& key);
Json ToJson(const RawConfig& config);
Json ToJson(const Fields& fields);

}  // namespace framespool::rest
