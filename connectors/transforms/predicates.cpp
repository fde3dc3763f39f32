#include "predicates.h"

#include <stdexcept>

namespace framespool::transforms {

namespace {

template <class Config>
std::optional<std::string> BadPattern(const Config& config) {
  return Pattern::Problem(config.pattern);
}

}  // namespace

const ConfigDef<TopicNameMatches::Config>& TopicNameMatches::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Key(keys, "pattern", &Config::pattern, "Pattern", "A regular expression for the whole name of the topic.")
        .Required();
    Rule(keys, "pattern", BadPattern<Config>);
    return keys;
  }();
  return def;
}

const ConfigDef<HasHeaderKey::Config>& HasHeaderKey::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Key(keys, "name", &Config::name, "Header", "The header's name.").Required();
    return keys;
  }();
  return def;
}

const ConfigDef<RecordIsTombstone::Config>& RecordIsTombstone::Describe() {
  static const ConfigDef<Config> def;
  return def;
}

bool RecordIsTombstone::Test(const RecordRef& record) {
  const auto data = record.value.data();
  return record.value.is_null() || (data && data->value.is_null());
}

const ConfigDef<HeaderMatches::Config>& HeaderMatches::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Key(keys, "name", &Config::name, "Header", "The header's name; of several of that name the last one counts.")
        .Required();
    Key(keys, "pattern", &Config::pattern, "Pattern", "A regular expression for its whole value.").Required();
    Rule(keys, "pattern", BadPattern<Config>);
    return keys;
  }();
  return def;
}

bool HeaderMatches::Test(const RecordRef& record) {
  const auto value = FindHeader(record.headers, name_);
  return value && pattern_.Matches(*value);
}

const ConfigDef<SizeAbove::Config>& SizeAbove::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Key(keys, "bytes", &Config::bytes, "Bytes", "The largest value that is not meant.")
        .Required()
        .AtLeast(0)
        .Unit("bytes");
    return keys;
  }();
  return def;
}

bool SizeAbove::Test(const RecordRef& record) {
  if (record.value.data())
    throw std::runtime_error(
        "SizeAbove wants a value that is bytes or a picture, but it is data, which has no size yet");
  return static_cast<std::int64_t>(record.value.size()) > bytes_;
}

const ConfigDef<EveryNth::Config>& EveryNth::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Key(keys, "n", &Config::n, "N", "Of so many records the last one.").Required().AtLeast(1);
    return keys;
  }();
  return def;
}

}  // namespace framespool::transforms
