#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "operand.h"

namespace framespool::transforms {

/// Makes numbers, booleans and texts of each other, in fields or as a whole.
class Cast final : public Transform {
 public:
  static constexpr bool kStateless = true;
  static constexpr bool kWantsData = true;
  struct Config {
    std::string part = "value";
    std::vector<std::string> spec;
  };
  static const ConfigDef<Config>& Describe();
  Cast(const Config& config, TransformContext& /*context*/);
  bool Apply(RecordRef record) override;

 private:
  struct Types {
    std::optional<DataType> whole{};
    std::map<std::string, DataType> fields{};
  };
  static std::optional<Types> TypesOf(const std::vector<std::string>& spec);

  const Which which_;
  const Types types_;
  SchemaCache schemas_;
};

}  // namespace framespool::transforms
