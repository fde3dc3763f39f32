#pragma once

#include <fakes/passing.h>
#include <framespool/plugin.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>

#include "operand.h"

extern "C" const framespool::PluginDescriptor framespool_plugin;

namespace framespool::transforms {

using Record = fakes::PassingRecord;

inline std::span<const PluginEntry> Entries() { return {framespool_plugin.entries, framespool_plugin.entry_count}; }

/// The class in a type of Kafka Connect: "a.b.Cast$Value" -> "Cast".
inline std::string ClassOf(std::string type) {
  type = type.substr(0, type.find('$'));
  return type.substr(type.rfind('.') + 1);
}

inline const PluginEntry& EntryOf(const std::string& type) {
  for (const PluginEntry& entry : Entries()) {
    if (ClassOf(type) == entry.name) return entry;
  }
  throw std::runtime_error("there is no " + type);
}

inline std::unique_ptr<Transform> MakeTransform(const std::string& type, RawConfig config) {
  static fakes::NoTransformContext context;
  if (type.ends_with("$Key")) config["part"] = "key";
  return EntryOf(type).make_transform(config, context, nullptr);
}
inline std::unique_ptr<Predicate> MakePredicate(const std::string& type, const RawConfig& config) {
  return EntryOf(type).make_predicate(config, nullptr);
}

/// What JSON says, as a converter without schemas makes it.
inline Datum DatumOf(const nlohmann::ordered_json& json) {
  if (json.is_null()) return {};
  if (json.is_boolean()) return Datum(json.get<bool>());
  if (json.is_number_integer()) return Datum(json.get<std::int64_t>());
  if (json.is_number()) return Datum(json.get<double>());
  if (json.is_string()) return Datum(json.get<std::string>());
  if (json.is_array()) {
    Array array;
    for (const auto& item : json) array.push_back(DatumOf(item));
    return Datum(std::move(array));
  }
  Map map;
  for (const auto& [key, value] : json.items()) map.emplace_back(Datum(key), DatumOf(value));
  return Datum(std::move(map));
}

/// The same with a schema of its own: objects as structs, each field optional.
inline Data StructuredOf(const nlohmann::ordered_json& json) {
  if (json.is_object()) {
    Schema schema{.type = DataType::kStruct, .optional = true};
    std::vector<Datum> values;
    for (const auto& [key, value] : json.items()) {
      Data field = StructuredOf(value);
      schema.fields.push_back({key, std::move(field.schema)});
      values.push_back(std::move(field.value));
    }
    auto shared = std::make_shared<const Schema>(std::move(schema));
    return {shared, Datum(Struct{shared, std::move(values)})};
  }
  if (json.is_array()) {
    const SchemaPtr items = json.empty() ? Plain(DataType::kString, true) : StructuredOf(json.front()).schema;
    return {std::make_shared<const Schema>(Schema{.type = DataType::kArray, .optional = true, .values = items}),
            DatumOf(json)};
  }
  Datum value = DatumOf(json);
  return {Plain(value.type().value_or(DataType::kString), true), std::move(value)};
}

inline Value ValueOf(const nlohmann::ordered_json& json, bool with_schema) {
  if (json.is_null()) return {};
  return std::make_shared<const Data>(with_schema ? StructuredOf(json) : Data{nullptr, DatumOf(json)});
}

inline Record RecordOf(const nlohmann::ordered_json& json, bool with_schema) {
  Record record;
  record.topic = json.value("topic", "t");
  record.timestamp = Timestamp(std::chrono::milliseconds(json.value("timestamp", std::int64_t{0})));
  if (json.contains("offset")) record.offset = json["offset"].get<std::int64_t>();
  if (json.contains("partition")) record.partition = json["partition"].get<std::int32_t>();
  if (json.contains("key")) record.key = ValueOf(json["key"], with_schema);
  if (json.contains("value")) record.value = ValueOf(json["value"], with_schema);
  if (json.contains("bytes")) record.value = TextPayload(json["bytes"].get<std::string>());
  for (const auto& header : json.value("headers", nlohmann::ordered_json::array()))
    record.headers.push_back({header[0].get<std::string>(), header[1].get<std::string>()});
  return record;
}

}  // namespace framespool::transforms
