#pragma once

#include <cstdint>
#include <string>

#include <framespool/data.h>
#include <framespool/transform.h>

namespace framespool::converters {

/// JSON, as Kafka Connect's JsonConverter writes it: with schemas in an envelope {"schema", "payload"}, or the bare
/// payload.
class JsonConverter final : public Converter {
 public:
  struct Config {
    bool schemas_enable = true;
    std::int32_t schemas_cache_size = 1000;
    std::string decimal_format = "BASE64";
  };
  static const ConfigDef<Config>& Describe();
  explicit JsonConverter(const Config& config) : with_schemas_(config.schemas_enable) {}
  RecordValue FromData(const std::string& topic, const Headers& headers, RecordValue value) override;
  RecordValue ToData(const std::string& topic, const Headers& headers, RecordValue value) override;

 private:
  const bool with_schemas_;
  // Of the last record that was read: the next one mostly has the same.
  std::string schema_text_;
  SchemaPtr schema_;
};

}  // namespace framespool::converters
