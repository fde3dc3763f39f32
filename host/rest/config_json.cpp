#include "config_json.h"

#include "http.h"

namespace framespool::rest {

namespace {

std::string_view ToText(FieldType type) {
  switch (type) {
    case FieldType::kBoolean: return "BOOLEAN";
    case FieldType::kInt: return "INT";
    case FieldType::kLong: return "LONG";
    case FieldType::kDouble: return "DOUBLE";
    case FieldType::kString: return "STRING";
    case FieldType::kList: return "LIST";
    case FieldType::kPassword: return "PASSWORD";
  }
  return "STRING";
}

std::string_view ToText(Importance importance) {
  switch (importance) {
    case Importance::kHigh: return "HIGH";
    case Importance::kMedium: return "MEDIUM";
    case Importance::kLow: return "LOW";
  }
  return "MEDIUM";
}

std::string_view ToText(Width width) {
  switch (width) {
    case Width::kNone: return "NONE";
    case Width::kShort: return "SHORT";
    case Width::kMedium: return "MEDIUM";
    case Width::kLong: return "LONG";
  }
  return "NONE";
}

/// Kafka Connect's words; a view is a sink to its clients.
std::string_view ToText(PluginKind kind) {
  switch (kind) {
    case PluginKind::kSource: return "source";
    case PluginKind::kSink:
    case PluginKind::kView: return "sink";
    case PluginKind::kTransform: return "transformation";
    case PluginKind::kPredicate: return "predicate";
    case PluginKind::kConverter: return "converter";
    case PluginKind::kConfigProvider: return "configprovider";
  }
  return "source";
}

Json RoleName(MetricRole role) {
  switch (role) {
    case MetricRole::kNone: return nullptr;
    case MetricRole::kPosition: return "position";
    case MetricRole::kBytes: return "bytes";
    case MetricRole::kLag: return "lag";
    case MetricRole::kViewers: return "viewers";
    case MetricRole::kLagViewers: return "lag-viewers";
    case MetricRole::kPreviews: return "previews";
    case MetricRole::kExpected: return "expected";
    case MetricRole::kEnded: return "ended";
    case MetricRole::kWaiting: return "waiting";
    case MetricRole::kLatency: return "latency";
    case MetricRole::kStream: return "stream";
    case MetricRole::kStreams: return "streams";
  }
  return nullptr;
}

std::string_view ToText(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter: return "counter";
    case MetricKind::kGauge: return "gauge";
    case MetricKind::kInfo: return "info";
    case MetricKind::kHistogram: return "histogram";
  }
  return "info";
}

Json OrNull(const std::optional<std::string>& text) { return text ? Json(*text) : Json(nullptr); }

/// As Connect has them: sentences.
Json MessagesOf(const std::vector<Problem>& problems) {
  Json messages = Json::array();
  for (const Problem& problem : problems) messages.push_back(problem.message);
  return messages;
}

Json ValueToJson(const config::ConfigReport::Key& key) {
  auto value = key.result.value;
  if (key.spec.type == FieldType::kPassword && value && !value->empty()) value = "[hidden]";
  return {{"name", key.result.name},
          {"value", OrNull(value)},
          {"recommended_values", key.spec.choices},
          {"errors", MessagesOf(key.result.errors)},
          {"visible", true}};
}

std::string_view ToText(herder::PlannedChange::Action action) {
  switch (action) {
    case herder::PlannedChange::Action::kCreate: return "create";
    case herder::PlannedChange::Action::kUpdate: return "update";
    case herder::PlannedChange::Action::kDelete: return "delete";
    case herder::PlannedChange::Action::kNone: return "none";
  }
  return "none";
}

Json ChangesToJson(const herder::ConfigChanges& changes) {
  Json json = Json::object();
  for (const auto& [key, change] : changes) json[key] = {{"from", OrNull(change.from)}, {"to", OrNull(change.to)}};
  return json;
}

template <class Status>
void AddState(Json& json, const Status& status) {
  json["state"] = runtime::ToText(status.state);
  json["worker_id"] = status.worker_id;
  json["version"] = status.version;
  if (!status.trace.empty()) json["trace"] = status.trace;
  if (!status.problems.empty()) json["problems"] = ToJson(status.problems);
}

}  // namespace

std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::int64_t EpochMilliseconds(Timestamp time) { return time.time_since_epoch().count(); }

Json ToJson(const inspect::TopicRecord& record) {
  Json headers = Json::array();
  for (const Header& header : record.headers) headers.push_back({{"key", header.key}, {"value", header.value}});
  return {{"partition", record.partition},
          {"offset", record.offset},
          {"timestamp", EpochMilliseconds(record.timestamp)},
          {"key", record.key ? Json(*record.key) : Json(nullptr)},
          {"value", record.value ? Json(http::Base64(*record.value)) : Json(nullptr)},
          {"value_bytes", record.value_bytes},
          {"headers", headers}};
}

Json ToJson(const RawConfig& config) {
  Json json = Json::object();
  auto& members = json.get_ref<Json::object_t&>();
  members.reserve(config.size());
  for (const auto& [name, value] : config) members.emplace_back(name, value);
  return json;
}

