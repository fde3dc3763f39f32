#include "timestamp_converter.h"

#include <limits>
#include <stdexcept>

#include "text_of.h"

namespace framespool::transforms {

namespace {

/// As Java's TimeUnit.convert(): what does not fit becomes the nearest that does.
std::int64_t Times(std::int64_t value, std::int64_t factor) {
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(value, factor, &product)) return product;
  return value < 0 ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
}

}  // namespace

const ConfigDef<TimestampConverter::Config>& TimestampConverter::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    PartKey(keys);
    Key(keys, "target.type", &Config::target_type, "Target type", "What the time becomes.")
        .Required()
        .OneOf({"string", "unix", "Date", "Time", "Timestamp"});
    Key(keys, "field", &Config::field, "Field", "The field that holds the time; empty: the whole key or value is one.");
    Key(keys, "format", &Config::format, "Format",
        "How text is read and written, in UTC: a pattern of Java's SimpleDateFormat.");
    Key(keys, "unix.precision", &Config::unix_precision, "Precision of numbers",
        "What a number since 1970 counts, one that is read and one that is written.")
        .OneOf({"seconds", "milliseconds", "microseconds", "nanoseconds"});
    Rule(keys, "format", [](const Config& config) -> std::optional<std::string> {
      if (!config.format.empty()) return DatePattern::Problem(config.format);
      if (config.target_type != "string") return std::nullopt;
      return "must not be empty where target.type is string: it says how the time is written";
    });
    return keys;
  }();
  return def;
}

TimestampConverter::TimestampConverter(const Config& config, TransformContext& /*context*/)
    : which_(WhichOf(config.part)),
      target_(config.target_type),
      field_(config.field),
      pattern_(config.format),
      units_in_ms_(config.unix_precision == "seconds"        ? 0
                   : config.unix_precision == "milliseconds" ? 1
                   : config.unix_precision == "microseconds" ? 1000
                                                             : 1000000) {
  if (!config.format.empty()) format_.emplace(config.format);
}

SchemaPtr TimestampConverter::TargetSchema(bool optional) const {
  if (target_ == "string") return Plain(DataType::kString, optional);
  if (target_ == "unix") return Plain(DataType::kInt64, optional);
  return Logical(target_ == "Date" ? kDateName : target_ == "Time" ? kTimeName : kTimestampName, optional);
}

std::int64_t TimestampConverter::Read(const Datum& value, const Schema* schema) {
  if (const auto milliseconds = MillisecondsOf(value, schema)) return *milliseconds;
  if (const auto* text = std::get_if<std::string>(&value.is)) {
    if (!format_)
      throw std::runtime_error("TimestampConverter: a time that is text needs format to say how to read it");
    if (const auto milliseconds = format_->Parse(*text)) return *milliseconds;
    throw std::runtime_error("TimestampConverter: the time must be as format says (" + pattern_ + "), but is \"" +
                             text->substr(0, 100) + "\"");
  }
  if (const auto* number = std::get_if<std::int64_t>(&value.is)) {
    return units_in_ms_ == 0 ? Times(*number, 1000) : *number / units_in_ms_;
  }
  throw std::runtime_error("TimestampConverter: a time must be text, an int64, or a Date, Time or Timestamp, but is " +
                           KindOf({nullptr, value}));
}

Datum TimestampConverter::Written(std::int64_t milliseconds) {
  if (target_ == "string") return Datum(format_->Format(milliseconds));
  if (target_ == "unix") return Datum(units_in_ms_ == 0 ? milliseconds / 1000 : Times(milliseconds, units_in_ms_));
  if (target_ == "Date") return Datum(static_cast<std::int32_t>(DaysOf(milliseconds)));
  if (target_ == "Time") return Datum(static_cast<std::int32_t>(InDay(milliseconds)));
  return Datum(milliseconds);
}

Datum TimestampConverter::Converted(const Datum& value, const Schema* schema) {
  return value.is_null() ? Datum() : Written(Read(value, schema));
}

bool TimestampConverter::Apply(RecordRef record) {
  Value& place = PartOf(record, which_);
  Operand operand = OperandOf(place);
  if (operand.value.is_null() && !operand.schema) return true;
  if (field_.empty()) {
    SchemaPtr schema = operand.schema ? TargetSchema(operand.schema->optional) : nullptr;
    Put(place, std::move(schema), Converted(operand.value, operand.schema.get()));
    return true;
  }
  if (operand.schema && operand.schema->type != DataType::kStruct) RefuseKind("TimestampConverter", which_, operand);
  if (operand.value.is_null()) return true;
  if (!operand.schema) {
    Map& map = RequireMap("TimestampConverter", which_, operand);
    const Datum* value = Find(map, field_);
    Set(map, field_, value != nullptr ? Converted(*value, nullptr) : Datum());
    Put(place, nullptr, std::move(operand.value));
    return true;
  }
  Struct& all = RequireStruct("TimestampConverter", which_, operand);
  const SchemaPtr schema = schemas_.Get(operand.schema, [&](const Schema& from) {
    Schema to = from;
    for (Schema::Field& field : to.fields) {
      if (field.name == field_) field.schema = TargetSchema(field.schema->optional);
    }
    return to;
  });
  for (std::size_t i = 0; i < all.values.size(); ++i) {
    const Schema::Field& field = operand.schema->fields.at(i);
    if (field.name == field_) all.values[i] = Converted(all.values[i], field.schema.get());
  }
  all.schema = schema;
  Put(place, schema, std::move(operand.value));
  return true;
}

}  // namespace framespool::transforms
