#include "config_json.h"
#include "openapi_document.h"
#include "resources.h"

namespace framespool::rest {

Response GetRoot(const Reads& worker, const Call& /*call*/) { return {.body = Dump(ToJson(worker.connectors.Info()))}; }

Response GetOpenApi(const Reads& /*worker*/, const Call& /*call*/) {
  return {.body = OpenApiDocument(), .content_type = "application/yaml"};
}

Response GetHealth(const Reads& worker, const Call& /*call*/) {
  const herder::Health health = worker.connectors.GetHealth();
  int status = 500;
  const char* word = "unhealthy";
  if (health.status == herder::Health::Status::kHealthy) {
    status = 200;
    word = "healthy";
  } else if (health.status == herder::Health::Status::kStarting) {
    status = 503;
    word = "starting";
  } else if (health.status == herder::Health::Status::kCannotStore) {
    status = 503;
  }
  Json problems = Json::array();
  for (const base::StandingProblem& problem : health.problems) {
    problems.push_back({{"subject", problem.subject},
                        {"kind", problem.kind.text()},
                        {"message", problem.message},
                        {"since", problem.since.time_since_epoch().count()}});
  }
  return {.status = status,
          .body = Dump({{"status", word}, {"message", health.message}, {"problems", std::move(problems)}})};
}

}  // namespace framespool::rest
