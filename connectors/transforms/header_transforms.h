#pragma once

#include <string>
#include <utility>
#include <vector>

#include "operand.h"

namespace framespool::transforms {

/// Adds a header, behind those that the record has.
class InsertHeader final : public Transform {
 public:
  static constexpr bool kStateless = true;
  struct Config {
    std::string header;
    std::string value_literal;
  };
  static const ConfigDef<Config>& Describe();
  InsertHeader(Config config, TransformContext& /*context*/) : config_(std::move(config)) {}
  bool Apply(RecordRef record) override;

 private:
  const Config config_;
};

/// Removes all headers of some names.
class DropHeaders final : public Transform {
 public:
  static constexpr bool kStateless = true;
  struct Config {
    std::vector<std::string> headers;
  };
  static const ConfigDef<Config>& Describe();
  DropHeaders(Config config, TransformContext& /*context*/) : config_(std::move(config)) {}
  bool Apply(RecordRef record) override;

 private:
  const Config config_;
};

/// Moves or copies fields of structured data into headers, as text.
class HeaderFrom final : public Transform {
 public:
  static constexpr bool kStateless = true;
  static constexpr bool kWantsData = true;
  struct Config {
    std::string part = "value";
    std::vector<std::string> fields;
    std::vector<std::string> headers;
    std::string operation;
  };
  static const ConfigDef<Config>& Describe();
  HeaderFrom(Config config, TransformContext& /*context*/)
      : config_(std::move(config)), which_(WhichOf(config_.part)), moves_(config_.operation == "move") {}
  bool Apply(RecordRef record) override;

 private:
  bool Takes(const std::string& field) const;

  const Config config_;
  const Which which_;
  const bool moves_;
  SchemaCache schemas_;
};

/// Leaves every record out that its predicate names.
class Filter final : public Transform {
 public:
  static constexpr bool kStateless = true;
  struct Config {};
  static const ConfigDef<Config>& Describe();
  Filter(const Config& /*config*/, TransformContext& /*context*/) {}
  bool Apply(RecordRef /*record*/) override { return false; }
};

}  // namespace framespool::transforms
