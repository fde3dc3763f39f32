#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "operand.h"

namespace framespool::transforms {

/// Adds fields with what the worker knows of the record, or a fixed text.
class InsertField final : public Transform {
 public:
  static constexpr bool kStateless = true;
  static constexpr bool kWantsData = true;
  struct Config {
    std::string part = "value";
    std::string topic_field;
    std::string partition_field;
    std::string offset_field;
    std::string timestamp_field;
    std::string static_field;
    std::string static_value;
  };
  static const ConfigDef<Config>& Describe();
  InsertField(const Config& config, TransformContext& /*context*/);
  bool Apply(RecordRef record) override;

 private:
  enum class What { kTopic, kPartition, kOffset, kTimestamp, kStatic };
  struct Field {
    What what;
    std::string name;
    bool optional;
  };
  /// Null where the record does not say.
  Datum ValueOf(What what, const RecordRef& record) const;
  static SchemaPtr SchemaOf(const Field& field);

  const Which which_;
  const std::string static_value_;
  std::vector<Field> fields_;
  SchemaCache schemas_;
};

/// Leaves fields out and gives others new names.
class ReplaceField final : public Transform {
 public:
  static constexpr bool kStateless = true;
  static constexpr bool kWantsData = true;
  struct Config {
    std::string part = "value";
    std::vector<std::string> include;
    std::vector<std::string> exclude;
    std::vector<std::string> renames;
  };
  static const ConfigDef<Config>& Describe();
  ReplaceField(Config config, TransformContext& /*context*/);
  bool Apply(RecordRef record) override;

 private:
  bool Keeps(const std::string& field) const;
  const std::string& NewName(const std::string& field) const;

  const Config config_;
  const Which which_;
  std::map<std::string, std::string> renames_;
  SchemaCache schemas_;
};

/// Puts nothing, or a fixed text, where a value was.
class MaskField final : public Transform {
 public:
  static constexpr bool kStateless = true;
  static constexpr bool kWantsData = true;
  struct Config {
    std::string part = "value";
    std::vector<std::string> fields;
    std::string replacement;
  };
  static const ConfigDef<Config>& Describe();
  MaskField(Config config, TransformContext& /*context*/) : config_(std::move(config)), which_(WhichOf(config_.part)) {}
  bool Apply(RecordRef record) override;

 private:
  Datum Masked(const std::string& field, const Datum& value) const;

  const Config config_;
  const Which which_;
};

}  // namespace framespool::transforms
