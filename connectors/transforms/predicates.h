#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "operand.h"
#include "pattern.h"

namespace framespool::transforms {

/// The whole name of the record's topic is matched.
class TopicNameMatches final : public Predicate {
 public:
  static constexpr bool kStateless = true;
  struct Config {
    std::string pattern;
  };
  static const ConfigDef<Config>& Describe();
  explicit TopicNameMatches(const Config& config) : pattern_(config.pattern) {}
  bool Test(const RecordRef& record) override { return pattern_.Matches(record.topic); }

 private:
  const Pattern pattern_;
};

class HasHeaderKey final : public Predicate {
 public:
  static constexpr bool kStateless = true;
  struct Config {
    std::string name;
  };
  static const ConfigDef<Config>& Describe();
  explicit HasHeaderKey(Config config) : config_(std::move(config)) {}
  bool Test(const RecordRef& record) override { return FindHeader(record.headers, config_.name).has_value(); }

 private:
  const Config config_;
};

/// The value is null.
class RecordIsTombstone final : public Predicate {
 public:
  static constexpr bool kStateless = true;
  struct Config {};
  static const ConfigDef<Config>& Describe();
  explicit RecordIsTombstone(const Config& /*config*/) {}
  bool Test(const RecordRef& record) override;
};

/// The last header of a name has a value that is matched as a whole.
class HeaderMatches final : public Predicate {
 public:
  static constexpr bool kStateless = true;
  struct Config {
    std::string name;
    std::string pattern;
  };
  static const ConfigDef<Config>& Describe();
  explicit HeaderMatches(Config config) : name_(std::move(config.name)), pattern_(config.pattern) {}
  bool Test(const RecordRef& record) override;

 private:
  const std::string name_;
  const Pattern pattern_;
};

/// The value has more bytes than that.
class SizeAbove final : public Predicate {
 public:
  static constexpr bool kStateless = true;
  struct Config {
    std::int64_t bytes = 0;
  };
  static const ConfigDef<Config>& Describe();
  explicit SizeAbove(const Config& config) : bytes_(config.bytes) {}
  bool Test(const RecordRef& record) override;

 private:
  const std::int64_t bytes_;
};

/// The n-th record that asks, the 2n-th, the 3n-th and so on.
class EveryNth final : public Predicate {
 public:
  struct Config {
    std::int64_t n = 0;
  };
  static const ConfigDef<Config>& Describe();
  explicit EveryNth(const Config& config) : n_(config.n) {}
  bool Test(const RecordRef& /*record*/) override { return ++count_ % n_ == 0; }

 private:
  const std::int64_t n_;
  std::int64_t count_ = 0;
};

}  // namespace framespool::transforms
