#include "shape_transforms.h"

#include <algorithm>
#include <stdexcept>

namespace framespool::transforms {

const ConfigDef<ExtractField::Config>& ExtractField::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    PartKey(keys);
    Key(keys, "field", &Config::field, "Field", "The field's name, or with field.syntax.version = V2 a path to it.")
        .Required();
    Key(keys, "field.syntax.version", &Config::syntax, "Syntax",
        "V1: field is one name. V2: dots lead into fields of fields; a name with a dot stands between backticks.")
        .OneOf({"V1", "V2"});
    Rule(keys, "field", [](const Config& config) -> std::optional<std::string> {
      if (PathOf(config.field, config.syntax)) return std::nullopt;
      return "must be names with a dot between them, each with two backticks around it or none, but is \"" +
             config.field + "\"";
    });
    return keys;
  }();
  return def;
}

std::optional<std::vector<std::string>> ExtractField::PathOf(const std::string& field, const std::string& syntax) {
  if (syntax == "V1") return std::vector<std::string>{field};
  std::vector<std::string> path;
  for (std::size_t at = 0; at <= field.size();) {
    if (at < field.size() && field[at] == '`') {
      const auto end = field.find('`', at + 1);
      if (end == std::string::npos || (end + 1 < field.size() && field[end + 1] != '.')) return std::nullopt;
      path.push_back(field.substr(at + 1, end - at - 1));
      at = end + 2;
    } else {
      const auto end = std::min(field.find('.', at), field.size());
      path.push_back(field.substr(at, end - at));
      at = end + 1;
    }
    if (path.back().empty()) return std::nullopt;
  }
  return path;
}

ExtractField::ExtractField(const Config& config, TransformContext& /*context*/)
    : which_(WhichOf(config.part)), field_(config.field), path_(PathOf(config.field, config.syntax).value()) {}

bool ExtractField::Apply(RecordRef record) {
  Value& place = PartOf(record, which_);
  Operand operand = OperandOf(place);
  if (operand.value.is_null() && !operand.schema) return true;
  if (!operand.schema) {
    Datum found = std::move(operand.value);
    for (const std::string& name : path_) {
      if (found.is_null()) break;
      Operand inner{nullptr, std::move(found)};
      Datum* next = Find(RequireMap("ExtractField", which_, inner), name);
      Datum value = next != nullptr ? std::move(*next) : Datum();
      found = std::move(value);
    }
    Put(place, nullptr, std::move(found));
    return true;
  }
  SchemaPtr schema = operand.schema;
  Datum found = std::move(operand.value);
  for (const std::string& name : path_) {
    if (schema->type != DataType::kStruct) RefuseKind("ExtractField", which_, {schema, std::move(found)});
    const Schema::Field* field = FieldOf(*schema, name);
    if (field == nullptr) throw std::runtime_error("ExtractField: the record has no field " + field_);
    if (!found.is_null()) {
      auto& fields = std::get<Struct>(found.is);
      Datum value = std::move(fields.values.at(static_cast<std::size_t>(field - schema->fields.data())));
      found = std::move(value);
    }
    SchemaPtr inner = field->schema;
    schema = std::move(inner);
  }
  Put(place, std::move(schema), std::move(found));
  return true;
}

const ConfigDef<HoistField::Config>& HoistField::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    PartKey(keys);
    Key(keys, "field", &Config::field, "Field", "The name of the new field.").Required();
    return keys;
  }();
  return def;
}

bool HoistField::Apply(RecordRef record) {
  Value& place = PartOf(record, which_);
  Operand operand = OperandOf(place);
  if (!operand.schema) {
    Map map;
    map.emplace_back(Datum(field_), std::move(operand.value));
    Put(place, nullptr, Datum(std::move(map)));
    return true;
  }
  const SchemaPtr schema = schemas_.Get(operand.schema, [&](const Schema& /*from*/) {
    return Schema{.type = DataType::kStruct, .fields = {{field_, operand.schema}}};
  });
  Struct outer{schema, {}};
  outer.values.push_back(std::move(operand.value));
  Put(place, schema, Datum(std::move(outer)));
  return true;
}

