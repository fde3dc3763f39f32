#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <cluster/leader.h>
#include <cluster/requests.h>
#include <cluster/told.h>
#include "fakes/memory_cluster_log.h"

#include "events.h"
#include "violation.h"

namespace framespool::cluster::simulation {

constexpr Time kSession = 3000;

/// One Kafka: the consumer group, the topics of the cluster, and those that exactly-once sources write to. What the
/// cluster's members ask of it arrives here by calls; how long that takes, and whether it arrives, is the network's.
class Kafka {
 public:
  explicit Kafka(Events& events) : events_(events) {}

  // The group.
  std::string Join(const std::string& worker);
  struct Membership {
    bool known = false;
    bool leads = false;     // partition 0 is its
    bool replaced = false;  // by another process of its worker, or by a message of its own that came late
  };
  /// An offset commit of a member: it keeps the session.
  Membership Prove(const std::string& session);
  void LeaveGroup(const std::string& session) { members_.erase(session); }
  std::vector<Member> Describe();
  /// It is away until then; a coordinator that comes back starts the sessions of its members anew.
  void AwayUntil(Time until);
  bool away() const noexcept { return events_.now() < away_until_; }

  // Topics.
  MemoryClusterLog state;
  std::vector<LoggedRequest> requests;
  void Append(const Request& request);
  struct WorkerTells {
    std::string worker;
    TellingWorker what;
  };
  struct TaskTells {
    TaskKey key;
    TaskReport what;
  };
  std::vector<std::variant<WorkerTells, TaskTells>> told;

  // A source's own topic: numbers from 0 on, its source offset beside each.
  struct Producer {
    std::int64_t epoch = 0;
    std::int64_t next = 0;  // the source offset that is stored
  };
  Producer InitProducer(const TaskKey& key);
  /// False: fenced.
  bool Write(const TaskKey& key, std::int64_t epoch, std::int64_t number);
  std::int64_t Written(const TaskKey& key) { return sources_[key].next; }

 private:
  void Expire();

  Events& events_;
  Time away_until_ = 0;
  struct GroupMember {
    std::string worker;
    Time until = 0;
  };
  std::map<std::string, GroupMember> members_;  // by member id: range gives the first of them partition 0
  std::set<std::string> replaced_;
  int joined_ = 0;
  std::map<TaskKey, Producer> sources_;
};

}  // namespace framespool::cluster::simulation
