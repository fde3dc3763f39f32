#include "config_json.h"
#include "error_response.h"
#include "request_body.h"
#include "resources.h"

namespace framespool::rest {

using base::Outcome;

namespace {

Response Confirmed(const Outcome<void>& outcome, const char* message) {
  if (!outcome) return ErrorResponse(outcome.error());
  return {.body = Dump({{"message", message}})};
}

}  // namespace

Outcome<Change> GetOffsets(const Call& call) {
  return Change([name = call.params.at(0)](const Worker& worker) {
    const auto outcome = worker.stored.Offsets(name);
    if (!outcome) return ErrorResponse(outcome.error());
    Json offsets = Json::array();
    for (const auto& entry : *outcome) {
      offsets.push_back(
          {{"partition", ToJson(entry.partition)}, {"offset", entry.offset ? ToJson(*entry.offset) : Json(nullptr)}});
    }
    return Response{.body = Dump({{"offsets", offsets}})};
  });
}

Outcome<Change> AlterOffsets(const Call& call) {
  auto parsed = ParseOffsets(call.request.body);
  if (!parsed) return base::PassOn(parsed);
  return Change([name = call.params.at(0), offsets = *std::move(parsed)](const Worker& worker) {
    return Confirmed(worker.changes.AlterOffsets(name, offsets),
                     "The offsets for this connector have been altered successfully");
  });
}

Outcome<Change> ResetOffsets(const Call& call) {
  return Change([name = call.params.at(0)](const Worker& worker) {
    return Confirmed(worker.changes.ResetOffsets(name), "The offsets for this connector have been reset successfully");
  });
}

}  // namespace framespool::rest
