#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <herder/herder.h>
#include <inspect/inspection.h>

namespace framespool::rest {

/// Keeps the order of keys, so that answers read as Connect's do.
using Json = nlohmann::ordered_json;

/// Compact; bytes that are no UTF-8 are replaced.
std::string Dump(const Json& json);

Json ToJson(const runtime::ConnectorInfo& info);
Json ToJson(const runtime::ConnectorStatus& status);
Json ToJson(const runtime::TaskStatus& task);
Json ToJson(const herder::PluginInfo& plugin);
Json ToJson(const MetricSpec& metric);
/// What a connector can be made of, and what Connect calls it.
bool IsConnector(PluginKind kind);
config::ConnectorType TypeOf(PluginKind connector);
Json ToJson(const herder::WorkerInfo& worker);
Json ToJson(const herder::HistoryEntry& entry);
Json ToJson(const herder::PlannedChange& change);
Json ToJson(const config::ConfigReport& report);
/// Puts them under `warnings`, where there are any.
void AddWarnings(Json& json, const std::vector<config::ConfigWarning>& warnings);
/// A key's definition alone, as GET /connector-plugins/{plugin}/config lists it.
Json DefinitionToJson(const config::ConfigReport::Key& key);
/// The value is base64; bytes of a key or of headers that are no UTF-8 are replaced when it is dumped.
Json ToJson(const inspect::TopicRecord& record);
Json ToJson(const RawConfig& config);
Json ToJson(const Fields& fields);
/// {"kind", "field", "message", "facts"}; field and facts where there are some.
Json ToJson(const Problem& problem);
Json ToJson(const std::vector<Problem>& problems);
/// Milliseconds since 1970, as everything here tells time.
std::int64_t EpochMilliseconds(Timestamp time);

}  // namespace framespool::rest
