#include "position_expiry.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <store_kafka/state_formats.h>

namespace framespool::store {

namespace {

struct Group {
  Timestamp used{};  // the last time
  std::vector<std::string> keys;
};

}  // namespace

std::vector<broker::StateWrite> ExpiredPositions(const broker::StateTopics& topics, const std::string& own_topic,
                                                 const std::vector<std::string>& connectors,
                                                 const OffsetRetention& retention, Timestamp now) {
  std::set<std::string> kept;
  for (const std::string& connector : connectors) kept.insert("connect-" + connector);
  std::map<std::string, std::map<std::string, Group>> sinks;
  for (const broker::StateRecord& record : topics.All(own_topic, std::string(kPositionPrefix))) {
    const auto position = PositionFromKey(record.key);
    if (!position || kept.contains(position->first)) continue;
    const auto sink = SinkOf(position->first);
    if (!sink) continue;
    Group& group = sinks[*sink][position->first];
    group.used = std::max(group.used, record.time);
    group.keys.push_back(record.key);
  }
  std::vector<broker::StateWrite> gone;
  for (const auto& [sink, groups] : sinks) {
    std::vector<const Group*> newest_first;
    for (const auto& [name, group] : groups) newest_first.push_back(&group);
    std::stable_sort(newest_first.begin(), newest_first.end(),
                     [](const Group* a, const Group* b) { return a->used > b->used; });
    for (std::size_t i = 0; i < newest_first.size(); ++i) {
      const bool too_many = static_cast<std::int64_t>(i) >= retention.most_groups;
      if (!too_many && now - newest_first[i]->used <= retention.time) continue;
      for (const std::string& key : newest_first[i]->keys) gone.push_back({own_topic, key, std::nullopt});
    }
  }
  return gone;
}

}  // namespace framespool::store
