#include "config/connector_config.h"

#include <algorithm>
#include <iterator>
#include <map>

#include <config/common_config.h>
#include <config/config_warnings.h>
#include <config/dead_letter_checks.h>
#include <config/topic_creation.h>
#include <config/value_checks.h>

#include "patterns.h"

namespace framespool::config {

namespace {

bool Declares(const plugins::PluginClass& plugin, const std::string& name) {
  return std::any_of(plugin.fields.begin(), plugin.fields.end(),
                     [&](const FieldSpec& field) { return field.name == name; });
}

/// Connect's rules for the topics of a sink, and what dead letters add to them.
std::vector<Problem> SinkProblems(const plugins::PluginClass& plugin, const RawConfig& config) {
  const auto value_of = [&](const char* key) {
    const auto found = config.find(key);
    return found == config.end() ? std::string() : std::string(Trim(found->second));
  };
  const std::string topics = value_of("topics");
  const std::string regex = value_of("topics.regex");
  std::vector<Problem> errors;
  if (!regex.empty()) {
    if (!topics.empty()) {
      for (const char* key : {"topics", "topics.regex"})
        errors.push_back(
            {.field = key,
             .message = "and the other of topics and topics.regex are mutually exclusive options, but both are set"});
    }
    if (auto problem = PatternProblem(regex)) {
      errors.push_back({.field = "topics.regex", .message = std::move(*problem)});
    } else if (topics.empty() && (plugin.kind == PluginKind::kView || Declares(plugin, "topics"))) {
      errors.push_back({.field = "topics.regex",
                        .message = "is for sinks that take records of any number of topics, but " + plugin.class_name +
                                   " takes topics by their names: list those in topics, and remove topics.regex",
                        .kind = kind::kNotAllowed});
    }
  }
  for (Problem& problem : DeadLetterProblems(config)) errors.push_back(std::move(problem));
  return errors;
}

/// A sink that names a pattern in the place of its topics has one thing to put right, not two.
void ForgiveMissingTopics(ConfigReport& report, const RawConfig& config) {
  if (CommonConfigOf(config).topics_regex.empty()) return;
  for (ConfigReport::Key& key : report.keys) {
    if (key.spec.name != "topics" || key.result.errors.empty()) continue;
    std::erase_if(key.result.errors, [](const Problem& problem) { return problem.kind == kind::kRequired; });
    if (key.result.errors.empty()) --report.error_count;
  }
}

}  // namespace

std::string_view ToText(ConnectorType type) { return type == ConnectorType::kSource ? "source" : "sink"; }

ConnectorType TypeOf(const plugins::PluginClass& plugin) {
  return plugin.kind == PluginKind::kSource ? ConnectorType::kSource : ConnectorType::kSink;
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

void AddError(ConfigReport& report, const Problem& error) {
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
  key->result.errors.push_back(error);
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
    if (!report.keys[i].result.errors.empty()) ++report.error_count;
    if (report.keys[i].result.errors.empty() && results[i].value) {
      if (auto problem = RoleProblem(fields[i], *results[i].value))
        AddError(report, {.field = fields[i].name, .message = *problem});
    }
  }
  for (const auto& [key, value] : config) {
    if (auto problem = TextProblem(key)) AddError(report, {.field = key, .message = "is no key: it " + *problem});
    if (auto problem = TextProblem(value)) AddError(report, {.field = key, .message = *problem});
  }
  if (!plugin.IsConnector()) return report;
  const bool is_source = TypeOf(plugin) == ConnectorType::kSource;
  if (!is_source) ForgiveMissingTopics(report, config);
  for (const Problem& error : is_source ? TopicCreationProblems(config) : SinkProblems(plugin, config)) {
    AddError(report, error);
  }
  report.warnings = KeyWarnings(plugin, config);
  return report;
}

namespace {

/// Connect's sentence for a config with errors, a line for each.
base::Refusal Complain(std::vector<Problem> problems, int count, const std::string& more) {
  std::string message =
      "Connector configuration is invalid and contains the following " + std::to_string(count) + " error(s):";
  for (const Problem& problem : problems) message.append("\n").append(ToText(problem));
  return {.reason = base::Reason::kInvalid, .message = message + more, .problems = std::move(problems)};
}

}  // namespace

std::optional<base::Refusal> Complaint(const ConfigReport& report) {
  if (report.error_count == 0) return std::nullopt;
  return Complain(report.problems(), report.error_count,
                  "\nYou can also find the above list of errors at the endpoint `/connector-plugins/" + report.name +
                      "/config/validate`");
}

base::Refusal ComplaintOf(std::vector<Problem> problems) {
  const int count = static_cast<int>(problems.size());
  return Complain(std::move(problems), count, "");
}

std::optional<Problem> NameProblem(const std::string& name) {
  const auto wrong = [](std::string message) { return Problem{.field = "name", .message = std::move(message)}; };
  if (Trim(name).empty()) return wrong("must not be empty; give the connector a name");
  if (Trim(name).size() != name.size()) return wrong("must not begin or end with white space, but is \"" + name + "\"");
  if (name.size() > 249) return wrong("must be at most 249 bytes, but has " + std::to_string(name.size()));
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; })) {
    return wrong("must not hold control characters");
  }
  // Browsers, curl and proxies take them out of a path, percent-coded or not: nobody could ask for such a connector.
  if (name == "." || name == "..") return wrong("must not be \"" + name + "\", which no client can have in a URL");
  return std::nullopt;
}

}  // namespace framespool::config
