#include "cast.h"

#include <algorithm>
#include <stdexcept>

#include "numbers.h"
#include "text_of.h"

namespace framespool::transforms {

namespace {

std::optional<DataType> TypeCalled(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(DataType::kString); ++i) {
    if (NameOf(static_cast<DataType>(i)) == name) return static_cast<DataType>(i);
  }
  return std::nullopt;
}

bool IsTrue(const std::string& text) {
  constexpr std::string_view kTrue = "true";
  return std::equal(text.begin(), text.end(), kTrue.begin(), kTrue.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; });
}

/// `place` is "the value" or a field's name, for a sentence.
Datum Casted(const Datum& value, const Schema* schema, DataType type, const std::string& place) {
  const auto from = value.type();
  if (!from) return {};
  const auto refuse = [&](const std::string& why) -> Datum {
    throw std::runtime_error("Cast: " + place + " cannot become " + std::string(NameOf(type)) + ": " + why);
  };
  if (*from > DataType::kBytes) return refuse("it is " + std::string(NameOf(*from)));
  if (type == DataType::kString) return Datum(TextOf(value, schema));
  if (*from == DataType::kBytes) return refuse("it is bytes, which can only become text (base64)");
  const auto* text = std::get_if<std::string>(&value.is);
  const auto* truth = std::get_if<bool>(&value.is);
  if (type == DataType::kBoolean) {
    if (truth != nullptr) return value;
    if (text != nullptr) return Datum(IsTrue(*text));
    return Datum(std::get<std::int64_t>(Narrowed(DataType::kInt64, value).value().is) != 0);
  }
  if (truth != nullptr) return Narrowed(type, Datum(std::int8_t{*truth ? std::int8_t{1} : std::int8_t{0}})).value();
  if (text == nullptr) return Narrowed(type, value).value();
  if (auto number = NumberOf(type, *text)) return std::move(*number);
  return refuse("it is \"" + text->substr(0, 100) + "\"");
}

}  // namespace

const ConfigDef<Cast::Config>& Cast::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    PartKey(keys);
    Key(keys, "spec", &Config::spec, "Types",
        "Fields and their types, comma-separated: field1:type,field2:type; or one type for the whole key or value. "
        "Types: int8, int16, int32, int64, float32, float64, boolean, string. Bytes can only become string.")
        .Required();
    Rule(keys, "spec", [](const Config& config) -> std::optional<std::string> {
      if (TypesOf(config.spec)) return std::nullopt;
      return "must be field:type, comma-separated, or one type alone, of int8, int16, int32, int64, float32, "
             "float64, boolean and string, but is \"" +
             FormatValue(config.spec) + "\"";
    });
    return keys;
  }();
  return def;
}

std::optional<Cast::Types> Cast::TypesOf(const std::vector<std::string>& spec) {
  Types types;
  for (const std::string& item : spec) {
    const auto colon = item.find(':');
    const auto type = TypeCalled(
        Trim(colon == std::string::npos ? std::string_view(item) : std::string_view(item).substr(colon + 1)));
    if (!type) return std::nullopt;
    if (colon == std::string::npos) {
      if (spec.size() > 1) return std::nullopt;
      types.whole = type;
    } else {
      types.fields[std::string(Trim(std::string_view(item).substr(0, colon)))] = *type;
    }
  }
  return types;
}

Cast::Cast(const Config& config, TransformContext& /*context*/)
    : which_(WhichOf(config.part)), types_(TypesOf(config.spec).value()) {}

bool Cast::Apply(RecordRef record) {
  Value& place = PartOf(record, which_);
  Operand operand = OperandOf(place);
  if (operand.value.is_null()) return true;
  if (types_.whole) {
    SchemaPtr schema;
    if (operand.schema) {
      schema = schemas_.Get(
          operand.schema, [&](const Schema& from) { return Schema{.type = *types_.whole, .optional = from.optional}; });
    }
    Put(place, schema,
        Casted(operand.value, operand.schema.get(), *types_.whole, which_ == Which::kKey ? "the key" : "the value"));
    return true;
  }
  if (!operand.schema) {
    Map& map = RequireMap("Cast", which_, operand);
    for (const auto& [field, type] : types_.fields) {
      const Datum* value = Find(map, field);
      Set(map, field, value != nullptr ? Casted(*value, nullptr, type, "field " + field) : Datum());
    }
    Put(place, nullptr, std::move(operand.value));
    return true;
  }
  Struct& all = RequireStruct("Cast", which_, operand);
  const SchemaPtr schema = schemas_.Get(operand.schema, [&](const Schema& from) {
    Schema to = from;
    for (Schema::Field& field : to.fields) {
      if (const auto type = types_.fields.find(field.name); type != types_.fields.end())
        field.schema = Plain(type->second, field.schema->optional);
    }
    return to;
  });
  for (std::size_t i = 0; i < all.values.size(); ++i) {
    const Schema::Field& field = operand.schema->fields.at(i);
    if (const auto type = types_.fields.find(field.name); type != types_.fields.end())
      all.values[i] = Casted(all.values[i], field.schema.get(), type->second, "field " + field.name);
  }
  all.schema = schema;
  Put(place, schema, std::move(operand.value));
  return true;
}

}  // namespace framespool::transforms
