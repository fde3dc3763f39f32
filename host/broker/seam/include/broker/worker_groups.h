#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <broker/broker.h>

/// Kafka's consumer group as what knows which workers there are. Its partitions stand for nothing but one: who has the
/// first of them leads.
namespace framespool::broker {

struct GroupSpec {
  std::string group;
  std::string client_id;  // of this member
  /// Which of the workers it is, over the end of its process (group.instance.id): one that comes again takes the place
  /// of the one before at once, and nobody is rebalanced for it. Empty: each is another.
  std::string instance_id{};
  TopicSpec topic;  // that the members subscribe to; created when it is missing. Nothing is written to it
  std::chrono::milliseconds session_timeout{};
  std::chrono::milliseconds heartbeat_interval{};
};

/// What became of an offset commit of this member, which keeps its session when it is confirmed.
struct MembershipProof {
  std::string member_id;             // of whom it was sent
  std::chrono::milliseconds sent{};  // as it was given to Prove()
  bool is_confirmed = false;         // the group had this member after `sent`
};

/// This worker's membership, from construction to destruction. One without an instance_id leaves the group then; one
/// with it only if Leave() has been called, else it is a member until its session is over. One thread, which calls
/// Poll() again and again: who proves that it is there also takes part in rebalances.
class GroupMembership {
 public:
  virtual ~GroupMembership() = default;
  /// Up to `wait`; returns the outcome of a Prove() when there is one.
  virtual std::optional<MembershipProof> Poll(std::chrono::milliseconds wait) = 0;
  /// Kafka's member id; "" while it has none.
  virtual std::string member_id() const = 0;
  virtual bool has_first_partition() const = 0;
  /// Others need not wait for it.
  virtual void Leave() = 0;
  /// Another has come with its instance_id. It is no member any more, and will not be: whoever wants one makes another.
  virtual bool is_replaced() const = 0;
  /// Sends an offset commit; nothing happens while one is under way, or when there is no member to send it. `now` comes
  /// back with its outcome.
  virtual void Prove(std::chrono::milliseconds now) = 0;
};

struct GroupMember {
  std::string client_id;
  std::string member_id;
};
struct GroupDescription {
  std::string protocol_type;  // "consumer"; of Kafka Connect's workers "connect"; "" of an empty group
  std::vector<GroupMember> members;
};

/// Any thread. Calls wait for the broker, a few seconds at most; they throw RetriableError when it does not answer.
class WorkerGroups {
 public:
  virtual ~WorkerGroups() = default;
  virtual std::unique_ptr<GroupMembership> Join(const GroupSpec& spec) = 0;
  virtual GroupDescription Describe(const std::string& group) = 0;
};

}  // namespace framespool::broker
