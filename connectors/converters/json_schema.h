#pragma once

#include <framespool/data.h>

#include <nlohmann/json_fwd.hpp>

/// Data and its schemas as JSON, in the form of Kafka Connect's JsonConverter.
namespace framespool::converters {

nlohmann::ordered_json SchemaToJson(const Schema& schema);
/// Null for JSON's null. Throws std::invalid_argument, in a sentence.
SchemaPtr SchemaFromJson(const nlohmann::ordered_json& json, int depth = 0);

/// `schema` may be null. Throws std::invalid_argument for what is not as the schema says.
nlohmann::ordered_json DatumToJson(const Datum& value, const Schema* schema);
Datum DatumFromJson(const nlohmann::ordered_json& json, const SchemaPtr& schema, const std::string& place);

}  // namespace framespool::converters
