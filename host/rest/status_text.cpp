#include "status_text.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <variant>

#include "config_json.h"

namespace framespool::rest {

namespace {

bool IsPlain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

void AppendValue(std::string& text, const std::string& value) { AppendQuoted(text, value); }
void AppendValue(std::string& text, bool value) { text += value ? "true" : "false"; }
void AppendValue(std::string& text, std::int64_t value) { text += std::to_string(value); }
void AppendValue(std::string& text, double value) { text += Dump(Json(value)); }

template <class Status>
void AppendState(std::string& text, const Status& status) {
  text += "\"state\":";
  AppendQuoted(text, runtime::ToText(status.state));
  text += ",\"worker_id\":";
  AppendQuoted(text, status.worker_id);
  text += ",\"version\":";
  AppendQuoted(text, status.version);
  if (!status.trace.empty()) {
    text += ",\"trace\":";
    AppendQuoted(text, status.trace);
  }
  if (!status.problems.empty()) text.append(",\"problems\":").append(Dump(ToJson(status.problems)));
}

void AppendTask(std::string& text, const runtime::TaskStatus& task) {
  text += "{\"id\":";
  text += std::to_string(task.id);
  text += ',';
  AppendState(text, task);
  if (!task.metrics.empty()) {
    char separator = '{';
    text += ",\"metrics\":";
    for (const auto& [name, value] : task.metrics) {
      text += std::exchange(separator, ',');
      AppendQuoted(text, name);
      text += ':';
      std::visit([&](const auto& v) { AppendValue(text, v); }, value);
    }
    text += '}';
  }
  text += '}';
}

}  // namespace

void AppendQuoted(std::string& text, std::string_view value) {
  if (!std::all_of(value.begin(), value.end(), IsPlain)) {
    text += Dump(Json(value));
    return;
  }
  text += '"';
  text += value;
  text += '"';
}

void AppendStatus(std::string& text, const runtime::ConnectorStatus& status) {
  text += "{\"name\":";
  AppendQuoted(text, status.name);
  text += ",\"connector\":{";
  AppendState(text, status);
  text += "},\"tasks\":[";
  for (const runtime::TaskStatus& task : status.tasks) {
    if (&task != &status.tasks.front()) text += ',';
    AppendTask(text, task);
  }
  text += "],\"type\":";
  AppendQuoted(text, config::ToText(status.type));
  text += '}';
}

}  // namespace framespool::rest
