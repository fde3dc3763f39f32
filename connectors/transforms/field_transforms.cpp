#include "field_transforms.h"

#include <algorithm>
#include <stdexcept>

#include "numbers.h"

namespace framespool::transforms {

namespace {

bool Has(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// "old:new" of each; nothing for one that is not so.
std::optional<std::map<std::string, std::string>> RenamesOf(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> renames;
  for (const std::string& pair : pairs) {
    const auto colon = pair.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == pair.size() ||
        pair.find(':', colon + 1) != std::string::npos) {
      return std::nullopt;
    }
    renames[pair.substr(0, colon)] = pair.substr(colon + 1);
  }
  return renames;
}

}  // namespace

const ConfigDef<InsertField::Config>& InsertField::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    PartKey(keys);
    Key(keys, "topic.field", &Config::topic_field, "Topic field",
        "The field that gets the topic's name. Here and below: a name with ! behind it is required in the schema, one "
        "with ? or nothing is optional; empty: no such field.");
    Key(keys, "partition.field", &Config::partition_field, "Partition field",
        "The field that gets the partition; on a sink, since a source's record is in none yet.");
    Key(keys, "offset.field", &Config::offset_field, "Offset field", "The field that gets the offset; on a sink only.");
    Key(keys, "timestamp.field", &Config::timestamp_field, "Timestamp field",
        "The field that gets the record's time: a Timestamp with a schema, milliseconds without.");
    Key(keys, "static.field", &Config::static_field, "Static field", "The field that gets static.value.")
        .Dependents({"static.value"});
    Key(keys, "static.value", &Config::static_value, "Static value", "What static.field gets, as text.");
    Rule(keys, "static.value", [](const Config& config) -> std::optional<std::string> {
      if (config.static_field.empty() || !config.static_value.empty()) return std::nullopt;
      return "must not be empty where static.field names a field";
    });
    Rule(keys, "topic.field", [](const Config& config) -> std::optional<std::string> {
      const bool any = !config.topic_field.empty() || !config.partition_field.empty() || !config.offset_field.empty() ||
                       !config.timestamp_field.empty() || !config.static_field.empty();
      if (any) return std::nullopt;
      return "or partition.field, offset.field, timestamp.field or static.field must name a field, but all are empty";
    });
    return keys;
  }();
  return def;
}

InsertField::InsertField(const Config& config, TransformContext& /*context*/)
    : which_(WhichOf(config.part)), static_value_(config.static_value) {
  const std::pair<What, std::string> all[] = {{What::kTopic, config.topic_field},
                                              {What::kPartition, config.partition_field},
                                              {What::kOffset, config.offset_field},
                                              {What::kTimestamp, config.timestamp_field},
                                              {What::kStatic, config.static_field}};
  for (const auto& [what, spec] : all) {
    if (spec.empty()) continue;
    const bool marked = spec.ends_with('!') || spec.ends_with('?');
    fields_.push_back({what, marked ? spec.substr(0, spec.size() - 1) : spec, !spec.ends_with('!')});
  }
}

Datum InsertField::ValueOf(What what, const RecordRef& record) const {
  switch (what) {
    case What::kTopic: return Datum(record.topic);
    case What::kPartition: return record.partition ? Datum(*record.partition) : Datum();
    case What::kOffset:
      if (!record.offset)
        throw std::runtime_error("InsertField: offset.field is for sinks, a source's record has no offset yet");
      return Datum(*record.offset);
    case What::kTimestamp: return Datum(std::int64_t{record.timestamp.time_since_epoch().count()});
    case What::kStatic: return Datum(static_value_);
  }
  return {};
}

SchemaPtr InsertField::SchemaOf(const Field& field) {
  switch (field.what) {
    case What::kTopic:
    case What::kStatic: return Plain(DataType::kString, field.optional);
    case What::kPartition: return Plain(DataType::kInt32, field.optional);
    case What::kOffset: return Plain(DataType::kInt64, field.optional);
    case What::kTimestamp: break;
  }
  return Logical(kTimestampName, field.optional);
}

bool InsertField::Apply(RecordRef record) {
  Value& place = PartOf(record, which_);
  Operand operand = OperandOf(place);
  if (operand.value.is_null()) return true;
  if (!operand.schema) {
    Map& map = RequireMap("InsertField", which_, operand);
    for (const Field& field : fields_) {
      if (Datum value = ValueOf(field.what, record); !value.is_null()) Set(map, field.name, std::move(value));
    }
    Put(place, nullptr, std::move(operand.value));
    return true;
  }
  Struct& all = RequireStruct("InsertField", which_, operand);
  const SchemaPtr schema = schemas_.Get(operand.schema, [&](const Schema& from) {
    Schema longer = Basics(from);
    longer.fields = from.fields;
    for (const Field& field : fields_) {
      if (FieldOf(from, field.name) != nullptr)
        throw std::runtime_error("InsertField: the record has a field " + field.name + " already");
      longer.fields.push_back({field.name, SchemaOf(field)});
    }
    return longer;
  });
  all.schema = schema;
  for (const Field& field : fields_) all.values.push_back(ValueOf(field.what, record));
  Put(place, schema, std::move(operand.value));
  return true;
}

