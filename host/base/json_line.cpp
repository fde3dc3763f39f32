#include "json_line.h"

#include <chrono>
#include <ctime>

#include <base/fields_json.h>
#include <base/numbers.h>
#include <nlohmann/json.hpp>

namespace framespool::log {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kBeforeTask = "|task-";

std::string Rfc3339(Timestamp time) {
  const auto milliseconds = time.time_since_epoch().count();
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[40];
  const auto length = std::strftime(text, sizeof text, "%FT%T", &utc);
  const std::string fraction = std::to_string(1000 + milliseconds - seconds * 1000);
  return std::string(text, length) + "." + fraction.substr(1) + "Z";
}

}  // namespace

Owner OwnerOf(std::string_view logger) {
  const auto at = logger.rfind(kBeforeTask);
  if (at == std::string_view::npos) return {};
  const auto task = base::ToInteger<int>(logger.substr(at + kBeforeTask.size()));
  return task ? Owner{logger.substr(0, at), *task} : Owner{};
}

std::string JsonLine(const JsonParts& line, std::span<const Problem> problems) {
  Json json{{"time", Rfc3339(line.time)}, {"level", line.level}, {"logger", line.logger}};
  if (!line.owner.connector.empty()) json["connector"] = line.owner.connector;
  if (line.owner.task >= 0) json["task"] = line.owner.task;
  json["thread"] = line.thread;
  json["message"] = line.message;
  for (const Problem& problem : problems) {
    json["problems"].push_back({{"kind", problem.kind.text()},
                                {"field", problem.field.empty() ? Json(nullptr) : Json(problem.field)},
                                {"message", problem.message},
                                {"facts", Json::parse(ToJson(problem.facts))}});
  }
  // Of other characters some end a line or turn a terminal's text round; in ASCII there is none.
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace framespool::log
