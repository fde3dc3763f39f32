#include "config/connector_config.h"

#include <algorithm>
#include <iterator>
#include <map>

#include <config/client_settings.h>
#include <config/config_warnings.h>
#include <config/topic_creation.h>
#include <config/value_checks.h>

#include "patterns.h"

namespace framespool::config {

namespace {

struct Common {
  std::string name;
  std::string connector_class;
  std::int32_t tasks_max = 1;
  std::string key_converter;
  std::string value_converter;
  std::string header_converter;
  std::vector<std::string> transforms;
  std::vector<std::string> predicates;
  std::string config_action_reload = "restart";
  std::int64_t retry_timeout_ms = 0;
  std::int64_t retry_delay_max_ms = 60000;
  std::string tolerance = "none";
  bool log_enable = false;
  bool log_include_messages = false;
  // Sinks
  std::vector<std::string> topics;
  std::string topics_regex;
  std::string dead_letter_topic;
  bool dead_letter_headers = false;
  // Sources
  std::vector<std::string> creation_groups;
  std::string exactly_once = "requested";
  std::string transaction_boundary = "poll";
  std::int64_t transaction_interval_ms = kTransactionIntervalMs;
};

void DeclareCommon(ConfigDef<Common>& def) {
  def.Field("name", &Common::name, "The connector's name, unique in this worker.")
      .Required()
      .Group("Common")
      .DisplayName("Connector name")
      .Field("connector.class", &Common::connector_class,
             "The class of the connector, as GET /connector-plugins lists it.")
      .Required()
      .Group("Common")
      .DisplayName("Connector class")
      .Width(Width::kLong)
      .Field("tasks.max", &Common::tasks_max,
             "The most tasks the connector may have. The connectors of this version run as one.")
      .AtLeast(1)
      .Group("Common")
      .DisplayName("Tasks max")
      .Width(Width::kShort)
      .Importance(Importance::kHigh)
      .Field("key.converter", &Common::key_converter,
             "Kept for Kafka Connect's clients: keys are bytes here, no converter is used.")
      .Group("Common")
      .DisplayName("Key converter class")
      .Importance(Importance::kLow)
      .Width(Width::kShort)
      .Field("value.converter", &Common::value_converter,
             "Kept for Kafka Connect's clients: values are bytes here, no converter is used.")
      .Group("Common")
      .DisplayName("Value converter class")
      .Importance(Importance::kLow)
      .Width(Width::kShort)
      .Field("header.converter", &Common::header_converter,
             "Kept for Kafka Connect's clients: headers are bytes here, no converter is used.")
      .Group("Common")
      .DisplayName("Header converter class")
      .Importance(Importance::kLow)
      .Width(Width::kShort)
      .Field("transforms", &Common::transforms, "This version has no transforms: must be empty.")
      .Group("Transforms")
      .DisplayName("Transforms")
      .Importance(Importance::kLow)
      .Width(Width::kLong)
      .Field("predicates", &Common::predicates, "This version has no predicates: must be empty.")
      .Group("Predicates")
      .DisplayName("Predicates")
      .Importance(Importance::kLow)
      .Width(Width::kLong)
      .Field("config.action.reload", &Common::config_action_reload, "What to do when an external config value changes.")
      .OneOf({"none", "restart"})
      .Group("Common")
      .DisplayName("Reload action")
      .Importance(Importance::kLow)
      .Field("errors.retry.timeout", &Common::retry_timeout_ms,
             "How long a record that the sink does not take is tried again before errors.tolerance decides; 0: not at "
             "all, -1: for ever. What a connector itself reports as retriable is always tried again.")
      .AtLeast(-1)
      .Unit("ms")
      .Group("Error Handling")
      .DisplayName("Retry Timeout for Errors")
      .Field("errors.retry.delay.max.ms", &Common::retry_delay_max_ms, "The longest pause between two tries.")
      .AtLeast(1)
      .Unit("ms")
      .Group("Error Handling")
      .DisplayName("Maximum Delay Between Retries for Errors")
      .Field("errors.tolerance", &Common::tolerance,
             "Whether a record that the topic or the sink does not take fails the task (none) or is left out (all).")
      .OneOf({"none", "all"})
      .Group("Error Handling")
      .DisplayName("Error Tolerance")
      .Width(Width::kShort)
      .Field("errors.log.enable", &Common::log_enable,
             "Whether each record that is left out is logged, and not only the first.")
      .Group("Error Handling")
      .DisplayName("Log Errors")
      .Width(Width::kShort)
      .Field("errors.log.include.messages", &Common::log_include_messages,
             "Whether the log of a record that is left out tells its topic and offset.")
      .Group("Error Handling")
      .DisplayName("Log Error Details")
      .Width(Width::kShort);
}

ConfigDef<Common> SourceFields() {
  ConfigDef<Common> def;
  DeclareCommon(def);
  def.Field("topic.creation.groups", &Common::creation_groups,
            "Names of groups of topics with settings of their own: topic.creation.<group>.include, .exclude, "
            ".partitions, .replication.factor and topic settings. topic.creation.default.* is for the rest.")
      .Group("Topic Creation")
      .DisplayName("Topic Creation Groups")
      .Importance(Importance::kLow)
      .Field("exactly.once.support", &Common::exactly_once,
             "Whether exactly-once delivery is demanded (required) or wished for (requested).")
      .OneOf({"requested", "required"})
      .Group("Exactly Once Support")
      .DisplayName("Exactly once support")
      .Field("transaction.boundary", &Common::transaction_boundary, "What records and offsets are written together.")
      .OneOf({"poll", "interval", "connector"})
      .Group("Exactly Once Support")
      .DisplayName("Transaction Boundary")
      .Field("transaction.boundary.interval.ms", &Common::transaction_interval_ms,
             "How long a transaction is kept open with transaction.boundary = interval.")
      .AtLeast(0)
      .Unit("ms")
      .Group("Exactly Once Support")
      .DisplayName("Transaction boundary interval")
      .Importance(Importance::kLow);
  return def;
}

ConfigDef<Common> SinkFields() {
  ConfigDef<Common> def;
  DeclareCommon(def);
  def.Field("topics", &Common::topics, "The topics to read, comma-separated.")
      .Required()
      .Role(Role::kTopic)
      .Group("Common")
      .DisplayName("Topics")
      .Width(Width::kLong)
      .Field("topics.regex", &Common::topics_regex, "Kept for Kafka Connect's clients: name the topics in `topics`.")
      .Group("Common")
      .DisplayName("Topics regex")
      .Width(Width::kLong)
      .Importance(Importance::kLow)
      .Field("errors.deadletterqueue.topic.name", &Common::dead_letter_topic,
             "Kept for Kafka Connect's clients: bad records are skipped or fail the task.")
      .Role(Role::kTopic)
      .Group("Error Handling")
      .DisplayName("Dead Letter Queue Topic Name")
      .Importance(Importance::kLow)
      .Field("errors.deadletterqueue.context.headers.enable", &Common::dead_letter_headers,
             "Kept for Kafka Connect's clients, as the key above.")
      .Group("Error Handling")
      .DisplayName("Enable Error Context Headers")
      .Importance(Importance::kLow);
  return def;
}

/// Connect's rules for the topics of a sink.
std::vector<FieldError> TopicsProblems(const RawConfig& config) {
  const auto value_of = [&](const char* key) {
    const auto found = config.find(key);
    return found == config.end() ? std::string() : std::string(detail::Trim(found->second));
  };
  const std::string topics = value_of("topics");
  const std::string regex = value_of("topics.regex");
  std::vector<FieldError> errors;
  if (!regex.empty()) {
    if (!topics.empty()) {
      for (const char* key : {"topics", "topics.regex"})
        errors.push_back(
            {key, "and the other of topics and topics.regex are mutually exclusive options, but both are set"});
    }
    if (auto problem = PatternProblem(regex)) {
      errors.push_back({"topics.regex", std::move(*problem)});
    } else if (topics.empty()) {
      errors.push_back({"topics.regex",
                        "is valid in Kafka Connect, but sinks here read topics by their names only: list those in "
                        "topics, and remove topics.regex"});
    }
  }
  std::vector<std::string> names;
  detail::FromText(topics, names);
  const std::string dead = value_of("errors.deadletterqueue.topic.name");
  if (!dead.empty() && std::find(names.begin(), names.end(), dead) != names.end()) {
    errors.push_back({"topics", "must not hold the topic of errors.deadletterqueue.topic.name, " + Quoted(dead)});
  }
  return errors;
}

bool Declares(const plugins::PluginClass& plugin, const std::string& name) {
  return std::any_of(plugin.fields.begin(), plugin.fields.end(),
                     [&](const FieldSpec& field) { return field.name == name; });
}

}  // namespace

std::span<const FieldSpec> CommonFields(ConnectorType type) {
  static const auto source = SourceFields();
  static const auto sink = SinkFields();
  return type == ConnectorType::kSource ? source.fields() : sink.fields();
}

std::string_view ToText(ConnectorType type) { return type == ConnectorType::kSource ? "source" : "sink"; }

bool NamesTopic(ConnectorType type, const RawConfig& config, const std::string& topic) {
  const auto value = config.find(type == ConnectorType::kSource ? "topic" : "topics");
  if (value == config.end()) return false;
  std::vector<std::string> topics;
  detail::FromText(value->second, topics);
  return std::find(topics.begin(), topics.end(), topic) != topics.end();
}

ConnectorType TypeOf(const plugins::PluginClass& plugin) {
  return plugin.kind == PluginKind::kSource ? ConnectorType::kSource : ConnectorType::kSink;
}

std::vector<std::string> TopicsOf(const RawConfig& config) {
  std::vector<std::string> topics;
  if (const auto found = config.find("topics"); found != config.end()) detail::FromText(found->second, topics);
  return topics;
}

std::vector<ConfigReport::Key> KeysOf(const plugins::PluginClass& plugin) {
  std::vector<ConfigReport::Key> keys;
  std::map<std::string, int> places;
  const auto add = [&](const FieldSpec& field, const char* group) {
    ConfigReport::Key key{.spec = field, .result = {.name = field.name, .value = {}, .errors = {}}};
    if (key.spec.group.empty()) key.spec.group = group;
    key.order = ++places[key.spec.group];
    keys.push_back(std::move(key));
  };
  // What is no connector is a part of one, below an alias of its config.
  if (plugin.IsConnector()) {
    for (const FieldSpec& field : CommonFields(TypeOf(plugin))) {
      if (!Declares(plugin, field.name)) add(field, "Common");
    }
  }
  for (const FieldSpec& field : plugin.fields) add(field, plugin.class_name.c_str());
  return keys;
}

void AddError(ConfigReport& report, const FieldError& error) {
  auto key = std::find_if(report.keys.begin(), report.keys.end(),
                          [&](const ConfigReport::Key& each) { return each.spec.name == error.field; });
  if (key == report.keys.end()) {
    FieldSpec spec;
    spec.name = error.field;
    spec.doc = "A key that this connector does not declare.";
    spec.default_value = "";
    spec.group = "Common";
    report.keys.push_back({.spec = std::move(spec), .result = {.name = error.field, .value = {}, .errors = {}}});
    key = std::prev(report.keys.end());
  }
  if (key->result.errors.empty()) ++report.error_count;
  key->result.errors.push_back(error.message);
}

ConfigReport CheckKeys(const plugins::PluginClass& plugin, const RawConfig& config) {
  ConfigReport report{.name = plugin.class_name, .error_count = 0, .groups = {}, .keys = KeysOf(plugin)};
  std::vector<FieldSpec> fields;
  for (const ConfigReport::Key& key : report.keys) {
    fields.push_back(key.spec);
    if (std::find(report.groups.begin(), report.groups.end(), key.spec.group) == report.groups.end()) {
      report.groups.push_back(key.spec.group);
    }
  }
  const auto results = ValidateFields(fields, config);
  for (std::size_t i = 0; i < results.size(); ++i) {
    report.keys[i].result = results[i];
    if (const std::string& name = results[i].name;
        plugin.IsConnector() && (name == "transforms" || name == "predicates") && !results[i].value->empty()) {
      report.keys[i].result.errors.push_back("must be empty, but is \"" + *results[i].value +
                                             "\": this version has no " + name);
    }
    if (!report.keys[i].result.errors.empty()) ++report.error_count;
    if (report.keys[i].result.errors.empty() && results[i].value) {
      if (auto problem = RoleProblem(fields[i], *results[i].value)) AddError(report, {fields[i].name, *problem});
    }
  }
  for (const auto& [key, value] : config) {
    if (auto problem = TextProblem(key)) AddError(report, {key, "is no key: it " + *problem});
    if (auto problem = TextProblem(value)) AddError(report, {key, *problem});
  }
  if (!plugin.IsConnector()) return report;
  const bool is_source = TypeOf(plugin) == ConnectorType::kSource;
  for (const FieldError& error : is_source ? TopicCreationProblems(config) : TopicsProblems(config)) {
    AddError(report, error);
  }
  report.warnings = UnknownKeysOf(plugin, config);
  return report;
}

std::optional<std::string> Complaint(const ConfigReport& report) {
  if (report.error_count == 0) return std::nullopt;
  std::string message = "Connector configuration is invalid and contains the following " +
                        std::to_string(report.error_count) + " error(s):";
  for (const ConfigReport::Key& key : report.keys) {
    for (const std::string& error : key.result.errors) message += "\n" + key.spec.name + " " + error;
  }
  return message + "\nYou can also find the above list of errors at the endpoint `/connector-plugins/" + report.name +
         "/config/validate`";
}

std::string ComplaintOf(const std::vector<FieldError>& errors) {
  std::string message =
      "Connector configuration is invalid and contains the following " + std::to_string(errors.size()) + " error(s):";
  for (const FieldError& error : errors) message.append("\n").append(error.field).append(" ").append(error.message);
  return message;
}

std::optional<std::string> NameProblem(const std::string& name) {
  if (detail::Trim(name).empty()) return "name must not be empty; give the connector a name";
  if (detail::Trim(name).size() != name.size())
    return "name must not begin or end with white space, but is \"" + name + "\"";
  if (name.size() > 249) return "name must be at most 249 bytes, but has " + std::to_string(name.size());
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    return "name must not hold control characters";
  }
  return std::nullopt;
}

}  // namespace framespool::config
