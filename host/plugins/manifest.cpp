#include "plugins/manifest.h"

#include <nlohmann/json.hpp>

#include "plugins/plugin_library.h"

namespace framespool {

NLOHMANN_JSON_SERIALIZE_ENUM(FieldType, {{FieldType::kString, "string"},
                                         {FieldType::kBoolean, "boolean"},
                                         {FieldType::kInt, "int"},
                                         {FieldType::kLong, "long"},
                                         {FieldType::kDouble, "double"},
                                         {FieldType::kList, "list"},
                                         {FieldType::kPassword, "password"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Importance,
                             {{Importance::kMedium, "medium"}, {Importance::kHigh, "high"}, {Importance::kLow, "low"}})
NLOHMANN_JSON_SERIALIZE_ENUM(
    Width, {{Width::kMedium, "medium"}, {Width::kNone, "none"}, {Width::kShort, "short"}, {Width::kLong, "long"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Role, {{Role::kNone, "none"},
                                    {Role::kTopic, "topic"},
                                    {Role::kPath, "path"},
                                    {Role::kUrl, "url"},
                                    {Role::kPort, "port"},
                                    {Role::kHost, "host"},
                                    {Role::kUrlPath, "url-path"},
                                    {Role::kCredential, "credential"},
                                    {Role::kTopicPattern, "topic-pattern"}})

NLOHMANN_JSON_SERIALIZE_ENUM(PluginKind, {{PluginKind::kSource, "source"},
                                          {PluginKind::kSink, "sink"},
                                          {PluginKind::kView, "view"},
                                          {PluginKind::kTransform, "transform"},
                                          {PluginKind::kPredicate, "predicate"},
                                          {PluginKind::kConverter, "converter"},
                                          {PluginKind::kConfigProvider, "config_provider"}})
NLOHMANN_JSON_SERIALIZE_ENUM(MetricKind, {{MetricKind::kGauge, "gauge"},
                                          {MetricKind::kCounter, "counter"},
                                          {MetricKind::kInfo, "info"},
                                          {MetricKind::kHistogram, "histogram"}})
NLOHMANN_JSON_SERIALIZE_ENUM(MetricRole, {{MetricRole::kNone, ""},
                                          {MetricRole::kPosition, "position"},
                                          {MetricRole::kBytes, "bytes"},
                                          {MetricRole::kLag, "lag"},
                                          {MetricRole::kViewers, "viewers"},
                                          {MetricRole::kLagViewers, "lag-viewers"},
                                          {MetricRole::kPreviews, "previews"},
                                          {MetricRole::kExpected, "expected"},
                                          {MetricRole::kEnded, "ended"},
                                          {MetricRole::kWaiting, "waiting"},
                                          {MetricRole::kLatency, "latency"},
                                          {MetricRole::kStream, "stream"},
                                          {MetricRole::kStreams, "streams"}})

}  // namespace framespool

namespace framespool::plugins {

namespace {

using Json = nlohmann::ordered_json;

template <class T>
void PutOptional(Json& json, const char* key, const std::optional<T>& value) {
  if (value) json[key] = *value;
}

template <class T>
std::optional<T> GetOptional(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() ? std::nullopt : std::optional<T>(found->get<T>());
}

Json FieldToJson(const FieldSpec& field) {
  Json json{{"name", field.name}, {"type", field.type}, {"doc", field.doc}, {"importance", field.importance}};
  PutOptional(json, "default", field.default_value);
  if (!field.display_name.empty()) json["display_name"] = field.display_name;
  if (!field.group.empty()) json["group"] = field.group;
  json["width"] = field.width;
  if (field.role != Role::kNone) json["role"] = field.role;
  if (!field.unit.empty()) json["unit"] = field.unit;
  PutOptional(json, "min", field.min);
  PutOptional(json, "max", field.max);
  if (!field.choices.empty()) json["choices"] = field.choices;
  if (!field.dependents.empty()) json["dependents"] = field.dependents;
  return json;
}

FieldSpec FieldFromJson(const Json& json) {
  FieldSpec field;
  field.name = json.at("name").get<std::string>();
  field.type = json.at("type").get<FieldType>();
  field.doc = json.at("doc").get<std::string>();
  field.importance = json.at("importance").get<Importance>();
  field.default_value = GetOptional<std::string>(json, "default");
  field.display_name = json.value("display_name", "");
  field.group = json.value("group", "");
  field.width = json.at("width").get<Width>();
  field.role = json.value("role", Role::kNone);
  field.unit = json.value("unit", "");
  field.min = GetOptional<double>(json, "min");
  field.max = GetOptional<double>(json, "max");
  field.choices = json.value("choices", std::vector<std::string>());
  field.dependents = json.value("dependents", std::vector<std::string>());
  return field;
}

Json MetricToJson(const MetricSpec& metric) {
  Json json{{"name", metric.name}, {"kind", metric.kind}, {"doc", metric.doc}};
  if (!metric.unit.empty()) json["unit"] = metric.unit;
  if (!metric.plot.empty()) json["plot"] = metric.plot;
  if (!metric.label.empty()) json["label"] = metric.label;
  if (metric.role != MetricRole::kNone) json["role"] = metric.role;
  if (!metric.setting.empty()) json["setting"] = metric.setting;
  return json;
}

MetricSpec MetricFromJson(const Json& json) {
  return {.name = json.at("name").get<std::string>(),
          .kind = json.at("kind").get<MetricKind>(),
          .unit = json.value("unit", ""),
          .doc = json.at("doc").get<std::string>(),
          .plot = json.value("plot", ""),
          .label = json.value("label", ""),
          .role = json.value("role", MetricRole::kNone),
          .setting = json.value("setting", "")};
}

/// Config values travel as text, but Connect takes JSON numbers and booleans too, so the schema allows both.
Json SchemaOf(const FieldSpec& field) {
  Json json{{"description", field.doc}};
  const auto bounds = [&] {
    PutOptional(json, "minimum", field.min);
    PutOptional(json, "maximum", field.max);
  };
  switch (field.type) {
    case FieldType::kBoolean: json["type"] = {"boolean", "string"}; break;
    case FieldType::kInt:
    case FieldType::kLong:
      json["type"] = {"integer", "string"};
      bounds();
      break;
    case FieldType::kDouble:
      json["type"] = {"number", "string"};
      bounds();
      break;
    case FieldType::kPassword: json["writeOnly"] = true; [[fallthrough]];
    case FieldType::kString:
    case FieldType::kList: json["type"] = "string"; break;
  }
  if (!field.choices.empty()) json["enum"] = field.choices;
  if (!field.unit.empty()) json["x-unit"] = field.unit;
  if (field.role != Role::kNone) json["x-role"] = field.role;
  PutOptional(json, "default", field.default_value);
  return json;
}

std::string MarkdownCell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return text;
}

std::string TypeText(const FieldSpec& field) {
  std::string text = Json(field.type).get<std::string>();
  if (!field.choices.empty()) {
    text.clear();
    for (const std::string& choice : field.choices) text += (text.empty() ? "" : ", ") + choice;
  }
  if (!field.unit.empty()) text += ", " + field.unit;
  if (field.min && field.max)
    text += ", " + FormatBound(*field.min) + "–" + FormatBound(*field.max);
  else if (field.min)
    text += ", ≥ " + FormatBound(*field.min);
  return text;
}

}  // namespace

std::string ToText(const Manifest& manifest) {
  Json classes = Json::array();
  for (const PluginClass& plugin : manifest.classes) {
    Json fields = Json::array();
    for (const FieldSpec& field : plugin.fields) fields.push_back(FieldToJson(field));
    Json json{{"class", plugin.class_name},
              {"type", plugin.kind},
              {"version", plugin.version},
              {"summary", plugin.summary},
              {"fields", fields}};
    for (const MetricSpec& metric : plugin.metrics) json["metrics"].push_back(MetricToJson(metric));
    if (!plugin.smaller_by.empty()) json["smaller_by"] = plugin.smaller_by;
    if (plugin.stateless) json["stateless"] = true;
    if (plugin.splits) json["splits"] = true;
    classes.push_back(std::move(json));
  }
  return Json{{"abi", manifest.abi_stamp}, {"connectors", classes}}.dump(2) + "\n";
}

Manifest ParseManifest(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    Manifest manifest{.abi_stamp = json.at("abi").get<std::string>(), .classes = {}};
    if (manifest.abi_stamp != FRAMESPOOL_ABI_STAMP) return manifest;
    for (const Json& item : json.at("connectors")) {
      PluginClass plugin{.class_name = item.at("class").get<std::string>(),
                         .kind = item.at("type").get<PluginKind>(),
                         .version = item.at("version").get<std::string>(),
                         .summary = item.at("summary").get<std::string>(),
                         .fields = {}};
      for (const Json& field : item.at("fields")) plugin.fields.push_back(FieldFromJson(field));
      for (const Json& metric : item.value("metrics", Json::array())) plugin.metrics.push_back(MetricFromJson(metric));
      plugin.smaller_by = item.value("smaller_by", std::vector<std::string>());
      plugin.stateless = item.value("stateless", false);
      plugin.splits = item.value("splits", false);
      manifest.classes.push_back(std::move(plugin));
    }
    return manifest;
  } catch (const Json::exception& error) {
    throw PluginError(std::string("not a connector manifest: ") + error.what());
  }
}

bool PluginClass::IsConnector() const noexcept {
  return kind == PluginKind::kSource || kind == PluginKind::kSink || kind == PluginKind::kView;
}

std::string JsonSchema(const PluginClass& plugin) {
  Json properties = Json::object();
  Json required = Json::array();
  // The keys of what is no connector stand below an alias that its user chooses.
  if (plugin.IsConnector()) {
    properties["connector.class"] = {{"const", plugin.class_name}};
    required.push_back("connector.class");
  }
  for (const FieldSpec& field : plugin.fields) {
    properties[field.name] = SchemaOf(field);
    if (!field.default_value) required.push_back(field.name);
  }
  return Json{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", plugin.class_name},
              {"description", plugin.summary},
              {"type", "object"},
              {"properties", properties},
              {"required", required}}
             .dump(2) +
         "\n";
}

std::string MarkdownTable(const PluginClass& plugin) {
  std::string table = "| key | type | default | meaning |\n| --- | --- | --- | --- |\n";
  for (const FieldSpec& field : plugin.fields) {
    const std::string value = !field.default_value           ? "**required**"
                              : field.default_value->empty() ? ""
                                                             : "`" + *field.default_value + "`";
    table += "| `" + field.name + "` | " + TypeText(field) + " | " + value + " | " + MarkdownCell(field.doc) + " |\n";
  }
  return table;
}

std::string MetricsTable(const PluginClass& plugin) {
  if (plugin.metrics.empty()) return "";
  std::string table = "| metric | kind | meaning |\n| --- | --- | --- |\n";
  for (const MetricSpec& metric : plugin.metrics) {
    table += "| `" + metric.name + "` | " + Json(metric.kind).get<std::string>() +
             (metric.unit.empty() ? "" : ", " + metric.unit) + " | " + MarkdownCell(metric.doc) + " |\n";
  }
  return table;
}

}  // namespace framespool::plugins
