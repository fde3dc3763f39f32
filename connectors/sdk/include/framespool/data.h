#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "framespool/value.h"

/// Structured data, with Kafka Connect's types: what converters make of bytes and bytes of, and what transforms work
/// on.
namespace framespool {

enum class DataType : std::uint8_t {
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kFloat32,
  kFloat64,
  kBoolean,
  kString,  // UTF-8
  kBytes,
  kArray,
  kMap,
  kStruct,
};

/// As Kafka Connect spells it: "int8", "float64", "struct".
constexpr std::string_view NameOf(DataType type) {
  constexpr std::string_view kNames[] = {"int8",    "int16",  "int32", "int64", "float32", "float64",
                                         "boolean", "string", "bytes", "array", "map",     "struct"};
  return kNames[static_cast<std::size_t>(type)];
}

struct Schema;
using SchemaPtr = std::shared_ptr<const Schema>;

/// What a value may be. `name` and `version` say what its type stands for (Kafka Connect's logical types, e.g.
/// org.apache.kafka.connect.data.Timestamp, an int64).
struct Schema {
  struct Field {
    std::string name;
    SchemaPtr schema;
  };
  DataType type = DataType::kString;
  bool optional = false;  // null is allowed
  std::string name{};
  std::optional<std::int32_t> version{};
  SchemaPtr keys{};             // kMap
  SchemaPtr values{};           // kMap and kArray
  std::vector<Field> fields{};  // kStruct
};

struct Datum;

/// The fields of a struct, in the order of its schema.
struct Struct {
  SchemaPtr schema;
  std::vector<Datum> values;
  /// The value of the field called `name`; null when the schema has none.
  const Datum* Find(std::string_view name) const;
};
using Array = std::vector<Datum>;
/// In the order in which it came. What was read without a schema has objects as maps with text for keys.
using Map = std::vector<std::pair<Datum, Datum>>;

/// One value, null included.
struct Datum {
  std::variant<std::monostate, std::int8_t, std::int16_t, std::int32_t, std::int64_t, float, double, bool, std::string,
               Payload, Array, Map, Struct>
      is{};

  Datum() = default;
  template <class T>  // NOLINTNEXTLINE(google-explicit-constructor): whatever it can be is one
  requires(!std::is_same_v<std::remove_cvref_t<T>, Datum> && !std::is_convertible_v<T, std::string_view>) Datum(T value)
      : is(std::in_place_type<T>, std::move(value)) {}
  Datum(std::string_view text) : is(std::string(text)) {}  // NOLINT(*-explicit-*)
  Datum(const char* text) : is(std::string(text)) {}       // NOLINT(*-explicit-*)
  Datum(std::string text) : is(std::move(text)) {}         // NOLINT(*-explicit-*)

  bool is_null() const noexcept { return is.index() == 0; }
  /// The alternatives stand in the order of DataType, behind null.
  std::optional<DataType> type() const noexcept {
    return is_null() ? std::nullopt : std::optional(static_cast<DataType>(is.index() - 1));
  }
};

inline const Datum* Struct::Find(std::string_view name) const {
  for (std::size_t i = 0; schema && i < schema->fields.size() && i < values.size(); ++i) {
    if (schema->fields[i].name == name) return &values[i];
  }
  return nullptr;
}

/// A value and what it was said to be; null `schema`: nothing was said (JSON without a schema).
struct Data {
  SchemaPtr schema;
  Datum value;
};

/// What of `value` is not as `schema` says, as a sentence that names the place; empty when all is.
inline std::string SchemaProblem(const Schema& schema, const Datum& value, const std::string& place = "the value") {
  if (value.is_null()) return schema.optional ? "" : place + " must not be null: its schema is not optional";
  if (value.type() != schema.type) {
    return place + " must be " + std::string(NameOf(schema.type)) + ", but is " + std::string(NameOf(*value.type()));
  }
  if (const auto* array = std::get_if<Array>(&value.is)) {
    for (std::size_t i = 0; schema.values && i < array->size(); ++i) {
      auto problem = SchemaProblem(*schema.values, (*array)[i], place + "[" + std::to_string(i) + "]");
      if (!problem.empty()) return problem;
    }
  } else if (const auto* map = std::get_if<Map>(&value.is)) {
    for (std::size_t i = 0; i < map->size(); ++i) {
      const std::string entry = place + ", entry " + std::to_string(i) + ", ";
      std::string problem = schema.keys ? SchemaProblem(*schema.keys, (*map)[i].first, entry + "key") : "";
      if (problem.empty() && schema.values) problem = SchemaProblem(*schema.values, (*map)[i].second, entry + "value");
      if (!problem.empty()) return problem;
    }
  } else if (const auto* record = std::get_if<Struct>(&value.is)) {
    if (record->values.size() != schema.fields.size()) {
      return place + " must have " + std::to_string(schema.fields.size()) + " fields, but has " +
             std::to_string(record->values.size());
    }
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      const Schema::Field& field = schema.fields[i];
      auto problem = SchemaProblem(*field.schema, record->values[i], place + "." + field.name);
      if (!problem.empty()) return problem;
    }
  }
  return {};
}

}  // namespace framespool
