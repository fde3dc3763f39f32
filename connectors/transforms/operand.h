#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <framespool/data.h>
#include <framespool/transform.h>

namespace framespool::transforms {

/// The key or the value of a record as data. Bytes and pictures are bytes with a schema, as Kafka Connect's
/// ByteArrayConverter has them; null has none.
struct Operand {
  SchemaPtr schema;
  Datum value;
};

/// Which of the two a transform works on.
enum class Which { kKey, kValue };
Which WhichOf(const std::string& part);

Value& PartOf(RecordRef& record, Which which);
Operand OperandOf(const Value& value);
/// Back into a record: bytes as bytes, null without a schema as null, all else as data.
void Put(Value& place, SchemaPtr schema, Datum value);

/// What `operand` is, for a sentence: "bytes", "a map", "a struct", "null", "int64".
std::string KindOf(const Operand& operand);
[[noreturn]] void RefuseKind(const char* doing, Which which, const Operand& operand);

/// The fields of data with a schema, or of data without; throws a sentence that names `doing` for anything else.
Struct& RequireStruct(const char* doing, Which which, Operand& operand);
Map& RequireMap(const char* doing, Which which, Operand& operand);

/// The entry of a map with text for keys; null where there is none.
Datum* Find(Map& map, std::string_view name);
/// Replaces the entry, or adds it at the end.
void Set(Map& map, const std::string& name, Datum value);
const Schema::Field* FieldOf(const Schema& schema, std::string_view name);

SchemaPtr Plain(DataType type, bool optional);
/// The logical types of Kafka Connect that hold times.
inline constexpr std::string_view kDateName = "org.apache.kafka.connect.data.Date";            // int32, days
inline constexpr std::string_view kTimeName = "org.apache.kafka.connect.data.Time";            // int32, milliseconds
inline constexpr std::string_view kTimestampName = "org.apache.kafka.connect.data.Timestamp";  // int64, milliseconds
SchemaPtr Logical(std::string_view name, bool optional);
/// A struct's schema of the same name and version, without fields, and not optional: as Kafka Connect's
/// copySchemaBasics().
Schema Basics(const Schema& schema);

/// A schema made of another is the same for the next record of that schema.
class SchemaCache {
 public:
  template <class F>
  SchemaPtr Get(const SchemaPtr& schema, F make) {
    if (from_ != schema) {
      to_ = std::make_shared<const Schema>(make(*schema));
      from_ = schema;
    }
    return to_;
  }

 private:
  SchemaPtr from_;
  SchemaPtr to_;
};

/// A key of a transform, as the form shows it.
template <class Config, class T>
ConfigDef<Config>& Key(ConfigDef<Config>& def, const char* name, T Config::*member, const char* display,
                       const char* doc) {
  return def.Field(name, member, doc).DisplayName(display).Group("Transform");
}

/// A rule that says as a sentence what is wrong with `field`, or nothing.
template <class Config, class F>
void Rule(ConfigDef<Config>& def, const char* field, F rule) {
  def.Rule(field, [rule](const Config& config) -> std::optional<Problem> {
    std::optional<std::string> sentence = rule(config);
    if (!sentence) return std::nullopt;
    return Problem{.message = std::move(*sentence)};
  });
}

/// The key that a transform of both parts has.
template <class Config>
ConfigDef<Config>& PartKey(ConfigDef<Config>& def) {
  return Key(def, "part", &Config::part, "Part",
             "Whether it works on the record's key or its value; $Key or $Value behind the class's name sets it.")
      .OneOf({"key", "value"});
}

}  // namespace framespool::transforms
