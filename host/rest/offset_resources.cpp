#include "config_json.h"
#include "error_response.h"
#include "request_body.h"
#include "resources.h"

namespace framespool::rest {

using base::Outcome;
using base::Refusal;

namespace {

Response Confirmed(const Outcome<base::Done>& outcome, const char* message) {
  if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
  return {.body = Dump({{"message", message}})};
}

}  // namespace

Outcome<Change> GetOffsets(const Call& call) {
  return Change([name = call.params.at(0)](const Worker& worker) {
    const auto outcome = worker.stored.Offsets(name);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    Json offsets = Json::array();
    for (const auto& entry : std::get<0>(outcome)) {
      offsets.push_back(
          {{"partition", ToJson(entry.partition)}, {"offset", entry.offset ? ToJson(*entry.offset) : Json(nullptr)}});
    }
    return Response{.body = Dump({{"offsets", offsets}})};
  });
}

Outcome<Change> AlterOffsets(const Call& call) {
  auto parsed = ParseOffsets(call.request.body);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return *refusal;
  return Change([name = call.params.at(0), offsets = std::move(std::get<0>(parsed))](const Worker& worker) {
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
