#include "config_json.h"
#include "openapi_document.h"
#include "resources.h"

namespace framespool::rest {

Response GetRoot(const worker::Herder& herder, const Call& /*call*/) { return {.body = Dump(ToJson(herder.Info()))}; }

Response GetOpenApi(const worker::Herder& /*herder*/, const Call& /*call*/) {
  return {.body = OpenApiDocument(), .content_type = "application/yaml"};
}

Response GetHealth(const worker::Herder& herder, const Call& /*call*/) {
  const worker::Health health = herder.GetHealth();
  int status = 500;
  const char* word = "unhealthy";
  if (health.status == worker::Health::Status::kHealthy) {
    status = 200;
    word = "healthy";
  } else if (health.status == worker::Health::Status::kStarting) {
    status = 503;
    word = "starting";
  }
  return {.status = status, .body = Dump({{"status", word}, {"message", health.message}})};
}

}  // namespace framespool::rest
