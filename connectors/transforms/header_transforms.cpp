#include "header_transforms.h"

#include <algorithm>
#include <stdexcept>

#include "text_of.h"

namespace framespool::transforms {

const ConfigDef<InsertHeader::Config>& InsertHeader::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Key(keys, "header", &Config::header, "Header", "The header's name.").Required();
    Key(keys, "value.literal", &Config::value_literal, "Value", "Its value, as text.").Required();
    return keys;
  }();
  return def;
}

bool InsertHeader::Apply(RecordRef record) {
  record.headers.push_back({config_.header, config_.value_literal});
  return true;
}

const ConfigDef<DropHeaders::Config>& DropHeaders::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Key(keys, "headers", &Config::headers, "Headers", "Names of the headers to remove, comma-separated.").Required();
    return keys;
  }();
  return def;
}

bool DropHeaders::Apply(RecordRef record) {
  std::erase_if(record.headers, [&](const Header& header) {
    return std::find(config_.headers.begin(), config_.headers.end(), header.key) != config_.headers.end();
  });
  return true;
}

const ConfigDef<HeaderFrom::Config>& HeaderFrom::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    PartKey(keys);
    Key(keys, "fields", &Config::fields, "Fields", "Names of the fields, comma-separated.").Required();
    Key(keys, "headers", &Config::headers, "Headers", "Names of the headers, in the order of the fields.").Required();
    Key(keys, "operation", &Config::operation, "Operation",
        "Whether the fields are moved (move) or stay where they are (copy).")
        .Required()
        .OneOf({"move", "copy"});
    Rule(keys, "headers", [](const Config& config) -> std::optional<std::string> {
      if (config.headers.size() == config.fields.size()) return std::nullopt;
      return "must name as many headers as fields names fields (" + std::to_string(config.fields.size()) +
             "), but names " + std::to_string(config.headers.size());
    });
    return keys;
  }();
  return def;
}

bool HeaderFrom::Takes(const std::string& field) const {
  return std::find(config_.fields.begin(), config_.fields.end(), field) != config_.fields.end();
}

bool HeaderFrom::Apply(RecordRef record) {
  Value& place = PartOf(record, which_);
  Operand operand = OperandOf(place);
  const auto add = [&](std::size_t i, const Datum& value, const Schema* schema) {
    record.headers.push_back({config_.headers[i], value.is_null() ? "" : TextOf(value, schema)});
  };
  if (!operand.schema) {
    Map& map = RequireMap("HeaderFrom", which_, operand);
    for (std::size_t i = 0; i < config_.fields.size(); ++i) {
      const Datum* value = Find(map, config_.fields[i]);
      add(i, value != nullptr ? *value : Datum(), nullptr);
    }
    if (!moves_) return true;
    std::erase_if(map, [&](const auto& entry) { return Takes(std::get<std::string>(entry.first.is)); });
    Put(place, nullptr, std::move(operand.value));
    return true;
  }
  Struct& all = RequireStruct("HeaderFrom", which_, operand);
  for (std::size_t i = 0; i < config_.fields.size(); ++i) {
    const Schema::Field* field = FieldOf(*operand.schema, config_.fields[i]);
    if (field == nullptr) throw std::runtime_error("HeaderFrom: the record has no field " + config_.fields[i]);
    add(i, *all.Find(config_.fields[i]), field->schema.get());
  }
  if (!moves_) return true;
  const SchemaPtr schema = schemas_.Get(operand.schema, [&](const Schema& from) {
    Schema kept = Basics(from);
    for (const Schema::Field& field : from.fields) {
      if (!Takes(field.name)) kept.fields.push_back(field);
    }
    return kept;
  });
  Struct kept{schema, {}};
  for (std::size_t i = 0; i < operand.schema->fields.size(); ++i) {
    if (!Takes(operand.schema->fields[i].name)) kept.values.push_back(std::move(all.values[i]));
  }
  Put(place, schema, Datum(std::move(kept)));
  return true;
}

const ConfigDef<Filter::Config>& Filter::Describe() {
  static const ConfigDef<Config> def;
  return def;
}

}  // namespace framespool::transforms
