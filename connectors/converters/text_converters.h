#pragma once

#include <string>

#include <framespool/data.h>
#include <framespool/transform.h>

namespace framespool::converters {

/// Bytes as they are, and no data.
class ByteArrayConverter final : public Converter {
 public:
  struct Config {};
  static const ConfigDef<Config>& Describe();
  explicit ByteArrayConverter(const Config& /*config*/) {}
  RecordValue FromData(const std::string& topic, const Headers& headers, RecordValue value) override;
  RecordValue ToData(const std::string& topic, const Headers& headers, RecordValue value) override;
};

/// Text.
class StringConverter final : public Converter {
 public:
  struct Config {
    std::string encoding = "UTF-8";
  };
  static const ConfigDef<Config>& Describe();
  explicit StringConverter(const Config& /*config*/) {}
  RecordValue FromData(const std::string& topic, const Headers& headers, RecordValue value) override;
  RecordValue ToData(const std::string& topic, const Headers& headers, RecordValue value) override;
};

}  // namespace framespool::converters
