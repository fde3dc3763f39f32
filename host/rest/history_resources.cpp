#include "config_json.h"
#include "error_response.h"
#include "resources.h"

namespace framespool::rest {

using base::Outcome;

Outcome<Change> GetHistory(const Call& call) {
  const auto limit = call.Number("limit", 100);
  if (!limit) return base::PassOn(limit);
  const int most = static_cast<int>(std::min<std::uint64_t>(*limit, 1000));
  return Change([name = call.params.at(0), most](const Worker& worker) {
    const auto outcome = worker.stored.History(name, most);
    if (!outcome) return ErrorResponse(outcome.error());
    Json history = Json::array();
    for (const auto& entry : *outcome) history.push_back(ToJson(entry));
    return Response{.body = Dump({{"name", name}, {"history", history}})};
  });
}

Response GetActiveTopics(const Reads& worker, const Call& call) {
  const std::string& name = call.params.at(0);
  return {.body = Dump({{name, {{"topics", worker.connectors.ActiveTopics(name)}}}})};
}

}  // namespace framespool::rest
