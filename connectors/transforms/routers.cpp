#include "routers.h"

namespace framespool::transforms {

namespace {

void ReplaceAll(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

}  // namespace

const ConfigDef<RegexRouter::Config>& RegexRouter::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Key(keys, "regex", &Config::regex, "Pattern", "A regular expression for the whole name of the topic.").Required();
    Key(keys, "replacement", &Config::replacement, "Replacement",
        "The new name; $1 or ${name} is what a group of the pattern matched.")
        .Required();
    Rule(keys, "regex", [](const Config& config) { return Pattern::Problem(config.regex); });
    Rule(keys, "replacement",
         [](const Config& config) { return Pattern::ReplacementProblem(config.regex, config.replacement); });
    return keys;
  }();
  return def;
}

bool RegexRouter::Apply(RecordRef record) {
  if (pattern_.Matches(record.topic)) record.topic = pattern_.ReplaceFirst(record.topic, replacement_);
  return true;
}

const ConfigDef<TimestampRouter::Config>& TimestampRouter::Describe() {
  static const auto def = [] {
    ConfigDef<Config> keys;
    Key(keys, "topic.format", &Config::topic_format, "Topic format",
        "The new name; ${topic} stands for the old one, ${timestamp} for the record's time.");
    Key(keys, "timestamp.format", &Config::timestamp_format, "Time format",
        "How the time is written, in UTC: a pattern of Java's SimpleDateFormat.");
    Rule(keys, "timestamp.format", [](const Config& config) { return DatePattern::Problem(config.timestamp_format); });
    return keys;
  }();
  return def;
}

bool TimestampRouter::Apply(RecordRef record) {
  std::string topic = topic_format_;
  const std::string old = record.topic;
  ReplaceAll(topic, "${topic}", old);
  ReplaceAll(topic, "${timestamp}", date_.Format(record.timestamp.time_since_epoch().count()));
  record.topic = std::move(topic);
  return true;
}

}  // namespace framespool::transforms