Json ToJson(const Fields& fields) {
  Json json = Json::object();
  for (const auto& [name, value] : fields) {
    json[name] = std::visit([](const auto& v) { return Json(v); }, value);
  }
  return json;
}

Json ToJson(const Problem& problem) {
  Json json{{"kind", problem.kind.text()}};
  if (!problem.field.empty()) json["field"] = problem.field;
  json["message"] = problem.message;
  if (!problem.facts.empty()) json["facts"] = ToJson(problem.facts);
  return json;
}

Json ToJson(const std::vector<Problem>& problems) {
  Json list = Json::array();
  for (const Problem& problem : problems) list.push_back(ToJson(problem));
  return list;
}

Json ToJson(const runtime::ConnectorInfo& info) {
  Json tasks = Json::array();
  for (const runtime::TaskInfo& task : info.tasks) tasks.push_back({{"connector", info.name}, {"task", task.id}});
  return {{"name", info.name}, {"config", ToJson(info.config)}, {"tasks", tasks}, {"type", config::ToText(info.type)}};
}

Json ToJson(const runtime::TaskStatus& task) {
  Json json{{"id", task.id}};
  AddState(json, task);
  if (!task.metrics.empty()) json["metrics"] = ToJson(task.metrics);
  return json;
}

Json ToJson(const runtime::ConnectorStatus& status) {
  Json connector = Json::object();
  AddState(connector, status);
  Json tasks = Json::array();
  for (const runtime::TaskStatus& task : status.tasks) tasks.push_back(ToJson(task));
  return {{"name", status.name}, {"connector", connector}, {"tasks", tasks}, {"type", config::ToText(status.type)}};
}

Json ToJson(const herder::PluginInfo& plugin) {
  return {{"class", plugin.class_name}, {"type", ToText(plugin.kind)}, {"version", plugin.version}};
}

Json ToJson(const MetricSpec& metric) {
  const bool is_kept = metric.kind == MetricKind::kCounter || metric.kind == MetricKind::kGauge;
  return {{"name", metric.name},
          {"kind", ToText(metric.kind)},
          {"unit", metric.unit},
          {"documentation", metric.doc},
          {"plot", metric.plot},
          {"label", metric.label.empty() ? metric.name : metric.label},
          {"series", is_kept ? Json(inspect::SeriesOf(metric)) : Json(nullptr)},
          {"role", RoleName(metric.role)},
          {"setting", metric.setting.empty() ? Json(nullptr) : Json(metric.setting)}};
}

bool IsConnector(PluginKind kind) {
  return kind == PluginKind::kSource || kind == PluginKind::kSink || kind == PluginKind::kView;
}

config::ConnectorType TypeOf(PluginKind connector) {
  return connector == PluginKind::kSource ? config::ConnectorType::kSource : config::ConnectorType::kSink;
}

Json ToJson(const herder::WorkerInfo& worker) {
  return {{"version", worker.version}, {"commit", worker.commit}, {"kafka_cluster_id", worker.cluster_id}};
}

Json ToJson(const herder::HistoryEntry& entry) {
  return {{"time", entry.time.time_since_epoch().count()},
          {"by", entry.by},
          {"action", entry.action},
          {"changes", ChangesToJson(entry.changes)}};
}

Json ToJson(const herder::PlannedChange& change) {
  return {{"name", change.name}, {"action", ToText(change.action)}, {"changes", ChangesToJson(change.changes)}};
}

Json DefinitionToJson(const config::ConfigReport::Key& key) {
  const FieldSpec& spec = key.spec;
  return {{"name", spec.name},
          {"type", ToText(spec.type)},
          {"required", !spec.default_value.has_value()},
          {"default_value", OrNull(spec.default_value)},
          {"importance", ToText(spec.importance)},
          {"documentation", spec.doc},
          {"group", spec.group.empty() ? Json(nullptr) : Json(spec.group)},
          {"width", ToText(spec.width)},
          {"display_name", spec.display_name.empty() ? spec.name : spec.display_name},
          {"dependents", spec.dependents},
          {"order_in_group", key.order}};
}

void AddWarnings(Json& json, const std::vector<config::ConfigWarning>& warnings) {
  if (warnings.empty()) return;
  Json list = Json::array();
  for (const auto& warning : warnings) {
    list.push_back({{"field", warning.field}, {"message", warning.message}});
    if (warning.suggestion) list.back()["suggestion"] = *warning.suggestion;
  }
  json["warnings"] = std::move(list);
}

Json ToJson(const config::ConfigReport& report) {
  Json configs = Json::array();
  for (const auto& key : report.keys)
    configs.push_back({{"definition", DefinitionToJson(key)}, {"value", ValueToJson(key)}});
  Json json{
      {"name", report.name}, {"error_count", report.error_count}, {"groups", report.groups}, {"configs", configs}};
  if (report.error_count > 0) json["problems"] = ToJson(report.problems());
  AddWarnings(json, report.warnings);
  return json;
}

}  // namespace framespool::rest
