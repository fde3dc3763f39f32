#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "operand.h"

namespace framespool::transforms {

/// Puts one field in the place of the whole.
class ExtractField final : public Transform {
 public:
  static constexpr bool kStateless = true;
  static constexpr bool kWantsData = true;
  struct Config {
    std::string part = "value";
    std::string field;
    std::string syntax = "V1";
  };
  static const ConfigDef<Config>& Describe();
  ExtractField(const Config& config, TransformContext& /*context*/);
  bool Apply(RecordRef record) override;

  /// The names in a path: "a.`b.c`" of V2 are two, of V1 it is one. Nothing when an apostrophe is not closed.
  static std::optional<std::vector<std::string>> PathOf(const std::string& field, const std::string& syntax);

 private:
  const Which which_;
  const std::string field_;
  const std::vector<std::string> path_;
};

/// Makes the whole the only field of a struct or a map.
class HoistField final : public Transform {
 public:
  static constexpr bool kStateless = true;
  static constexpr bool kWantsData = true;
  struct Config {
    std::string part = "value";
    std::string field;
  };
  static const ConfigDef<Config>& Describe();
  HoistField(const Config& config, TransformContext& /*context*/)
      : which_(WhichOf(config.part)), field_(config.field) {}
  bool Apply(RecordRef record) override;

 private:
  const Which which_;
  const std::string field_;
  SchemaCache schemas_;
};

/// Makes fields of structs and maps within the whole fields of the whole, with their names joined.
class Flatten final : public Transform {
 public:
  static constexpr bool kStateless = true;
  static constexpr bool kWantsData = true;
  struct Config {
    std::string part = "value";
    std::string delimiter = ".";
  };
  static const ConfigDef<Config>& Describe();
  Flatten(const Config& config, TransformContext& /*context*/)
      : which_(WhichOf(config.part)), delimiter_(config.delimiter) {}
  bool Apply(RecordRef record) override;

 private:
  std::string Joined(const std::string& prefix, const std::string& name) const {
    return prefix.empty() ? name : prefix + delimiter_ + name;
  }
  void AddFields(const Schema& from, const std::string& prefix, bool optional, Schema& to) const;
  void AddValues(const Schema& schema, const Struct* from, Struct& to) const;
  void AddEntries(Map& from, const std::string& prefix, Map& to) const;

  const Which which_;
  const std::string delimiter_;
  SchemaCache schemas_;
};

/// Makes a new key of some of the value's fields.
class ValueToKey final : public Transform {
 public:
  static constexpr bool kStateless = true;
  static constexpr bool kWantsData = true;
  struct Config {
    std::vector<std::string> fields;
  };
  static const ConfigDef<Config>& Describe();
  ValueToKey(Config config, TransformContext& /*context*/) : config_(std::move(config)) {}
  bool Apply(RecordRef record) override;

 private:
  const Config config_;
  SchemaCache schemas_;
};

}  // namespace framespool::transforms
