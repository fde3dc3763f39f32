#include "operand.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace framespool::transforms {

Which WhichOf(const std::string& part) { return part == "key" ? Which::kKey : Which::kValue; }

Value& PartOf(RecordRef& record, Which which) { return which == Which::kKey ? record.key : record.value; }

Operand OperandOf(const Value& value) {
  if (value.is_null()) return {};
  if (const auto data = value.data()) return {data->schema, data->value};
  return {Plain(DataType::kBytes, true), Datum(value.payload())};
}

void Put(Value& place, SchemaPtr schema, Datum value) {
  if (value.is_null() && !schema) {
    place = Value();
  } else if (auto* bytes = std::get_if<Payload>(&value.is); bytes != nullptr && (!schema || schema->name.empty())) {
    place = Value(std::move(*bytes));
  } else {
    place = Value(std::make_shared<const Data>(Data{std::move(schema), std::move(value)}));
  }
}

std::string KindOf(const Operand& operand) {
  const auto type = operand.value.type();
  if (!type) return "null";
  if (*type == DataType::kBytes) return "bytes";
  if (*type == DataType::kStruct || *type == DataType::kMap) return "a " + std::string(NameOf(*type));
  if (*type == DataType::kArray) return "an array";
  return std::string(NameOf(*type));
}

void RefuseKind(const char* doing, Which which, const Operand& operand) {
  const std::string part = which == Which::kKey ? "key" : "value";
  std::string sentence =
      std::string(doing) + " wants a record whose " + part + " has fields, but it is " + KindOf(operand);
  if (operand.value.type() == DataType::kBytes) {
    sentence += "; on a sink " + part + ".converter makes data of bytes (JsonConverter)";
  }
  throw std::runtime_error(sentence);
}

Struct& RequireStruct(const char* doing, Which which, Operand& operand) {
  if (auto* record = std::get_if<Struct>(&operand.value.is)) return *record;
  RefuseKind(doing, which, operand);
}

Map& RequireMap(const char* doing, Which which, Operand& operand) {
  auto* map = std::get_if<Map>(&operand.value.is);
  const bool named = map != nullptr && std::all_of(map->begin(), map->end(), [](const auto& entry) {
                       return std::holds_alternative<std::string>(entry.first.is);
                     });
  if (named) return *map;
  RefuseKind(doing, which, operand);
}

Datum* Find(Map& map, std::string_view name) {
  for (auto& [key, value] : map) {
    const auto* text = std::get_if<std::string>(&key.is);
    if (text != nullptr && *text == name) return &value;
  }
  return nullptr;
}

void Set(Map& map, const std::string& name, Datum value) {
  if (Datum* found = Find(map, name)) {
    *found = std::move(value);
  } else {
    map.emplace_back(Datum(name), std::move(value));
  }
}

const Schema::Field* FieldOf(const Schema& schema, std::string_view name) {
  const auto field = std::find_if(schema.fields.begin(), schema.fields.end(),
                                  [&](const Schema::Field& each) { return each.name == name; });
  return field == schema.fields.end() ? nullptr : &*field;
}

SchemaPtr Plain(DataType type, bool optional) {
  return std::make_shared<const Schema>(Schema{.type = type, .optional = optional});
}

SchemaPtr Logical(std::string_view name, bool optional) {
  return std::make_shared<const Schema>(Schema{.type = name == kTimestampName ? DataType::kInt64 : DataType::kInt32,
                                               .optional = optional,
                                               .name = std::string(name),
                                               .version = 1});
}

Schema Basics(const Schema& schema) {
  return {.type = DataType::kStruct, .name = schema.name, .version = schema.version};
}

}  // namespace framespool::transforms
