#include <base/log.h>

#include "config_json.h"
#include "error_response.h"
#include "request_body.h"
#include "resources.h"

namespace framespool::rest {

namespace {

Json LevelToJson(const log::LoggerLevel& level) {
  return {
      {"level", level.level},
      {"last_modified", level.last_modified ? Json(level.last_modified->time_since_epoch().count()) : Json(nullptr)}};
}

}  // namespace

Response ListLoggers(const Reads& /*worker*/, const Call& /*call*/) {
  Json loggers = Json::object();
  for (const auto& [name, level] : log::Levels()) loggers[name] = LevelToJson(level);
  return {.body = Dump(loggers)};
}

Response GetLogger(const Reads& /*worker*/, const Call& call) {
  const auto levels = log::Levels();
  const auto found = levels.find(call.params.at(0));
  if (found == levels.end())
    return ErrorResponse(404, "Logger " + call.params.at(0) + " not found; GET /admin/loggers lists those there are");
  return {.body = Dump(LevelToJson(found->second))};
}

Response PutLogger(const Reads& /*worker*/, const Call& call) {
  const auto level = ParseLevel(call.request.body);
  if (!level) return ErrorResponse(level.error());
  const auto& wanted = *level;
  // Connect's own code for a level that there is not.
  if (!log::IsLevel(wanted))
    return ErrorResponse(404,
                         "invalid log level '" + wanted + "'; allowed are TRACE, DEBUG, INFO, WARN, ERROR, FATAL, OFF");
  const auto changed = log::SetLevel(call.params.at(0), wanted);
  const auto scope = call.QueryValues("scope");
  if (!scope.empty() && LowerCase(scope.front()) == "cluster") return {.status = 204};
  return {.body = Dump(Json(changed))};
}

}  // namespace framespool::rest