const ConfigDef<Flatten::Config>& Flatten::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    PartKey(keys);
    Key(keys, "delimiter", &Config::delimiter, "Delimiter", "What stands between the names that are joined.");
    return keys;
  }();
  return def;
}

void Flatten::AddFields(const Schema& from, const std::string& prefix, bool optional, Schema& to) const {
  for (const Schema::Field& field : from.fields) {
    const std::string name = Joined(prefix, field.name);
    const bool may_be_null = optional || field.schema->optional;
    if (field.schema->type == DataType::kStruct) {
      AddFields(*field.schema, name, may_be_null, to);
    } else if (field.schema->type == DataType::kMap) {
      throw std::runtime_error("Flatten: field " + name + " is a map, which has no fields with a schema");
    } else {
      Schema flat = *field.schema;
      flat.optional = may_be_null;
      to.fields.push_back({name, std::make_shared<const Schema>(std::move(flat))});
    }
  }
}

void Flatten::AddValues(const Schema& schema, const Struct* from, Struct& to) const {
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const Datum value = from != nullptr ? from->values.at(i) : Datum();
    if (schema.fields[i].schema->type == DataType::kStruct) {
      AddValues(*schema.fields[i].schema, std::get_if<Struct>(&value.is), to);
    } else {
      to.values.push_back(value);
    }
  }
}

void Flatten::AddEntries(Map& from, const std::string& prefix, Map& to) const {
  for (auto& [key, value] : from) {
    const std::string name = Joined(prefix, std::get<std::string>(key.is));
    if (std::holds_alternative<Map>(value.is)) {
      Operand inner{nullptr, std::move(value)};
      AddEntries(RequireMap("Flatten", which_, inner), name, to);
    } else {
      Set(to, name, std::move(value));
    }
  }
}

bool Flatten::Apply(RecordRef record) {
  Value& place = PartOf(record, which_);
  Operand operand = OperandOf(place);
  if (operand.value.is_null()) return true;
  if (!operand.schema) {
    Map flat;
    AddEntries(RequireMap("Flatten", which_, operand), "", flat);
    Put(place, nullptr, Datum(std::move(flat)));
    return true;
  }
  const Struct& all = RequireStruct("Flatten", which_, operand);
  const SchemaPtr schema = schemas_.Get(operand.schema, [&](const Schema& from) {
    Schema flat = Basics(from);
    AddFields(from, "", from.optional, flat);
    return flat;
  });
  Struct flat{schema, {}};
  AddValues(*operand.schema, &all, flat);
  Put(place, schema, Datum(std::move(flat)));
  return true;
}

const ConfigDef<ValueToKey::Config>& ValueToKey::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Key(keys, "fields", &Config::fields, "Fields", "Names of the value's fields, comma-separated.").Required();
    return keys;
  }();
  return def;
}

bool ValueToKey::Apply(RecordRef record) {
  Operand operand = OperandOf(record.value);
  if (!operand.schema) {
    Map& map = RequireMap("ValueToKey", Which::kValue, operand);
    Map key;
    for (const std::string& field : config_.fields) {
      const Datum* value = Find(map, field);
      Set(key, field, value != nullptr ? *value : Datum());
    }
    Put(record.key, nullptr, Datum(std::move(key)));
    return true;
  }
  const Struct& all = RequireStruct("ValueToKey", Which::kValue, operand);
  const SchemaPtr schema = schemas_.Get(operand.schema, [&](const Schema& from) {
    Schema key{.type = DataType::kStruct};
    for (const std::string& name : config_.fields) {
      const Schema::Field* field = FieldOf(from, name);
      if (field == nullptr) throw std::runtime_error("ValueToKey: the record has no field " + name);
      key.fields.push_back(*field);
    }
    return key;
  });
  Struct key{schema, {}};
  for (const std::string& field : config_.fields) key.values.push_back(*all.Find(field));
  Put(record.key, schema, Datum(std::move(key)));
  return true;
}

}  // namespace framespool::transforms
