#include "kafka.h"

#include <algorithm>
#include <utility>

namespace framespool::cluster::simulation {

void Kafka::Expire() {
  std::erase_if(members_, [&](const auto& member) { return member.second.until <= events_.now(); });
}

std::string Kafka::Join(const std::string& worker) {
  Expire();
  // As with a group.instance.id: one that comes again takes the place of the one before.
  for (auto at = members_.begin(); at != members_.end();) {
    if (at->second.worker != worker) {
      ++at;
      continue;
    }
    replaced_.insert(at->first);
    at = members_.erase(at);
  }
  std::string id = worker + "-" + std::to_string(++joined_);
  members_[id] = {.worker = worker, .until = events_.now() + kSession};
  return id;
}

Kafka::Membership Kafka::Prove(const std::string& session) {
  Expire();
  const auto found = members_.find(session);
  if (found == members_.end()) return {.replaced = replaced_.contains(session)};
  found->second.until = events_.now() + kSession;
  return {.known = true, .leads = found == members_.begin()};
}

std::vector<Member> Kafka::Describe() {
  Expire();
  std::vector<Member> members;
  for (const auto& [id, member] : members_) members.push_back({.worker = member.worker, .session = id});
  return members;
}

void Kafka::AwayUntil(Time until) {
  Expire();
  away_until_ = std::max(away_until_, until);
  for (auto& [id, member] : members_) member.until = away_until_ + kSession;
}

void Kafka::Append(const Request& request) {
  requests.push_back(
      {.offset = static_cast<std::int64_t>(requests.size()), .appended = events_.now(), .request = request});
}

Kafka::Producer Kafka::InitProducer(const TaskKey& key) {
  Producer& source = sources_[key];
  ++source.epoch;
  return source;
}

bool Kafka::Write(const TaskKey& key, std::int64_t epoch, std::int64_t number) {
  Producer& source = sources_[key];
  if (epoch != source.epoch) return false;
  if (number != source.next) {
    throw Violation("exactly once: " + key.connector + "-" + std::to_string(key.task) + " wrote " +
                    std::to_string(number) + " where " + std::to_string(source.next) + " comes next");
  }
  ++source.next;
  return true;
}

}  // namespace framespool::cluster::simulation