const ConfigDef<ReplaceField::Config>& ReplaceField::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    PartKey(keys);
    Key(keys, "include", &Config::include, "Include", "The only fields that stay, comma-separated; empty: all.");
    Key(keys, "exclude", &Config::exclude, "Exclude", "Fields that go, comma-separated, also of those in include.");
    Key(keys, "renames", &Config::renames, "Renames", "New names, comma-separated: old:new,other:another.");
    Rule(keys, "renames", [](const Config& config) -> std::optional<std::string> {
      if (RenamesOf(config.renames)) return std::nullopt;
      return "must be pairs old:new, comma-separated, but is \"" + FormatValue(config.renames) + "\"";
    });
    return keys;
  }();
  return def;
}

ReplaceField::ReplaceField(Config config, TransformContext& /*context*/)
    : config_(std::move(config)), which_(WhichOf(config_.part)), renames_(RenamesOf(config_.renames).value()) {}

bool ReplaceField::Keeps(const std::string& field) const {
  return !Has(config_.exclude, field) && (config_.include.empty() || Has(config_.include, field));
}

const std::string& ReplaceField::NewName(const std::string& field) const {
  const auto renamed = renames_.find(field);
  return renamed == renames_.end() ? field : renamed->second;
}

bool ReplaceField::Apply(RecordRef record) {
  Value& place = PartOf(record, which_);
  Operand operand = OperandOf(place);
  if (operand.value.is_null()) return true;
  if (!operand.schema) {
    Map kept;
    for (auto& [key, value] : RequireMap("ReplaceField", which_, operand)) {
      const auto& name = std::get<std::string>(key.is);
      if (Keeps(name)) Set(kept, NewName(name), std::move(value));
    }
    Put(place, nullptr, Datum(std::move(kept)));
    return true;
  }
  Struct& all = RequireStruct("ReplaceField", which_, operand);
  const SchemaPtr schema = schemas_.Get(operand.schema, [&](const Schema& from) {
    Schema kept = Basics(from);
    for (const Schema::Field& field : from.fields) {
      if (!Keeps(field.name)) continue;
      if (FieldOf(kept, NewName(field.name)) != nullptr)
        throw std::runtime_error("ReplaceField: two fields would be called " + NewName(field.name));
      kept.fields.push_back({NewName(field.name), field.schema});
    }
    return kept;
  });
  Struct kept{schema, {}};
  for (std::size_t i = 0; i < operand.schema->fields.size(); ++i) {
    if (Keeps(operand.schema->fields[i].name)) kept.values.push_back(std::move(all.values[i]));
  }
  Put(place, schema, Datum(std::move(kept)));
  return true;
}

const ConfigDef<MaskField::Config>& MaskField::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    PartKey(keys);
    Key(keys, "fields", &Config::fields, "Fields", "Names of the fields to mask, comma-separated.").Required();
    Key(keys, "replacement", &Config::replacement, "Replacement",
        "What numbers and texts become; empty: 0, an empty text, false, or an empty array or map.");
    return keys;
  }();
  return def;
}

Datum MaskField::Masked(const std::string& field, const Datum& value) const {
  const auto type = value.type();
  if (!type) return {};
  if (config_.replacement.empty()) {
    switch (*type) {
      case DataType::kString: return Datum("");
      case DataType::kBoolean: return Datum(false);
      case DataType::kArray: return Datum(Array());
      case DataType::kMap: return Datum(Map());
      case DataType::kBytes:
      case DataType::kStruct: break;
      default: return NumberOf(*type, "0").value();
    }
  } else if (*type == DataType::kString) {
    return Datum(config_.replacement);
  } else if (*type < DataType::kBoolean) {
    if (auto number = NumberOf(*type, config_.replacement)) return std::move(*number);
    throw std::runtime_error("MaskField: the replacement of field " + field + " must be " + std::string(NameOf(*type)) +
                             ", but is \"" + config_.replacement + "\"");
  }
  throw std::runtime_error("MaskField cannot mask field " + field + ", which is " + std::string(NameOf(*type)) +
                           (config_.replacement.empty() ? "" : ", with a replacement"));
}

bool MaskField::Apply(RecordRef record) {
  Value& place = PartOf(record, which_);
  Operand operand = OperandOf(place);
  if (!operand.schema) {
    Map& map = RequireMap("MaskField", which_, operand);
    for (const std::string& field : config_.fields) {
      const Datum* value = Find(map, field);
      Set(map, field, value != nullptr ? Masked(field, *value) : Datum());
    }
  } else {
    Struct& all = RequireStruct("MaskField", which_, operand);
    for (std::size_t i = 0; i < all.values.size(); ++i) {
      const std::string& field = operand.schema->fields.at(i).name;
      if (Has(config_.fields, field)) all.values[i] = Masked(field, all.values[i]);
    }
  }
  SchemaPtr schema = operand.schema;
  Put(place, std::move(schema), std::move(operand.value));
  return true;
}

}  // namespace framespool::transforms
