#include "json_schema.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "base64.h"

namespace framespool::converters {

namespace {

using Json = nlohmann::ordered_json;
constexpr int kDeepest = 100;

std::string TypeName(DataType type) {
  if (type == DataType::kFloat32) return "float";
  if (type == DataType::kFloat64) return "double";
  return std::string(NameOf(type));
}

DataType TypeCalled(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(DataType::kStruct); ++i) {
    if (TypeName(static_cast<DataType>(i)) == name) return static_cast<DataType>(i);
  }
  throw std::invalid_argument("its schema has a type \"" + name.substr(0, 50) + "\" that there is not");
}

const Json& At(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) throw std::invalid_argument(std::string("its schema lacks \"") + key + "\"");
  return *found;
}

struct Writer {
  const Schema* schema;

  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(const Payload& bytes) const { return Base64(bytes.text()); }
  // JSON has no numbers for the others: they are text, as Jackson writes them.
  Json operator()(double value) const {
    if (std::isfinite(value)) return value;
    return std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  }
  // Java's shortest text of a float, not that of the double next to it.
  Json operator()(float value) const {
    if (!std::isfinite(value)) return (*this)(double{value});
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    return std::strtod(std::string(text, end).c_str(), nullptr);
  }
  Json operator()(const Array& array) const {
    Json list = Json::array();
    for (const Datum& item : array)
      list.push_back(DatumToJson(item, schema != nullptr ? schema->values.get() : nullptr));
    return list;
  }
  Json operator()(const Map& map) const {
    const Schema* values = schema != nullptr ? schema->values.get() : nullptr;
    const Schema* keys = schema != nullptr ? schema->keys.get() : nullptr;
    const bool is_object =
        keys != nullptr ? keys->type == DataType::kString : std::all_of(map.begin(), map.end(), [](const auto& entry) {
          return std::holds_alternative<std::string>(entry.first.is);
        });
    Json json = is_object ? Json::object() : Json::array();
    for (const auto& [key, value] : map) {
      if (is_object) {
        json[std::get<std::string>(key.is)] = DatumToJson(value, values);
      } else {
        json.push_back(Json::array({DatumToJson(key, keys), DatumToJson(value, values)}));
      }
    }
    return json;
  }
  Json operator()(const Struct& record) const {
    Json json = Json::object();
    for (std::size_t i = 0; i < record.values.size(); ++i) {
      const Schema::Field& field = record.schema->fields.at(i);
      json[field.name] = DatumToJson(record.values[i], field.schema.get());
    }
    return json;
  }
  template <class T>
  Json operator()(const T& plain) const {
    return plain;
  }
};

[[noreturn]] void Refuse(const std::string& place, const std::string& wanted, const Json& json) {
  std::string found = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (found.size() > 100) found = found.substr(0, 97) + "...";
  throw std::invalid_argument(place + " must be " + wanted + ", but is " + found);
}

template <class T>
Datum Whole(const Json& json, const std::string& place, const char* name) {
  // As Java: a whole number that does not fit keeps its lowest bits; of another the fraction is cut off, and what does
  // not fit becomes the nearest int64 first.
  if (json.is_number_integer()) return Datum(static_cast<T>(json.get<std::int64_t>()));
  if (json.is_number_float()) {
    constexpr double kEnd = 9223372036854775808.0;
    const auto number = json.get<double>();
    const std::int64_t whole = number >= kEnd    ? std::numeric_limits<std::int64_t>::max()
                               : number <= -kEnd ? std::numeric_limits<std::int64_t>::min()
                                                 : static_cast<std::int64_t>(number);
    return Datum(static_cast<T>(whole));
  }
  Refuse(place, name, json);
}

Datum Schemaless(const Json& json, const std::string& place, int depth) {
  if (depth > kDeepest) throw std::invalid_argument(place + " is nested more than 100 deep");
  switch (json.type()) {
    case Json::value_t::null: return {};
    case Json::value_t::boolean: return Datum(json.get<bool>());
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned: return Datum(json.get<std::int64_t>());
    case Json::value_t::number_float: return Datum(json.get<double>());
    case Json::value_t::string: return Datum(json.get<std::string>());
    case Json::value_t::array: {
      Array array;
      for (const auto& item : json) array.push_back(Schemaless(item, place, depth + 1));
      return Datum(std::move(array));
    }
    case Json::value_t::object: {
      Map map;
      for (const auto& [key, value] : json.items()) map.emplace_back(Datum(key), Schemaless(value, place, depth + 1));
      return Datum(std::move(map));
    }
    default: break;
  }
  Refuse(place, "JSON", json);
}

Datum MapFromJson(const Json& json, const Schema& schema, const std::string& place) {
  Map map;
  if (schema.keys->type == DataType::kString) {
    if (!json.is_object()) Refuse(place, "an object", json);
    for (const auto& [key, value] : json.items())
      map.emplace_back(Datum(key), DatumFromJson(value, schema.values, place + "." + key));
    return Datum(std::move(map));
  }
  if (!json.is_array()) Refuse(place, "an array of [key, value]", json);
  for (const auto& entry : json) {
    if (!entry.is_array() || entry.size() != 2) Refuse(place, "an array of [key, value]", json);
    map.emplace_back(DatumFromJson(entry[0], schema.keys, place), DatumFromJson(entry[1], schema.values, place));
  }
  return Datum(std::move(map));
}

}  // namespace

