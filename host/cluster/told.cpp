#include "cluster/told.h"

#include <cluster/view.h>

namespace framespool::cluster {

PlacingWorker AsPlaced(const std::string& worker, const TellingWorker& tells) {
  PlacingWorker placed{.id = worker, .labels = tells.labels, .plugins = tells.plugins, .takes = !tells.leaving};
  placed.labels["worker"] = worker;
  return placed;
}

std::string WatcherOf(const Needs& needs, const View& view, const Told& told) {
  const auto tells_of = [&](const std::string& worker, const std::string& session) {
    const auto found = told.workers.find(worker);
    return found != told.workers.end() && found->second.session == session ? &found->second : nullptr;
  };
  const Leadership& leader = view.leader();
  const TellingWorker* const leads = tells_of(leader.worker, leader.session);
  // One of which nothing is known yet may have it: two that are asked could both be crashed by that.
  if (leads == nullptr) return "";
  if (leads->plugins.contains(needs.connector_class)) return leader.worker;
  const PlacingTask any{.key = {}, .needs = &needs, .worker = {}, .runs = false, .only = {}, .to = {}};
  for (const Member& member : view.members()) {
    const TellingWorker* const tells = tells_of(member.worker, member.session);
    if (tells != nullptr && !tells->leaving && Objection(any, AsPlaced(member.worker, *tells)).empty())
      return member.worker;
  }
  return "";
}

}  // namespace framespool::cluster
