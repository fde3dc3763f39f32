#pragma once

#include <string>

#include "date_pattern.h"
#include "operand.h"
#include "pattern.h"

namespace framespool::transforms {

/// Renames the topic of records whose topic is matched as a whole.
class RegexRouter final : public Transform {
 public:
  static constexpr bool kStateless = true;
  struct Config {
    std::string regex;
    std::string replacement;
  };
  static const ConfigDef<Config>& Describe();
  RegexRouter(const Config& config, TransformContext& /*context*/)
      : pattern_(config.regex), replacement_(config.replacement) {}
  bool Apply(RecordRef record) override;

 private:
  const Pattern pattern_;
  const std::string replacement_;
};

/// Puts the record's time into the name of its topic.
class TimestampRouter final : public Transform {
 public:
  static constexpr bool kStateless = true;
  struct Config {
    std::string topic_format = "${topic}-${timestamp}";
    std::string timestamp_format = "yyyyMMdd";
  };
  static const ConfigDef<Config>& Describe();
  TimestampRouter(const Config& config, TransformContext& /*context*/)
      : topic_format_(config.topic_format), date_(config.timestamp_format) {}
  bool Apply(RecordRef record) override;

 private:
  const std::string topic_format_;
  DatePattern date_;
};

}  // namespace framespool::transforms
