#include "config_json.h"
#include "error_response.h"
#include "resources.h"

namespace framespool::rest {

using base::Outcome;
using base::Refusal;
using herder::Herder;

Outcome<Change> GetHistory(const Call& call) {
  const auto limit = call.Number("limit", 100);
  if (const auto* refusal = std::get_if<Refusal>(&limit)) return *refusal;
  const int most = static_cast<int>(std::min<std::uint64_t>(std::get<std::uint64_t>(limit), 1000));
  return Change([name = call.params.at(0), most](Herder& herder) {
    const auto outcome = herder.History(name, most);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) return ErrorResponse(*refusal);
    Json history = Json::array();
    for (const auto& entry : std::get<0>(outcome)) history.push_back(ToJson(entry));
    return Response{.body = Dump({{"name", name}, {"history", history}})};
  });
}

Response GetActiveTopics(const Herder& herder, const Call& call) {
  const std::string& name = call.params.at(0);
  return {.body = Dump({{name, {{"topics", herder.ActiveTopics(name)}}}})};
}

}  // namespace framespool::rest
