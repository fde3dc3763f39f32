#include "config_json.h"
#include "error_response.h"
#include "resources.h"

namespace framespool::rest {

using base::Outcome;

namespace {

/// `entry` as who calls may read it: earlier workers have hidden less than this one does. `now`: the config that its
/// connector has, which says what its keys are.
void Hide(herder::HistoryEntry& entry, const AccessAnswer& who, const herder::PluginReads& plugins,
          const RawConfig& now) {
  for (auto side : {&herder::ValueChange::from, &herder::ValueChange::to}) {
    RawConfig config;
    for (const auto& [key, change] : entry.changes) {
      if (change.*side) config[key] = *(change.*side);
    }
    for (auto& [key, value] : ShownTo(who, plugins, config, now)) entry.changes[key].*side = value;
  }
}

}  // namespace

Outcome<Change> GetHistory(const Call& call) {
  const auto limit = call.Number("limit", 100);
  if (!limit) return base::PassOn(limit);
  const int most = static_cast<int>(std::min<std::uint64_t>(*limit, 1000));
  return Change([name = call.params.at(0), most, who = call.who](const Worker& worker) {
    auto outcome = worker.stored.History(name, most);
    if (!outcome) return ErrorResponse(outcome.error());
    const auto info = worker.connectors.Connector(name);
    Json history = Json::array();
    for (auto& entry : *outcome) {
      Hide(entry, who, worker.plugins, info ? info->config : RawConfig());
      history.push_back(ToJson(entry));
    }
    return Response{.body = Dump({{"name", name}, {"history", history}})};
  });
}

Response GetActiveTopics(const Reads& worker, const Call& call) {
  const std::string& name = call.params.at(0);
  return {.body = Dump({{name, {{"topics", worker.connectors.ActiveTopics(name)}}}})};
}

}  // namespace framespool::rest
