#pragma once

#include <optional>
#include <string>

#include "date_pattern.h"
#include "operand.h"

namespace framespool::transforms {

/// Makes times of each other: text, a number since 1970, and Kafka Connect's Date, Time and Timestamp.
class TimestampConverter final : public Transform {
 public:
  static constexpr bool kStateless = true;
  static constexpr bool kWantsData = true;
  struct Config {
    std::string part = "value";
    std::string target_type;
    std::string field;
    std::string format;
    std::string unix_precision = "milliseconds";
  };
  static const ConfigDef<Config>& Describe();
  TimestampConverter(const Config& config, TransformContext& /*context*/);
  bool Apply(RecordRef record) override;

 private:
  SchemaPtr TargetSchema(bool optional) const;
  Datum Converted(const Datum& value, const Schema* schema);
  std::int64_t Read(const Datum& value, const Schema* schema);
  Datum Written(std::int64_t milliseconds);

  const Which which_;
  const std::string target_;
  const std::string field_;
  const std::string pattern_;
  const std::int64_t units_in_ms_;  // of a number since 1970; 0: it counts seconds
  std::optional<DatePattern> format_;
  SchemaCache schemas_;
};

}  // namespace framespool::transforms