Json SchemaToJson(const Schema& schema) {
  Json json{{"type", TypeName(schema.type)}};
  if (schema.type == DataType::kArray) json["items"] = SchemaToJson(*schema.values);
  if (schema.type == DataType::kMap) {
    json["keys"] = SchemaToJson(*schema.keys);
    json["values"] = SchemaToJson(*schema.values);
  }
  if (schema.type == DataType::kStruct) {
    json["fields"] = Json::array();
    for (const Schema::Field& field : schema.fields) {
      Json described = SchemaToJson(*field.schema);
      described["field"] = field.name;
      json["fields"].push_back(std::move(described));
    }
  }
  json["optional"] = schema.optional;
  if (!schema.name.empty()) json["name"] = schema.name;
  if (schema.version) json["version"] = *schema.version;
  return json;
}

SchemaPtr SchemaFromJson(const Json& json, int depth) {
  if (json.is_null()) return nullptr;
  if (depth > kDeepest) throw std::invalid_argument("its schema is nested more than 100 deep");
  if (!json.is_object() || !At(json, "type").is_string())
    throw std::invalid_argument("its schema must be an object with a \"type\"");
  const auto inner = [&](const char* key) {
    SchemaPtr schema = SchemaFromJson(At(json, key), depth + 1);
    if (!schema) throw std::invalid_argument(std::string("its schema must have a schema at \"") + key + "\"");
    return schema;
  };
  Schema schema{.type = TypeCalled(json["type"].get<std::string>())};
  const auto text_at = [&](const char* key) {
    const auto found = json.find(key);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
  };
  const auto optional = json.find("optional");
  schema.optional = optional != json.end() && optional->is_boolean() && optional->get<bool>();
  schema.name = text_at("name");
  if (const auto version = json.find("version"); version != json.end() && version->is_number_integer())
    schema.version = version->get<std::int32_t>();
  if (schema.type == DataType::kArray) schema.values = inner("items");
  if (schema.type == DataType::kMap) {
    schema.keys = inner("keys");
    schema.values = inner("values");
  }
  if (schema.type == DataType::kStruct) {
    const Json& fields = At(json, "fields");
    if (!fields.is_array()) throw std::invalid_argument("its schema must have an array at \"fields\"");
    for (const Json& field : fields) {
      if (!field.is_object() || !At(field, "field").is_string())
        throw std::invalid_argument("a field of its schema lacks \"field\", its name");
      schema.fields.push_back({field["field"].get<std::string>(), SchemaFromJson(field, depth + 1)});
    }
  }
  return std::make_shared<const Schema>(std::move(schema));
}

Json DatumToJson(const Datum& value, const Schema* schema) { return std::visit(Writer{schema}, value.is); }

Datum DatumFromJson(const Json& json, const SchemaPtr& schema, const std::string& place) {
  if (!schema) return Schemaless(json, place, 0);
  if (json.is_null()) {
    if (schema->optional) return {};
    throw std::invalid_argument(place + " must not be null: its schema is not optional");
  }
  switch (schema->type) {
    case DataType::kInt8: return Whole<std::int8_t>(json, place, "int8");
    case DataType::kInt16: return Whole<std::int16_t>(json, place, "int16");
    case DataType::kInt32: return Whole<std::int32_t>(json, place, "int32");
    case DataType::kInt64: return Whole<std::int64_t>(json, place, "int64");
    case DataType::kFloat32:
      if (!json.is_number()) Refuse(place, "a float", json);
      return Datum(json.get<float>());
    case DataType::kFloat64:
      if (!json.is_number()) Refuse(place, "a double", json);
      return Datum(json.get<double>());
    case DataType::kBoolean:
      if (!json.is_boolean()) Refuse(place, "true or false", json);
      return Datum(json.get<bool>());
    case DataType::kString:
      if (!json.is_string()) Refuse(place, "text", json);
      return Datum(json.get<std::string>());
    case DataType::kBytes: {
      auto bytes = json.is_string() ? FromBase64(json.get_ref<const std::string&>()) : std::nullopt;
      if (!bytes) Refuse(place, "bytes as base64", json);
      return Datum(TextPayload(*bytes));
    }
    case DataType::kArray: {
      if (!json.is_array()) Refuse(place, "an array", json);
      Array array;
      for (const auto& item : json) {
        std::string inner = place + "[" + std::to_string(array.size()) + "]";
        array.push_back(DatumFromJson(item, schema->values, inner));
      }
      return Datum(std::move(array));
    }
    case DataType::kMap: return MapFromJson(json, *schema, place);
    case DataType::kStruct: break;
  }
  if (!json.is_object()) Refuse(place, "an object", json);
  Struct record{schema, {}};
  for (const Schema::Field& field : schema->fields) {
    const auto found = json.find(field.name);
    record.values.push_back(
        DatumFromJson(found == json.end() ? Json() : *found, field.schema, place + "." + field.name));
  }
  return Datum(std::move(record));
}

}  // namespace framespool::converters
